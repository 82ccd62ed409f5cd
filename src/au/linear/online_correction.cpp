#include "au/linear/online_correction.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>

namespace auriga {
namespace {

constexpr int kBins = 200;
constexpr double kLow = -3, kHigh = 5;
constexpr std::int64_t kFewest = 10;  // successful frames before anything is subtracted
constexpr double kQuantile = 0.10;

int bin_of(double v) {
  double t = (v - kLow) * kBins / (kHigh - kLow);
  t = t > 0 ? t : 0;  // NaN, too
  return static_cast<int>(t < kBins - 1 ? t : kBins - 1);
}

}  // namespace

OnlineCorrection::OnlineCorrection(int intensities)
    : histogram_(static_cast<std::size_t>(intensities) * kBins) {}

void OnlineCorrection::apply(bool ok, std::span<double> intensities) {
  assert(intensities.size() * kBins == histogram_.size());
  if (ok) ++count_;
  const auto below = static_cast<std::int64_t>(kQuantile * static_cast<double>(count_));
  for (std::size_t au = 0; au < intensities.size(); ++au) {
    double& value = intensities[au];
    double correction = 0;
    if (ok) {
      std::uint32_t* bins = histogram_.data() + au * kBins;
      ++bins[bin_of(value)];
      if (count_ >= kFewest) {
        int j = 0;
        for (std::int64_t sum = bins[0]; sum <= below; sum += bins[j]) ++j;
        correction = kLow + j * ((kHigh - kLow) / kBins);
      }
    }
    value = std::clamp(value - correction, 0.0, 5.0);
  }
}

}  // namespace auriga
