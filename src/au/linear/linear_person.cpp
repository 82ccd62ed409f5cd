#include "au/linear/linear_person.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <string>
#include <utility>

#include "auriga/error.hpp"

#include "au/linear/linear_evidence.hpp"

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

LinearPerson::LinearPerson(const AuPredictor& predictor, const AuPersonOptions& options,
                           AuIdentity identity)
    : predictor_(predictor),
      identity_(std::move(identity)),
      keep_(options.final_values),
      now_(options.now),
      correction_(predictor.intensities()) {
  const auto targets = predictor.targets();
  median_term_.resize(targets.size());
  offsets_.resize(static_cast<std::size_t>(predictor.intensities()));
  for (int t = 0; t < predictor.intensities(); ++t)
    if (targets[static_cast<std::size_t>(t)].has_offset()) with_offset_.push_back(t);
  if (now_) {
    raw_.resize(targets.size());
    live_.resize(targets.size());
  }
  if (options.begin_with) {
    begin_with(*options.begin_with);
    return;
  }
  if (std::none_of(targets.begin(), targets.end(), [](const AuTarget& t) { return t.dynamic; }))
    return;
  medians_.emplace(Medians{{kAppearanceFeatures, kAppearanceBins, kAppearanceLow, kAppearanceHigh},
                           {kGeometryFeatures, kGeometryBins, kGeometryLow, kGeometryHigh},
                           std::vector<double>(kAppearanceFeatures),
                           std::vector<double>(kGeometryFeatures)});
  if (keep_) return;
  histogram_.emplace(static_cast<int>(with_offset_.size()));
  for_histogram_.resize(with_offset_.size());
}

void LinearPerson::begin_with(const Calibration& calibration) {
  known_ = calibration;
  predictor_.median_term(calibration.appearance, calibration.geometry, median_term_);
  assert(calibration.offsets.size() == with_offset_.size());
  for (std::size_t i = 0; i < with_offset_.size(); ++i)
    offsets_[static_cast<std::size_t>(with_offset_[i])] = calibration.offsets[i].second;
}

void LinearPerson::add(const AuEvidence& evidence, int i) {
  assert(dynamic_cast<const LinearEvidence*>(&evidence));
  const auto& linear = static_cast<const LinearEvidence&>(evidence);
  add(linear.ok(i), linear.fhog(i), linear.geometry(i), linear.scores(i));
}

void LinearPerson::add(bool ok, std::span<const float> fhog, std::span<const double> geometry,
                       std::span<const double> scores) {
  assert(!finished_);
  assert(!ok || scores.size() == median_term_.size());
  const bool odd = frames_ % 2 == 0;  // the first frame is odd
  // Before the frame is predicted, so that it counts in its own median.
  if (odd && medians_) update_medians(ok, fhog, geometry);
  if (ok) ++successes_;
  if (ok && (now_ || (keep_ && successes_ > kRepredicted))) refresh_median_term();
  if (keep_) keep(ok, scores);
  if (ok && histogram_) {
    for (std::size_t i = 0; i < with_offset_.size(); ++i)
      for_histogram_[i] = scores[static_cast<std::size_t>(with_offset_[i])];
    histogram_->add(for_histogram_);
  }
  if (now_) tell_now(ok, scores);
  ++frames_;
}

void LinearPerson::keep(bool ok, std::span<const double> scores) {
  const std::span<double> kept = append(ok);
  if (!ok) return;
  std::copy(scores.begin(), scores.end(), kept.begin());
  if (!known_ && successes_ <= kRepredicted) return;
  for (std::size_t t = 0; t < kept.size(); ++t) kept[t] -= median_term_[t];
}

void LinearPerson::tell_now(bool ok, std::span<const double> scores) {
  const auto targets = predictor_.targets();
  const auto intensities = offsets_.size();
  for (std::size_t t = 0; t < raw_.size(); ++t) {
    const double score = ok ? scores[t] - median_term_[t] : 0;
    raw_[t] = t < intensities || !ok ? score : targets[t].class_of(score);
  }
  live_ = raw_;
  if (!known_) {
    correction_.apply(ok, std::span(live_).first(intensities));
    return;
  }
  for (std::size_t t = 0; ok && t < intensities; ++t)
    live_[t] = std::clamp(raw_[t] - offsets_[t], 0.0, 5.0);
}

void LinearPerson::update_medians(bool ok, std::span<const float> fhog,
                                  std::span<const double> geometry) {
  medians_->appearance.update(ok ? fhog : std::span<const float>(kNoAppearance), ok);
  medians_->geometry.update(ok ? geometry : std::span<const double>(kNoGeometry), ok);
  median_term_stale_ = true;
}

void LinearPerson::read_medians(std::vector<double>& appearance,
                                std::vector<double>& geometry) const {
  medians_->appearance.read(appearance);
  medians_->geometry.read(geometry);
  for (double& value : appearance) value = value < 0 ? 0 : value;
}

void LinearPerson::refresh_median_term() {
  if (!median_term_stale_) return;
  Medians& m = *medians_;
  read_medians(m.appearance_values, m.geometry_values);
  predictor_.median_term(m.appearance_values, m.geometry_values, median_term_);
  median_term_stale_ = false;
}

std::span<const double> LinearPerson::raw() const {
  assert(now_);
  return raw_;
}

void LinearPerson::now(std::span<double> intensities, std::span<double> presences) const {
  assert(now_ && intensities.size() == offsets_.size());
  assert(presences.size() == live_.size() - offsets_.size());
  std::copy_n(live_.begin(), intensities.size(), intensities.begin());
  std::copy_n(live_.begin() + static_cast<std::ptrdiff_t>(intensities.size()), presences.size(),
              presences.begin());
}

// Room for the next frame's scores.
std::span<double> LinearPerson::append(bool ok) {
  if (frames_ == static_cast<std::int64_t>(history_.size()) * kChunkFrames) {
    history_.push_back({{}, std::vector<double>(kChunkFrames * median_term_.size())});
  }
  history_.back().ok[static_cast<std::size_t>(frames_ % kChunkFrames)] = ok;
  return scores_of(frames_);
}

std::span<double> LinearPerson::scores_of(std::int64_t i) {
  Chunk& chunk = history_[static_cast<std::size_t>(i / kChunkFrames)];
  return std::span(chunk.scores)
      .subspan(static_cast<std::size_t>(i % kChunkFrames) * median_term_.size(),
               median_term_.size());
}

std::span<const double> LinearPerson::scores_of(std::int64_t i) const {
  const Chunk& chunk = history_[static_cast<std::size_t>(i / kChunkFrames)];
  return std::span(chunk.scores)
      .subspan(static_cast<std::size_t>(i % kChunkFrames) * median_term_.size(),
               median_term_.size());
}

bool LinearPerson::ok(std::int64_t i) const {
  assert(i >= 0 && i < rows());
  return history_[static_cast<std::size_t>(i / kChunkFrames)]
      .ok[static_cast<std::size_t>(i % kChunkFrames)];
}

void LinearPerson::finish() {
  if (finished_) return;
  finished_ = true;
  if (!medians_) return;
  refresh_median_term();
  const bool learnt = anything_learnt();
  if (keep_ || learnt) offsets_ = offsets_with(median_term_);
  std::int64_t redone = 0;
  for (std::int64_t i = 0; i < rows() && redone < kRepredicted; ++i) {
    if (!ok(i)) continue;
    const auto scores = scores_of(i);
    for (std::size_t t = 0; t < scores.size(); ++t) scores[t] -= median_term_[t];
    ++redone;
  }
  if (learnt)
    known_ = value_of(std::move(medians_->appearance_values), std::move(medians_->geometry_values),
                      offsets_);
  medians_.reset();
  histogram_.reset();
}

Calibration LinearPerson::calibration() const {
  if (known_) return *known_;
  if (!predictor_.dynamic())
    throw Error(ErrorCode::usage,
                "the static models compare a face with nobody's neutral face, so nothing is learnt "
                "of a person; use the dynamic ones");
  if (!anything_learnt())
    throw Error(ErrorCode::usage, "nothing has been learnt of the person yet");
  std::vector<double> appearance(kAppearanceFeatures), geometry(kGeometryFeatures);
  std::vector<double> median_term(median_term_.size());
  read_medians(appearance, geometry);
  predictor_.median_term(appearance, geometry, median_term);
  const std::vector<double> offsets = offsets_with(median_term);
  return value_of(std::move(appearance), std::move(geometry), offsets);
}

Calibration LinearPerson::value_of(std::vector<double> appearance, std::vector<double> geometry,
                                   std::span<const double> offsets) const {
  Calibration calibration;
  calibration.estimator = identity_.name;
  calibration.models = identity_.models;
  calibration.frames = successes_;
  calibration.appearance = std::move(appearance);
  calibration.geometry = std::move(geometry);
  for (const int t : with_offset_) {
    const auto i = static_cast<std::size_t>(t);
    calibration.offsets.emplace_back(predictor_.targets()[i].name, offsets[i]);
  }
  return calibration;
}

// Per intensity, of the successful frames so far; 0 where there is no cutoff or no such frame.
std::vector<double> LinearPerson::offsets_with(std::span<const double> median_term) const {
  std::vector<double> offsets(offsets_.size()), workspace;
  if (successes_ == 0) return offsets;
  if (keep_) workspace.reserve(static_cast<std::size_t>(successes_));
  for (std::size_t i = 0; i < with_offset_.size(); ++i) {
    const auto t = static_cast<std::size_t>(with_offset_[i]);
    offsets[t] = keep_ ? quantile(t, median_term[t], workspace)
                       : histogram_->quantile(static_cast<int>(i), predictor_.targets()[t].cutoff) -
                             median_term[t];
  }
  return offsets;
}

// The value at index trunc(N cutoff) of the N successful frames' values in ascending order.
double LinearPerson::quantile(std::size_t target, double median_term,
                              std::vector<double>& workspace) const {
  workspace.clear();
  for (std::int64_t i = 0; i < frames_; ++i) {
    if (!ok(i)) continue;
    const double score = scores_of(i)[target];
    workspace.push_back(workspace.size() < kRepredicted ? score - median_term : score);
  }
  const std::size_t n = workspace.size();
  const double cutoff = predictor_.targets()[target].cutoff;
  // A cutoff just below 1 can round up to N.
  const std::size_t index =
      std::min(static_cast<std::size_t>(static_cast<double>(n) * cutoff), n - 1);
  const auto at = workspace.begin() + static_cast<std::ptrdiff_t>(index);
  std::nth_element(workspace.begin(), at, workspace.end(), ascending);
  return *at;
}

double LinearPerson::clipped(std::int64_t i, std::size_t target) const {
  return ok(i) ? std::clamp(scores_of(i)[target] - offsets_[target], 0.0, 5.0) : 0;
}

double LinearPerson::presence(std::int64_t i, std::size_t target) const {
  return ok(i) ? predictor_.targets()[target].class_of(scores_of(i)[target]) : 0;
}

void LinearPerson::row(std::int64_t i, std::span<double> intensities,
                       std::span<double> presences) const {
  assert(finished_ && i >= 0 && i < rows());
  const std::size_t first_presence = offsets_.size();
  assert(intensities.size() == first_presence);
  assert(presences.size() == median_term_.size() - first_presence);
  const bool smooth = i >= 1 && i + 1 < rows();
  for (std::size_t t = 0; t < intensities.size(); ++t) {
    intensities[t] =
        smooth ? (clipped(i - 1, t) + clipped(i, t) + clipped(i + 1, t)) / 3 : clipped(i, t);
  }
  const bool vote = i >= 3 && i + 3 < rows();
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

}  // namespace auriga
