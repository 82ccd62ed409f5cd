// From mesh features frame by frame to the action units of a whole video.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "au/mesh_models.hpp"

namespace auriga {

// One face of one video. Per frame, in frame order, add(); after the last finish(); then row by
// row. With m the median of each feature over all frames that succeeded (the mean of the two in the
// middle where their number is even) and f the networks (mesh_intensities):
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
// Memory: per frame 4 bytes for each feature that some unit looks at, and one byte; after finish()
// 4 bytes for each unit instead. Allocates once in 1024 frames. Not thread-safe; row() may be
// called from any number of threads.
class MeshCalibration {
 public:
  // `models` must outlive this object.
  explicit MeshCalibration(const MeshAuModels& models);
  // features: MeshFeatures::count() values; not read when !ok. Not to be called after finish().
  void add(bool ok, std::span<const float> features);
  // Ends the video; may be called again without effect.
  void finish();
  std::int64_t rows() const { return frames_; }  // frames added
  // After finish(), 0 <= i < rows(). One value per unit of the models; zeros where the frame
  // failed.
  void row(std::int64_t i, std::span<double> intensities, std::span<double> presences) const;

 private:
  static constexpr std::int64_t kChunkFrames = 1024;
  struct Chunk {
    std::array<bool, kChunkFrames> ok{};
    std::vector<float> values;  // frames x used features, after finish() frames x units
  };

  std::int64_t frames_in(std::size_t chunk) const;
  std::vector<float> medians() const;

  const MeshAuModels& models_;
  std::vector<int> used_;  // features that are kept
  std::vector<Chunk> chunks_;
  std::int64_t frames_ = 0;
  bool finished_ = false;
};

// A picture, or a face without calibration: the neutral face of the models stands for the person's
// median, and nothing is smoothed. Arguments as MeshCalibration has them.
void mesh_still_values(const MeshAuModels& models, std::span<const float> features,
                       std::span<double> intensities, std::span<double> presences);

}  // namespace auriga
