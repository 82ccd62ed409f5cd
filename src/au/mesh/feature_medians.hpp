// The person's neutral face as far as it is known, for the open estimator.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "au/mesh/mesh_models.hpp"
#include "au/running_median.hpp"

namespace auriga {

// Median of each compared feature (MeshAuModels::compared_features) over all faces so far, of an
// even number the lower one of the two in the middle. Histograms of kBins bins of
// scale / kBinsPerScale around the neutral face of the models, so a median is wrong by at most half
// a bin, scale / 256, unless it is further than kReach scales from the neutral face, which is then
// the limit it has; of one face it is exact. Constant memory: 64 bytes for each feature, and from
// the 33rd face on a few pages. Not thread-safe.
class FeatureMedians {
 public:
  static constexpr int kBinsPerScale = 128, kReach = 32;
  static constexpr int kBins = 2 * kReach * kBinsPerScale;

  // `models` must outlive this object.
  explicit FeatureMedians(const MeshAuModels& models);

  // features: MeshFeatures::count() finite values. Only the 33rd call allocates.
  void add(std::span<const float> features);
  std::int64_t count() const { return medians_.count(); }
  // medians: MeshFeatures::count() values, 0 of features that are not compared; of all before the
  // first add(). Does not allocate.
  void read(std::span<float> medians) const;

 private:
  const MeshAuModels& models_;
  std::vector<int> compared_;
  RunningMedian medians_;         // of (feature - neutral) / scale
  std::vector<double> relative_;  // of the latest face
};

}  // namespace auriga
