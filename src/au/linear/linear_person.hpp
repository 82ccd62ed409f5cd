// From scores frame by frame to the action units of a person over a whole video, by OpenFace's
// rules (spec au-core.md sections 7, 9).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "au/estimator.hpp"
#include "au/linear/online_correction.hpp"
#include "au/linear/predictor.hpp"
#include "au/linear/score_histogram.hpp"
#include "au/running_median.hpp"

namespace auriga {

// Per frame, strictly in frame order, add(); after the last frame finish(); then the final values
// row by row:
//
//   intensity = mean over frames i-1..i+1 of clip(score - m . w - offset, 0, 5)
//
//   presence = majority over frames i-3..i+3 of the class of (score - m . w)
//
// with 0 in place of a failed frame, so that a failed frame next to good ones becomes non-zero and
// lowers them. The first and last frame (three for presences) keep their own value. m is the
// running median of the person's features (two RunningMedian, fed by every odd frame that
// succeeded), w the weights of a dynamic model. The first 3000 successful frames take the final m,
// later ones the m of their time. offset is the quantile `cutoff` of a dynamic intensity's values.
// With a static model set there is no m and no offset; clip and smoothing remain.
//
// The values of now() are not smoothed, m is that of the frame, and instead of the offset, which is
// not known yet, OnlineCorrection lowers all intensities.
//
// A person that begins with a calibration has its m and offset in all frames, final and now, and
// learns nothing. Of up to 3000 successful frames a second person that begins with the calibration
// of the first has the same final values, to the byte.
//
// The scores are linear, so the prediction of the first 3000 frames with the final median is one
// subtraction per model and no descriptor is kept. Without now() m . w is not computed before the
// 3001st successful frame or finish() asks for it.
//
// Memory: with final values per frame 8 bytes per model and one flag (281 bytes for the 35 models;
// 30 MB per hour at 30 frames/s), in chunks of 1024 frames; without, 64 KB for each model with an
// offset, of which calibration() then is within ScoreHistogram::kError. While a dynamic set learns,
// the medians besides (RunningMedian: 0.4 MB, and some 14 MB from the 33rd odd frame that succeeded
// on). add() allocates only then and when the history grows. Not thread-safe.
class LinearPerson : public AuPerson {
 public:
  static constexpr int kRepredicted = 3000;  // successful frames that take the final median

  // `predictor` must outlive this object. options.calibrate is not read. options.begin_with must
  // have passed LinearEstimator::check(). `identity` is for calibration().
  explicit LinearPerson(const AuPredictor& predictor, const AuPersonOptions& options = {},
                        AuIdentity identity = {});

  // The next frame. ok: the tracker's internal success (not always the table's success column).
  // fhog: 4464 values, geometry: 238, scores: one per model, as AuPredictor::scores gives them; not
  // read, and may be empty, when !ok.
  void add(bool ok, std::span<const float> fhog, std::span<const double> geometry,
           std::span<const double> scores);
  // The same from LinearEvidence.
  void add(const AuEvidence& evidence, int i) override;

  // With AuPersonOptions::now, of the latest frame, one value per model: intensities and then
  // presences (class values), predicted with the median of the moment, without offset and clip;
  // zeros when the frame failed.
  std::span<const double> raw() const;
  void now(std::span<double> intensities, std::span<double> presences) const override;

  void finish() override;
  std::int64_t rows() const override { return keep_ ? frames_ : 0; }
  bool ok(std::int64_t i) const;  // 0 <= i < rows()
  void row(std::int64_t i, std::span<double> intensities,
           std::span<double> presences) const override;
  // Per intensity what is subtracted; 0 where there is no offset. May be negative. After finish(),
  // with final values or a calibration to begin with.
  std::span<const double> offsets() const { return offsets_; }

  Calibration calibration() const override;

 private:
  static constexpr std::int64_t kChunkFrames = 1024;
  struct Chunk {
    std::array<bool, kChunkFrames> ok;
    std::vector<double> scores;  // frames x models
  };
  struct Medians {
    RunningMedian appearance, geometry;
    std::vector<double> appearance_values, geometry_values;
  };

  void begin_with(const Calibration& calibration);
  void update_medians(bool ok, std::span<const float> fhog, std::span<const double> geometry);
  void read_medians(std::vector<double>& appearance, std::vector<double>& geometry) const;
  void refresh_median_term();
  void keep(bool ok, std::span<const double> scores);
  void tell_now(bool ok, std::span<const double> scores);
  std::span<double> append(bool ok);
  std::span<double> scores_of(std::int64_t i);
  std::span<const double> scores_of(std::int64_t i) const;
  double clipped(std::int64_t i, std::size_t target) const;
  double presence(std::int64_t i, std::size_t target) const;
  bool anything_learnt() const { return medians_ && medians_->appearance.count() > 0; }
  std::vector<double> offsets_with(std::span<const double> median_term) const;
  double quantile(std::size_t target, double median_term, std::vector<double>& workspace) const;
  Calibration value_of(std::vector<double> appearance, std::vector<double> geometry,
                       std::span<const double> offsets) const;

  const AuPredictor& predictor_;
  AuIdentity identity_;
  bool keep_, now_;
  std::int64_t frames_ = 0, successes_ = 0;
  bool finished_ = false;

  std::optional<Medians> medians_;   // while something is learnt
  std::vector<double> median_term_;  // m . w per model
  bool median_term_stale_ = false;
  std::optional<Calibration> known_;  // given, or as it was at finish()

  std::vector<int> with_offset_;  // intensities that have a cutoff
  std::vector<double> offsets_;   // per intensity

  // With final values: scores of the frames in order. Of the first kRepredicted successes without
  // the median until finish(), unless it was given.
  std::vector<Chunk> history_;
  // Without: of those in with_offset_, without the median.
  std::optional<ScoreHistogram> histogram_;
  std::vector<double> for_histogram_;

  OnlineCorrection correction_;
  std::vector<double> raw_, live_;
};

}  // namespace auriga
