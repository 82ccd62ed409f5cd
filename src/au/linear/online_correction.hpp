// Correction of live intensities by the person's own resting level (spec au-core.md section 7.2).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace auriga {

// While a video runs its final offsets are unknown, so live values are lowered by the 10th
// percentile of the raw intensities so far, AU by AU, from a histogram of 200 bins over [-3, 5].
// Until ten successful frames have been seen nothing is subtracted. Only for values shown live;
// final values never pass through it.
class OnlineCorrection {
 public:
  explicit OnlineCorrection(int intensities);

  // intensities: the raw values of one frame, in place: v <- clip(v - correction, 0, 5). ok =
  // false: the frame does not count and nothing is subtracted. Does not allocate.
  void apply(bool ok, std::span<double> intensities);

 private:
  std::vector<std::uint32_t> histogram_;  // AUs x bins
  std::int64_t count_ = 0;                // successful frames
};

}  // namespace auriga
