#include "au/mesh_calibration.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

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

MeshCalibration::MeshCalibration(const MeshAuModels& models)
    : models_(models), used_(models.used_features()) {}

void MeshCalibration::add(bool ok, std::span<const float> features) {
  assert(!finished_ && (!ok || features.size() == models_.neutral.size()));
  const auto at = static_cast<std::size_t>(frames_ % kChunkFrames);
  if (at == 0) chunks_.push_back({{}, std::vector<float>(kChunkFrames * used_.size())});
  Chunk& chunk = chunks_.back();
  chunk.ok[at] = ok;
  if (ok) {
    float* to = chunk.values.data() + at * used_.size();
    for (const int feature : used_) *to++ = features[static_cast<std::size_t>(feature)];
  }
  ++frames_;
}

std::int64_t MeshCalibration::frames_in(std::size_t chunk) const {
  return std::min(kChunkFrames, frames_ - static_cast<std::int64_t>(chunk) * kChunkFrames);
}

// Of all features; 0 of those that are not used.
std::vector<float> MeshCalibration::medians() const {
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

void MeshCalibration::finish() {
  if (finished_) return;
  finished_ = true;
  const std::vector<float> person = medians();
  const std::size_t units = models_.units.size();
  std::vector<float> features(person.size());
  std::vector<double> intensities(units);
  for (std::size_t c = 0; c < chunks_.size(); ++c) {
    Chunk& chunk = chunks_[c];
    std::vector<float> values(static_cast<std::size_t>(frames_in(c)) * units);
    for (std::size_t i = 0; i < static_cast<std::size_t>(frames_in(c)); ++i) {
      if (!chunk.ok[i]) continue;
      const float* from = chunk.values.data() + i * used_.size();
      for (const int feature : used_) features[static_cast<std::size_t>(feature)] = *from++;
      mesh_intensities(models_, features, person, intensities);
      for (std::size_t u = 0; u < units; ++u)
        values[i * units + u] =
            static_cast<float>(without_dead_zone(models_.units[u], intensities[u]));
    }
    chunk.values = std::move(values);
  }
}

void MeshCalibration::row(std::int64_t i, std::span<double> intensities,
                          std::span<double> presences) const {
  const std::size_t units = models_.units.size();
  assert(finished_ && i >= 0 && i < frames_);
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
