// Person calibration: from scores frame by frame to the action units of a whole video (spec
// au-core.md sections 7, 9).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "au/online_correction.hpp"
#include "au/predictor.hpp"
#include "au/running_median.hpp"

namespace auriga {

// offline: only the final table is wanted. online: the values of every frame are wanted at once,
// too.
enum class CalibrationMode { offline, online };

// One face of one video. Per frame, strictly in frame order, add(); after the last frame finish();
// then the final values row by row:
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
// The scores are linear, so the prediction of the first 3000 frames with the final median is one
// subtraction per model and no descriptor is kept. Offline, m . w is not computed before the 3001st
// successful frame or finish() asks for it.
//
// Memory: per frame 8 bytes per model and one flag (281 bytes for the 35 models; 30 MB per hour at
// 30 frames/s), in chunks of 1024 frames; besides, for a dynamic set, the medians (RunningMedian:
// 0.4 MB, and some 14 MB from the 33rd odd frame that succeeded on). add() allocates only then and
// when the history grows. Not thread-safe.
class PersonCalibration {
 public:
  static constexpr int kRepredicted = 3000;  // successful frames that take the final median

  // `predictor` must outlive this object.
  PersonCalibration(const AuPredictor& predictor, CalibrationMode mode);

  // The next frame. ok: the tracker's internal success (not always the table's success column).
  // fhog: 4464 values, geometry: 238, scores: one per model, as AuPredictor::scores gives them; not
  // read, and may be empty, when !ok. Not to be called between finish() and reset().
  void add(bool ok, std::span<const float> fhog, std::span<const double> geometry,
           std::span<const double> scores);

  // Online mode only, of the latest frame, one value per model: intensities and then presences
  // (class values), predicted with the median of the moment, unclipped; zeros when the frame
  // failed.
  std::span<const double> raw() const;
  // The same for showing live: intensities corrected by OnlineCorrection and in [0, 5].
  std::span<const double> live() const;

  // Ends the video; may be called again without effect.
  void finish();

  std::int64_t rows() const { return frames_; }  // frames added
  bool ok(std::int64_t i) const;

  // Only after finish(). Final values of frame i in [0, rows()), in the order of
  // AuPredictor::names().
  void row(std::int64_t i, std::span<double> intensities, std::span<double> presences) const;
  // The same before offset, clip and smoothing; zeros when the frame failed.
  void repredicted(std::int64_t i, std::span<double> intensities,
                   std::span<double> presences) const;
  // Per intensity what was subtracted; 0 where there is no offset. May be negative.
  std::span<const double> offsets() const { return offsets_; }

  // Ready for another video.
  void reset();

 private:
  static constexpr std::int64_t kChunkFrames = 1024;
  struct Chunk {
    std::array<bool, kChunkFrames> ok;
    std::vector<double> scores;  // frames x models
  };

  void update_medians(bool ok, std::span<const float> fhog, std::span<const double> geometry);
  void refresh_median_term();
  std::span<double> append(bool ok);
  std::span<double> scores_of(std::int64_t i);
  std::span<const double> scores_of(std::int64_t i) const;
  double clipped(std::int64_t i, std::size_t target) const;
  double presence(std::int64_t i, std::size_t target) const;
  double quantile(std::size_t target, double cutoff, std::vector<double>& workspace) const;

  const AuPredictor& predictor_;
  CalibrationMode mode_;
  std::int64_t frames_ = 0, successes_ = 0;
  bool finished_ = false;

  struct Medians {
    RunningMedian appearance, geometry;
    std::vector<double> appearance_values, geometry_values;
  };
  std::optional<Medians> medians_;   // if there are dynamic models
  std::vector<double> median_term_;  // m . w per model
  bool median_term_stale_ = false;

  // Scores of the frames in order. Of the first kRepredicted successes without the median until
  // finish().
  std::vector<Chunk> history_;

  OnlineCorrection correction_;
  std::vector<double> raw_, live_;
  std::vector<double> offsets_;
};

}  // namespace auriga
