#include "au/mesh/feature_medians.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>

namespace auriga {
namespace {

constexpr std::size_t kMostFeatures = 512;  // more than there are

}  // namespace

FeatureMedians::FeatureMedians(const MeshAuModels& models)
    : models_(models),
      compared_(models.compared_features()),
      medians_(std::max(1, static_cast<int>(compared_.size())), kBins, -kReach, kReach),
      relative_(std::max<std::size_t>(1, compared_.size())) {
  assert(relative_.size() <= kMostFeatures);
}

void FeatureMedians::add(std::span<const float> features) {
  assert(features.size() == models_.neutral.size());
  for (std::size_t k = 0; k < compared_.size(); ++k) {
    const auto f = static_cast<std::size_t>(compared_[k]);
    relative_[k] = (static_cast<double>(features[f]) - static_cast<double>(models_.neutral[f])) /
                   static_cast<double>(models_.scale[f]);
  }
  medians_.update(std::span<const double>(relative_), true);
}

void FeatureMedians::read(std::span<float> medians) const {
  assert(medians.size() == models_.neutral.size());
  std::fill(medians.begin(), medians.end(), 0.0F);
  if (count() == 0) return;
  std::array<double, kMostFeatures> relative;
  medians_.read(std::span(relative).first(relative_.size()));
  for (std::size_t k = 0; k < compared_.size(); ++k) {
    const auto f = static_cast<std::size_t>(compared_[k]);
    medians[f] = static_cast<float>(static_cast<double>(models_.neutral[f]) +
                                    relative[k] * static_cast<double>(models_.scale[f]));
  }
}

}  // namespace auriga
