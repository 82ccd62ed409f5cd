#include "au/mesh/mesh_person.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include "auriga/error.hpp"

#include "au/mesh/mesh_evidence.hpp"
#include "au/mesh/mesh_features.hpp"

namespace auriga {
namespace {

// A level that no face exceeds.
constexpr float kNoLift = 1;

double presence_of(const MeshAuModel& unit, double intensity) {
  return intensity >= static_cast<double>(unit.presence_threshold) ? 1 : 0;
}

// The intensity of a unit from what its networks say.
double told(const MeshAuModel& unit, double intensity) {
  return std::clamp(intensity - static_cast<double>(unit.dead_zone), 0.0, 5.0);
}

}  // namespace

MeshPerson::MeshPerson(const MeshAuModels& models, const AuPersonOptions& options,
                       AuIdentity identity)
    : models_(models),
      rule_(models),
      identity_(std::move(identity)),
      keep_(options.final_values),
      now_(options.now),
      shown_neutral_(options.shown_neutral),
      row_(rule_.width()),
      values_(models.units.size() + rule_.lifts()),
      features_(models.neutral.size()),
      intensities_(models.units.size()) {
  if (options.begin_with) begin_with(*options.begin_with);
  if (given_ || (keep_ && !now_)) return;
  sample_.reserve(kMostSampled * rule_.width());
  workspace_.reserve(kMostSampled);
}

void MeshPerson::begin_with(const Calibration& calibration) {
  given_ = calibration;
  known_.emplace();
  known_->features.resize(models_.neutral.size());
  known_->facts = {NeutralFacts::State::given, calibration.frames, 1, 1};
  for (const MeshAuModel& unit : models_.units) {
    if (!unit.lift) continue;
    const auto level = std::find_if(calibration.features.begin(), calibration.features.end(),
                                    [&](const auto& one) { return one.first == unit.lift->name; });
    known_->levels.push_back(level == calibration.features.end() ? kNoLift : level->second);
  }
  for (const auto& [name, value] : calibration.features)
    if (const int feature = MeshFeatures::index(name); feature >= 0)
      known_->features[static_cast<std::size_t>(feature)] = value;
}

void MeshPerson::add(const AuEvidence& evidence, int i) {
  assert(dynamic_cast<const MeshEvidence*>(&evidence));
  const auto& mesh = static_cast<const MeshEvidence&>(evidence);
  if (!mesh.ok(i)) return add(nullptr);
  const MeshLook look{mesh.features(i), mesh.expression(i), mesh.blendshapes(i),
                      mesh.timestamp_s(i)};
  add(&look);
}

void MeshPerson::add(const MeshLook* look) {
  assert(!finished_ && (!look || look->features.size() == models_.neutral.size()));
  latest_ok_ = look != nullptr;
  if (look) {
    ++successes_;
    rate_.add(look->timestamp_s);
    Expression expression = look->expression;
    if (look->blendshapes) {
      blendshapes_ = *look->blendshapes;
      expression_ = expression;
    } else if (blendshapes_) {
      expression = {std::max(expression.evidence, expression_.evidence), expression_.eyes_open};
    }
    rule_.write(look->features, expression, blendshapes_ ? &*blendshapes_ : nullptr, row_.data());
    if (!given_ && (now_ || !keep_)) sample();
  }
  if (now_ || given_) {
    if (look)
      tell(row_.data(), given_ ? *known_ : so_far_, values_);
    else
      std::fill(values_.begin(), values_.end(), 0.0F);
  }
  if (keep_) keep(look != nullptr);
  ++frames_;
}

// Takes the latest face into the sample, and learns from it if that is due.
void MeshPerson::sample() {
  constexpr std::int64_t kEachTime = 32, kShare = 16;
  const std::size_t width = rule_.width();
  if ((successes_ - 1) % sample_step_ == 0) {
    if (sample_.size() == kMostSampled * width) {
      for (std::size_t i = 1; 2 * i < kMostSampled; ++i)
        std::copy_n(sample_.begin() + static_cast<std::ptrdiff_t>(2 * i * width), width,
                    sample_.begin() + static_cast<std::ptrdiff_t>(i * width));
      sample_.resize(kMostSampled / 2 * width);
      sample_step_ *= 2;
    }
    if ((successes_ - 1) % sample_step_ == 0)
      sample_.insert(sample_.end(), row_.begin(), row_.end());
  }
  if (!now_) return;
  if (successes_ > kEachTime && successes_ < learnt_at_ + learnt_at_ / kShare) return;
  learn(workspace_, so_far_, true);
  learnt_at_ = successes_;
}

void MeshPerson::tell(const float* row, const KnownFace& neutral, std::span<float> values) {
  rule_.features(row, features_);
  mesh_intensities(models_, features_, neutral.features, intensities_);
  const std::span<const float> levels = rule_.levels(row);
  std::size_t lift = 0;
  const std::size_t units = models_.units.size();
  for (std::size_t u = 0; u < units; ++u) {
    const MeshAuModel& unit = models_.units[u];
    double value = told(unit, intensities_[u]);
    if (unit.lift) {
      values[units + lift] = static_cast<float>(value);
      // Nothing where one of them is unknown.
      const double more =
          static_cast<double>(levels[lift]) - static_cast<double>(neutral.levels[lift]);
      value =
          std::clamp(value + static_cast<double>(unit.lift->gain) * std::max(0.0, more), 0.0, 5.0);
      ++lift;
    }
    values[u] = static_cast<float>(value);
  }
}

// The latest frame.
void MeshPerson::keep(bool ok) {
  const std::vector<float>& kept = given_ ? values_ : row_;
  const auto at = static_cast<std::size_t>(frames_ % kChunkFrames);
  if (at == 0) chunks_.push_back({{}, std::vector<float>(kChunkFrames * kept.size())});
  Chunk& chunk = chunks_.back();
  chunk.ok[at] = ok;
  if (ok)
    std::copy(kept.begin(), kept.end(),
              chunk.values.begin() + static_cast<std::ptrdiff_t>(at * kept.size()));
}

void MeshPerson::now(std::span<double> intensities, std::span<double> presences) const {
  const std::size_t units = models_.units.size();
  assert(now_ && intensities.size() == units && presences.size() == units);
  std::size_t lift = 0;
  for (std::size_t u = 0; u < units; ++u) {
    intensities[u] = static_cast<double>(values_[u]);
    const double plain =
        models_.units[u].lift ? static_cast<double>(values_[units + lift++]) : intensities[u];
    presences[u] = latest_ok_ ? presence_of(models_.units[u], plain) : 0;
  }
}

std::int64_t MeshPerson::frames_in(std::size_t chunk) const {
  return std::min(kChunkFrames, frames_ - static_cast<std::int64_t>(chunk) * kChunkFrames);
}

void MeshPerson::learn(NeutralRule::Workspace& workspace, KnownFace& face, bool from_sample) const {
  std::vector<const float*>& rows = workspace.rows;
  rows.clear();
  if (from_sample)
    for (std::size_t i = 0; i < sample_.size(); i += rule_.width())
      rows.push_back(sample_.data() + i);
  else
    for (std::size_t c = 0; c < chunks_.size(); ++c)
      for (std::size_t i = 0; i < static_cast<std::size_t>(frames_in(c)); ++i)
        if (chunks_[c].ok[i]) rows.push_back(chunks_[c].values.data() + i * rule_.width());
  const int each = from_sample ? static_cast<int>(sample_step_) : 1;
  rule_.learn(rows, each, rate_.per_second(), workspace, face);
  if (shown_neutral_ && face.facts.state != NeutralFacts::State::frames)
    rule_.learn_from_neutral(rows, each, workspace, face);
}

KnownFace MeshPerson::learnt() const {
  NeutralRule::Workspace workspace;
  KnownFace face;
  learn(workspace, face, !keep_);
  return face;
}

void MeshPerson::finish() {
  if (finished_) return;
  finished_ = true;
  if (given_ || successes_ == 0) return;
  known_ = learnt();
  sample_ = {};
  const std::size_t width = values_.size();
  for (std::size_t c = 0; c < chunks_.size(); ++c) {
    Chunk& chunk = chunks_[c];
    std::vector<float> values(static_cast<std::size_t>(frames_in(c)) * width);
    for (std::size_t i = 0; i < static_cast<std::size_t>(frames_in(c)); ++i)
      if (chunk.ok[i])
        tell(chunk.values.data() + i * rule_.width(), *known_,
             std::span(values).subspan(i * width, width));
    chunk.values = std::move(values);
  }
}

std::optional<NeutralFacts> MeshPerson::neutral() const {
  if (known_) return known_->facts;
  if (successes_ == 0) return std::nullopt;
  return learnt().facts;
}

Calibration MeshPerson::calibration() const {
  if (given_) return *given_;
  if (successes_ == 0) throw Error(ErrorCode::usage, "nothing has been learnt of the person yet");
  const KnownFace face = known_ ? *known_ : learnt();
  Calibration calibration;
  calibration.estimator = identity_.name;
  calibration.models = identity_.models;
  calibration.frames = successes_;
  for (const int feature : models_.compared_features()) {
    const auto f = static_cast<std::size_t>(feature);
    calibration.features.emplace_back(MeshFeatures::names()[f], face.features[f]);
  }
  std::size_t lift = 0;
  for (const MeshAuModel& unit : models_.units)
    if (unit.lift) {
      const float level = face.levels[lift++];
      calibration.features.emplace_back(unit.lift->name, std::isnan(level) ? kNoLift : level);
    }
  std::sort(calibration.features.begin(), calibration.features.end());
  return calibration;
}

void MeshPerson::row(std::int64_t i, std::span<double> intensities,
                     std::span<double> presences) const {
  const std::size_t units = models_.units.size();
  assert(finished_ && i >= 0 && i < rows());
  assert(intensities.size() == units && presences.size() == units);
  std::fill(intensities.begin(), intensities.end(), 0.0);
  std::fill(presences.begin(), presences.end(), 0.0);
  const auto chunk_of = [&](std::int64_t k) -> const Chunk& {
    return chunks_[static_cast<std::size_t>(k / kChunkFrames)];
  };
  const auto place_of = [](std::int64_t k) { return static_cast<std::size_t>(k % kChunkFrames); };
  if (!chunk_of(i).ok[place_of(i)]) return;
  int frames = 0;
  // Sums of the values, and of those without lifts where the presences will be.
  for (std::int64_t k = std::max<std::int64_t>(i - 1, 0); k <= std::min(i + 1, frames_ - 1); ++k) {
    const Chunk& chunk = chunk_of(k);
    if (!chunk.ok[place_of(k)]) continue;
    ++frames;
    const float* values = chunk.values.data() + place_of(k) * values_.size();
    std::size_t lift = 0;
    for (std::size_t u = 0; u < units; ++u) {
      intensities[u] += static_cast<double>(values[u]);
      presences[u] +=
          static_cast<double>(models_.units[u].lift ? values[units + lift++] : values[u]);
    }
  }
  for (std::size_t u = 0; u < units; ++u) {
    intensities[u] /= frames;
    presences[u] = presence_of(models_.units[u], presences[u] / frames);
  }
}

void mesh_still_values(const MeshAuModels& models, std::span<const float> features,
                       std::span<double> intensities, std::span<double> presences) {
  mesh_intensities(models, features, models.neutral, intensities);
  for (std::size_t u = 0; u < models.units.size(); ++u) {
    intensities[u] = told(models.units[u], intensities[u]);
    presences[u] = presence_of(models.units[u], intensities[u]);
  }
}

}  // namespace auriga
