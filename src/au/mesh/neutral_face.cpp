#include "au/mesh/neutral_face.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <string_view>
#include <utility>

#include "au/mesh/mesh_features.hpp"

namespace auriga {
namespace {

constexpr float kExpression = 1;                                       // evidence
constexpr float kTurned = 20 * std::numbers::pi_v<float> / 180;        // rad
constexpr double kFewest = 0.25, kHalfKnown = 0.5, kFewestOpen = 0.5;  // s of faces
constexpr double kWellKnown = 0.5;                                     // weight

constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();

using Rows = std::span<const float* const>;

// Of the values, which are put into another order; NaN where there is none. 0 <= share <= 1.
float quantile(std::vector<float>& values, double share) {
  if (values.empty()) return kUnknown;
  const double place = share * static_cast<double>(values.size() - 1);
  const double below = std::floor(place);
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(below);
  std::nth_element(values.begin(), at, values.end());
  if (place == below) return *at;
  const double low = static_cast<double>(*at);
  const double high = static_cast<double>(*std::min_element(at + 1, values.end()));
  return static_cast<float>(low + (place - below) * (high - low));
}

float quantile(Rows rows, std::size_t column, double share, std::vector<float>& values) {
  values.clear();
  for (const float* row : rows)
    if (!std::isnan(row[column])) values.push_back(row[column]);
  return quantile(values, share);
}

}  // namespace

NeutralRule::NeutralRule(const MeshAuModels& models)
    : models_(models), used_(models.used_features()) {
  for (const MeshAuModel& unit : models.units)
    if (unit.lift) lifts_.push_back(&*unit.lift);
  const auto column = [&](const char* name) {
    const auto at = std::find(used_.begin(), used_.end(), MeshFeatures::index(name));
    return at == used_.end() ? -1 : static_cast<int>(at - used_.begin());
  };
  pitch_ = column("pitch");
  yaw_ = column("yaw");
}

NeutralRule::Group NeutralRule::group_of(int feature) {
  std::string_view name = MeshFeatures::names()[static_cast<std::size_t>(feature)];
  if (name.ends_with("_l") || name.ends_with("_r")) name.remove_suffix(2);
  if (name.starts_with("brow_") || name.starts_with("ibrow_") || name == "pitch" || name == "yaw" ||
      name == "roll")
    return Group::always;
  if (name == "eye_open" || name == "lid_up" || name == "lid_crease") return Group::eye;
  return name == "lid_lo" ? Group::lower_lid : Group::mouth;
}

void NeutralRule::features(const float* row, std::span<float> features) const {
  for (const int feature : used_) features[static_cast<std::size_t>(feature)] = *row++;
}

void NeutralRule::write(std::span<const float> features, const Expression& expression,
                        const Blendshapes* blendshapes, float* row) const {
  for (const int feature : used_) *row++ = features[static_cast<std::size_t>(feature)];
  *row++ = expression.evidence;
  *row++ = expression.eyes_open ? 1 : 0;
  for (const MeshAuModel::Lift* lift : lifts_)
    *row++ = blendshapes ? static_cast<float>(lift->level.of(*blendshapes)) : kUnknown;
}

// Over all rows.
void NeutralRule::medians(Rows rows, Workspace& workspace, KnownFace& face) const {
  face.features.assign(models_.neutral.size(), 0);
  face.levels.clear();
  for (std::size_t k = 0; k < used_.size(); ++k)
    face.features[static_cast<std::size_t>(used_[k])] = quantile(rows, k, 0.5, workspace.values);
  for (std::size_t k = 0; k < lifts_.size(); ++k)
    face.levels.push_back(quantile(rows, used_.size() + 2 + k,
                                   static_cast<double>(lifts_[k]->quantile), workspace.values));
}

void NeutralRule::learn_from_neutral(Rows rows, int each, Workspace& workspace,
                                     KnownFace& face) const {
  medians(rows, workspace, face);
  face.facts = {NeutralFacts::State::frames, static_cast<std::int64_t>(rows.size()) * each, 1, 1};
}

void NeutralRule::learn(Rows rows, int each, double rate, Workspace& workspace,
                        KnownFace& face) const {
  assert(!rows.empty() && each >= 1 && rate > 0);
  medians(rows, workspace, face);
  const std::size_t evidence = used_.size(), open = used_.size() + 1;
  const auto near_median = [&](int column, const float* row) {
    if (column < 0) return true;
    const auto c = static_cast<std::size_t>(column);
    return std::abs(row[c] - face.features[static_cast<std::size_t>(used_[c])]) <= kTurned;
  };
  auto& order = workspace.order;
  auto &neutral = workspace.neutral, &eyes_open = workspace.eyes_open;
  order.clear();
  neutral.clear();
  eyes_open.clear();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const float* row = rows[i];
    if (row[evidence] < kExpression && near_median(pitch_, row) && near_median(yaw_, row))
      order.emplace_back(row[evidence], i);
    if (row[open] != 0) eyes_open.push_back(row);
  }
  std::sort(order.begin(), order.end());
  for (const auto& [calmness, i] : order) neutral.push_back(rows[i]);
  const auto median = [&](Rows faces, std::size_t column) {
    return quantile(faces, column, 0.5, workspace.values);
  };
  const double faces = static_cast<double>(neutral.size()) * each;
  const double weight = faces < kFewest * rate ? 0 : faces / (faces + kHalfKnown * rate);
  const Rows calm = Rows(neutral).first((neutral.size() + 1) / 2);
  const bool eyes_known = static_cast<double>(eyes_open.size()) * each >= kFewestOpen * rate;
  for (std::size_t k = 0; k < used_.size(); ++k) {
    const auto feature = static_cast<std::size_t>(used_[k]);
    const float unknown = models_.neutral[feature];
    float& value = face.features[feature];
    switch (group_of(used_[k])) {
      case Group::always:
        break;
      case Group::eye:
        value = eyes_known ? median(eyes_open, k) : unknown;
        break;
      case Group::lower_lid:
        value = weight > 0 ? median(neutral, k) : unknown;
        break;
      case Group::mouth:
        value = unknown;
        if (weight > 0)
          value = static_cast<float>(
              static_cast<double>(unknown) +
              weight * (static_cast<double>(median(calm, k)) - static_cast<double>(unknown)));
        break;
    }
  }
  face.facts.state = weight >= kWellKnown ? NeutralFacts::State::frames
                     : weight > 0         ? NeutralFacts::State::weak
                                          : NeutralFacts::State::none;
  face.facts.frames = static_cast<std::int64_t>(neutral.size()) * each;
  face.facts.share = static_cast<double>(neutral.size()) / static_cast<double>(rows.size());
  face.facts.weight = weight;
}

}  // namespace auriga
