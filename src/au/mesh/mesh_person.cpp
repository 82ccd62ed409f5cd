#include "au/mesh/mesh_person.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "auriga/error.hpp"

#include "au/mesh/mesh_evidence.hpp"
#include "au/mesh/mesh_features.hpp"

namespace auriga {
namespace {

double without_dead_zone(const MeshAuModel& unit, double intensity) {
  return std::clamp(intensity - static_cast<double>(unit.dead_zone), 0.0, 5.0);
}

double presence_of(const MeshAuModel& unit, double intensity) {
  return intensity >= static_cast<double>(unit.presence_threshold) ? 1 : 0;
}

float median(std::vector<float>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  const double below = static_cast<double>(*std::max_element(values.begin(), middle));
  return static_cast<float>((below + static_cast<double>(*middle)) / 2);
}

}  // namespace

MeshPerson::MeshPerson(const MeshAuModels& models, const AuPersonOptions& options,
                       AuIdentity identity)
    : models_(models),
      identity_(std::move(identity)),
      keep_(options.final_values),
      now_(options.now),
      used_(models.used_features()),
      values_(models.units.size()),
      intensities_(models.units.size()) {
  if (options.begin_with) {
    begin_with(*options.begin_with);
  } else if (now_ || !keep_) {
    so_far_.emplace(models);
    median_.resize(models.neutral.size());
  }
}

void MeshPerson::begin_with(const Calibration& calibration) {
  given_ = calibration;
  known_.resize(models_.neutral.size());
  for (const auto& [name, value] : calibration.features)
    known_[static_cast<std::size_t>(MeshFeatures::index(name))] = value;
}

void MeshPerson::add(const AuEvidence& evidence, int i) {
  assert(dynamic_cast<const MeshEvidence*>(&evidence));
  const auto& mesh = static_cast<const MeshEvidence&>(evidence);
  add(mesh.ok(i), mesh.features(i));
}

void MeshPerson::add(bool ok, std::span<const float> features) {
  assert(!finished_ && (!ok || features.size() == models_.neutral.size()));
  latest_ok_ = ok;
  if (ok) ++successes_;
  if (ok && so_far_) so_far_->add(features);
  if (now_ && so_far_) so_far_->read(median_);
  if (now_ || given_) {
    if (ok)
      tell(features, given_ ? known_ : median_, values_);
    else
      std::fill(values_.begin(), values_.end(), 0.0F);
  }
  if (keep_) keep(ok, features);
  ++frames_;
}

// The values of one face.
void MeshPerson::tell(std::span<const float> features, std::span<const float> median,
                      std::span<float> values) {
  mesh_intensities(models_, features, median, intensities_);
  for (std::size_t u = 0; u < values.size(); ++u)
    values[u] = static_cast<float>(without_dead_zone(models_.units[u], intensities_[u]));
}

void MeshPerson::keep(bool ok, std::span<const float> features) {
  const std::size_t width = given_ ? values_.size() : used_.size();
  const auto at = static_cast<std::size_t>(frames_ % kChunkFrames);
  if (at == 0) chunks_.push_back({{}, std::vector<float>(kChunkFrames * width)});
  Chunk& chunk = chunks_.back();
  chunk.ok[at] = ok;
  if (!ok) return;
  float* to = chunk.values.data() + at * width;
  if (given_)
    std::copy(values_.begin(), values_.end(), to);
  else
    for (const int feature : used_) *to++ = features[static_cast<std::size_t>(feature)];
}

void MeshPerson::now(std::span<double> intensities, std::span<double> presences) const {
  assert(now_ && intensities.size() == values_.size() && presences.size() == values_.size());
  for (std::size_t u = 0; u < values_.size(); ++u) {
    intensities[u] = static_cast<double>(values_[u]);
    presences[u] = latest_ok_ ? presence_of(models_.units[u], intensities[u]) : 0;
  }
}

std::int64_t MeshPerson::frames_in(std::size_t chunk) const {
  return std::min(kChunkFrames, frames_ - static_cast<std::int64_t>(chunk) * kChunkFrames);
}

// Of all features; 0 of those that are not used.
std::vector<float> MeshPerson::medians() const {
  std::vector<float> medians(models_.neutral.size()), values;
  values.reserve(static_cast<std::size_t>(frames_));
  for (std::size_t u = 0; u < used_.size(); ++u) {
    values.clear();
    for (std::size_t c = 0; c < chunks_.size(); ++c) {
      const Chunk& chunk = chunks_[c];
      for (std::size_t i = 0; i < static_cast<std::size_t>(frames_in(c)); ++i)
        if (chunk.ok[i]) values.push_back(chunk.values[i * used_.size() + u]);
    }
    if (!values.empty()) medians[static_cast<std::size_t>(used_[u])] = median(values);
  }
  return medians;
}

void MeshPerson::finish() {
  if (finished_) return;
  finished_ = true;
  if (given_) return;
  if (keep_) {
    known_ = medians();
  } else {
    known_.resize(models_.neutral.size());
    so_far_->read(known_);
  }
  so_far_.reset();
  const std::size_t units = models_.units.size();
  std::vector<float> features(known_.size());
  for (std::size_t c = 0; c < chunks_.size(); ++c) {
    Chunk& chunk = chunks_[c];
    std::vector<float> values(static_cast<std::size_t>(frames_in(c)) * units);
    for (std::size_t i = 0; i < static_cast<std::size_t>(frames_in(c)); ++i) {
      if (!chunk.ok[i]) continue;
      const float* from = chunk.values.data() + i * used_.size();
      for (const int feature : used_) features[static_cast<std::size_t>(feature)] = *from++;
      tell(features, known_, std::span(values).subspan(i * units, units));
    }
    chunk.values = std::move(values);
  }
}

Calibration MeshPerson::calibration() const {
  if (given_) return *given_;
  if (successes_ == 0) throw Error(ErrorCode::usage, "nothing has been learnt of the person yet");
  std::vector<float> medians = known_;
  if (!finished_) {
    medians.resize(models_.neutral.size());
    if (keep_)
      medians = this->medians();
    else
      so_far_->read(medians);
  }
  Calibration calibration;
  calibration.estimator = identity_.name;
  calibration.models = identity_.models;
  calibration.frames = successes_;
  for (const int feature : models_.compared_features()) {
    const auto f = static_cast<std::size_t>(feature);
    calibration.features.emplace_back(MeshFeatures::names()[f], medians[f]);
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
  for (std::int64_t k = std::max<std::int64_t>(i - 1, 0); k <= std::min(i + 1, frames_ - 1); ++k) {
    const Chunk& chunk = chunk_of(k);
    if (!chunk.ok[place_of(k)]) continue;
    ++frames;
    for (std::size_t u = 0; u < units; ++u)
      intensities[u] += static_cast<double>(chunk.values[place_of(k) * units + u]);
  }
  for (std::size_t u = 0; u < units; ++u) {
    intensities[u] /= frames;
    presences[u] = presence_of(models_.units[u], intensities[u]);
  }
}

void mesh_still_values(const MeshAuModels& models, std::span<const float> features,
                       std::span<double> intensities, std::span<double> presences) {
  mesh_intensities(models, features, models.neutral, intensities);
  for (std::size_t u = 0; u < models.units.size(); ++u) {
    intensities[u] = without_dead_zone(models.units[u], intensities[u]);
    presences[u] = presence_of(models.units[u], intensities[u]);
  }
}

}  // namespace auriga
