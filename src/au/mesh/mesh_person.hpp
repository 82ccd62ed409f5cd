// From mesh features frame by frame to the action units of a person over a whole video.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "au/estimator.hpp"
#include "au/mesh/feature_medians.hpp"
#include "au/mesh/mesh_models.hpp"

namespace auriga {

// Per frame, in frame order, add(); after the last finish(); then row by row. With m the median of
// each feature over all frames that succeeded (the mean of the two in the middle where their number
// is even) and f the networks (mesh_intensities):
//
//   value(i) = clip(f(features(i), m) - dead zone, 0, 5)
//
//   intensity(i) = mean of value over those of the frames i-1, i, i+1 that succeeded
//
//   presence(i) = 1 where intensity(i) >= threshold, else 0
//
// A frame that failed has zeros and takes no part in the values of its neighbours; the first and
// the last frame have one neighbour.
//
// now() gives value(i) itself, not smoothed, with the median of the frames so far in place of m
// (FeatureMedians, which is close to it), and the presence of that. A person that begins with a
// calibration has its medians in all frames, final and now, and learns nothing: the same final
// values, to the byte, as the person that the calibration is of.
//
// Memory: with final values per frame 4 bytes for each feature that some unit looks at, and one
// byte; after finish(), and with a calibration to begin with, 4 bytes for each unit instead.
// Allocates once in 1024 frames. Without final values only FeatureMedians, which calibration() then
// is as exact as. Not thread-safe; row() may be called from any number of threads.
class MeshPerson : public AuPerson {
 public:
  // `models` must outlive this object. options.calibrate is not read. options.begin_with must have
  // passed AuEstimator::check() of the estimator of these models. `identity` is for calibration().
  explicit MeshPerson(const MeshAuModels& models, const AuPersonOptions& options = {},
                      AuIdentity identity = {});

  // features: MeshFeatures::count() values; not read when !ok.
  void add(bool ok, std::span<const float> features);
  // The same from MeshEvidence.
  void add(const AuEvidence& evidence, int i) override;
  void now(std::span<double> intensities, std::span<double> presences) const override;
  void finish() override;
  std::int64_t rows() const override { return keep_ ? frames_ : 0; }
  // One value per unit of the models.
  void row(std::int64_t i, std::span<double> intensities,
           std::span<double> presences) const override;
  Calibration calibration() const override;

 private:
  static constexpr std::int64_t kChunkFrames = 1024;
  struct Chunk {
    std::array<bool, kChunkFrames> ok{};
    // Frames x used features, frames x units once the medians are known.
    std::vector<float> values;
  };

  void begin_with(const Calibration& calibration);
  void keep(bool ok, std::span<const float> features);
  void tell(std::span<const float> features, std::span<const float> median,
            std::span<float> values);
  std::int64_t frames_in(std::size_t chunk) const;
  std::vector<float> medians() const;

  const MeshAuModels& models_;
  AuIdentity identity_;
  bool keep_, now_;
  std::vector<int> used_;  // features that are kept
  std::vector<Chunk> chunks_;
  std::int64_t frames_ = 0, successes_ = 0;
  bool latest_ok_ = false, finished_ = false;
  std::optional<Calibration> given_;
  std::vector<float> known_;  // medians, given or as they were at finish(); empty while learning
  std::optional<FeatureMedians> so_far_;
  std::vector<float> median_;        // of so_far_
  std::vector<float> values_;        // of the latest frame, per unit; see add()
  std::vector<double> intensities_;  // workspace of tell()
};

// A picture, or a face without calibration: the neutral face of the models stands for the person's
// median, and nothing is smoothed. Arguments as MeshPerson has them.
void mesh_still_values(const MeshAuModels& models, std::span<const float> features,
                       std::span<double> intensities, std::span<double> presences);

}  // namespace auriga
