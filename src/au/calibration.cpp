#include "au/calibration.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace auriga {
namespace {

constexpr int kAppearanceBins = 1000, kGeometryBins = 10000;
constexpr double kAppearanceLow = -0.005, kAppearanceHigh = 1.0;
constexpr double kGeometryLow = -60, kGeometryHigh = 60;

// A failed frame has these descriptors; they are never counted but can become the median
// (running_median.hpp).
constexpr std::array<float, kAppearanceFeatures> kNoAppearance{};
constexpr std::array<double, kGeometryFeatures> kNoGeometry{};

// Ascending with NaN last: a strict weak order whatever the scores are.
bool ascending(double a, double b) { return a < b || (std::isnan(b) && !std::isnan(a)); }

}  // namespace

PersonCalibration::PersonCalibration(const AuPredictor& predictor, CalibrationMode mode)
    : predictor_(predictor), mode_(mode), correction_(predictor.intensities()) {
  const auto targets = predictor.targets();
  if (std::any_of(targets.begin(), targets.end(), [](const AuTarget& t) { return t.dynamic; })) {
    medians_.emplace(
        Medians{{kAppearanceFeatures, kAppearanceBins, kAppearanceLow, kAppearanceHigh},
                {kGeometryFeatures, kGeometryBins, kGeometryLow, kGeometryHigh},
                std::vector<double>(kAppearanceFeatures),
                std::vector<double>(kGeometryFeatures)});
  }
  median_term_.resize(targets.size());
  raw_.resize(targets.size());
  live_.resize(targets.size());
  offsets_.resize(static_cast<std::size_t>(predictor.intensities()));
}

void PersonCalibration::reset() {
  frames_ = successes_ = 0;
  finished_ = false;
  if (medians_) {
    medians_->appearance.reset();
    medians_->geometry.reset();
  }
  std::fill(median_term_.begin(), median_term_.end(), 0.0);
  median_term_stale_ = false;
  history_.clear();
  correction_.reset();
  std::fill(raw_.begin(), raw_.end(), 0.0);
  std::fill(live_.begin(), live_.end(), 0.0);
  std::fill(offsets_.begin(), offsets_.end(), 0.0);
}

void PersonCalibration::add(bool ok, std::span<const float> fhog, std::span<const double> geometry,
                            std::span<const double> scores) {
  assert(!finished_);
  assert(!ok || scores.size() == raw_.size());
  const bool odd = frames_ % 2 == 0;  // the first frame is odd
  // Before the frame is predicted, so that it counts in its own median.
  if (odd && medians_) update_medians(ok, fhog, geometry);

  const std::span<double> kept = append(ok);
  if (ok) {
    std::copy(scores.begin(), scores.end(), kept.begin());
    ++successes_;
  }
  const bool final_here = ok && successes_ > kRepredicted;
  const bool online = mode_ == CalibrationMode::online;
  if (ok && (final_here || online)) refresh_median_term();
  if (final_here) {
    for (std::size_t t = 0; t < kept.size(); ++t) kept[t] -= median_term_[t];
  }
  if (!online) return;

  const auto targets = predictor_.targets();
  const auto intensities = offsets_.size();
  for (std::size_t t = 0; t < raw_.size(); ++t) {
    const double score = ok ? scores[t] - median_term_[t] : 0;
    raw_[t] = t < intensities || !ok ? score : targets[t].class_of(score);
  }
  live_ = raw_;
  correction_.apply(ok, std::span(live_).first(intensities));
}

void PersonCalibration::update_medians(bool ok, std::span<const float> fhog,
                                       std::span<const double> geometry) {
  medians_->appearance.update(ok ? fhog : std::span<const float>(kNoAppearance), ok);
  medians_->geometry.update(ok ? geometry : std::span<const double>(kNoGeometry), ok);
  median_term_stale_ = true;
}

void PersonCalibration::refresh_median_term() {
  if (!median_term_stale_) return;
  Medians& m = *medians_;
  m.appearance.read(m.appearance_values);
  m.geometry.read(m.geometry_values);
  for (double& value : m.appearance_values) value = value < 0 ? 0 : value;
  predictor_.median_term(m.appearance_values, m.geometry_values, median_term_);
  median_term_stale_ = false;
}

std::span<const double> PersonCalibration::raw() const {
  assert(mode_ == CalibrationMode::online);
  return raw_;
}

std::span<const double> PersonCalibration::live() const {
  assert(mode_ == CalibrationMode::online);
  return live_;
}

// Room for the next frame's scores.
std::span<double> PersonCalibration::append(bool ok) {
  if (frames_ == static_cast<std::int64_t>(history_.size()) * kChunkFrames) {
    history_.push_back({{}, std::vector<double>(kChunkFrames * raw_.size())});
  }
  history_.back().ok[static_cast<std::size_t>(frames_ % kChunkFrames)] = ok;
  return scores_of(frames_++);
}

std::span<double> PersonCalibration::scores_of(std::int64_t i) {
  Chunk& chunk = history_[static_cast<std::size_t>(i / kChunkFrames)];
  return std::span(chunk.scores)
      .subspan(static_cast<std::size_t>(i % kChunkFrames) * raw_.size(), raw_.size());
}

std::span<const double> PersonCalibration::scores_of(std::int64_t i) const {
  const Chunk& chunk = history_[static_cast<std::size_t>(i / kChunkFrames)];
  return std::span(chunk.scores)
      .subspan(static_cast<std::size_t>(i % kChunkFrames) * raw_.size(), raw_.size());
}

bool PersonCalibration::ok(std::int64_t i) const {
  assert(i >= 0 && i < frames_);
  return history_[static_cast<std::size_t>(i / kChunkFrames)]
      .ok[static_cast<std::size_t>(i % kChunkFrames)];
}

void PersonCalibration::finish() {
  if (finished_) return;
  finished_ = true;
  refresh_median_term();
  std::int64_t redone = 0;
  for (std::int64_t i = 0; i < frames_ && redone < kRepredicted; ++i) {
    if (!ok(i)) continue;
    const auto scores = scores_of(i);
    for (std::size_t t = 0; t < scores.size(); ++t) scores[t] -= median_term_[t];
    ++redone;
  }
  if (!predictor_.dynamic() || successes_ == 0) return;
  const auto targets = predictor_.targets();
  std::vector<double> workspace;
  workspace.reserve(static_cast<std::size_t>(successes_));
  for (std::size_t t = 0; t < offsets_.size(); ++t) {
    const AuTarget& target = targets[t];
    if (target.dynamic && target.cutoff != -1) offsets_[t] = quantile(t, target.cutoff, workspace);
  }
}

// The value at index trunc(N cutoff) of the N successful frames' values in ascending order.
double PersonCalibration::quantile(std::size_t target, double cutoff,
                                   std::vector<double>& workspace) const {
  workspace.clear();
  for (std::int64_t i = 0; i < frames_; ++i) {
    if (ok(i)) workspace.push_back(scores_of(i)[target]);
  }
  const std::size_t n = workspace.size();
  // A cutoff just below 1 can round up to N.
  const std::size_t index =
      std::min(static_cast<std::size_t>(static_cast<double>(n) * cutoff), n - 1);
  const auto at = workspace.begin() + static_cast<std::ptrdiff_t>(index);
  std::nth_element(workspace.begin(), at, workspace.end(), ascending);
  return *at;
}

double PersonCalibration::clipped(std::int64_t i, std::size_t target) const {
  return ok(i) ? std::clamp(scores_of(i)[target] - offsets_[target], 0.0, 5.0) : 0;
}

double PersonCalibration::presence(std::int64_t i, std::size_t target) const {
  return ok(i) ? predictor_.targets()[target].class_of(scores_of(i)[target]) : 0;
}

void PersonCalibration::row(std::int64_t i, std::span<double> intensities,
                            std::span<double> presences) const {
  assert(finished_ && i >= 0 && i < frames_);
  const std::size_t first_presence = offsets_.size();
  assert(intensities.size() == first_presence);
  assert(presences.size() == raw_.size() - first_presence);
  const bool smooth = i >= 1 && i + 1 < frames_;
  for (std::size_t t = 0; t < intensities.size(); ++t) {
    intensities[t] =
        smooth ? (clipped(i - 1, t) + clipped(i, t) + clipped(i + 1, t)) / 3 : clipped(i, t);
  }
  const bool vote = i >= 3 && i + 3 < frames_;
  for (std::size_t p = 0; p < presences.size(); ++p) {
    const std::size_t t = first_presence + p;
    if (!vote) {
      presences[p] = presence(i, t);
      continue;
    }
    double sum = 0;
    for (std::int64_t k = i - 3; k <= i + 3; ++k) sum += presence(k, t);
    presences[p] = sum / 7 < 0.5 ? 0 : 1;
  }
}

void PersonCalibration::repredicted(std::int64_t i, std::span<double> intensities,
                                    std::span<double> presences) const {
  assert(finished_ && i >= 0 && i < frames_);
  assert(intensities.size() == offsets_.size());
  assert(presences.size() == raw_.size() - offsets_.size());
  const auto scores = scores_of(i);
  for (std::size_t t = 0; t < intensities.size(); ++t) intensities[t] = ok(i) ? scores[t] : 0;
  for (std::size_t p = 0; p < presences.size(); ++p)
    presences[p] = presence(i, intensities.size() + p);
}

}  // namespace auriga
