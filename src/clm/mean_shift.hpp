// Mean shift over a response map with a Gaussian kernel (spec clnf.md section 5.1).
//
// Positions are response pixels: (0, 0) is the centre of the top-left one, x along a row. The
// centre of the kernel is snapped to a grid of 0.1 px, as in the reference; its weights come from a
// table.
#pragma once

#include <array>
#include <vector>

namespace auriga {

// Floats behind a response map that mean_shift() reads and gives no weight; they must be finite.
inline constexpr int kResponseMargin = 8;

class MeanShiftKernel {
 public:
  // `window`: side of the maps; `sigma`: px.
  MeanShiftKernel(int window, float sigma);

  int window() const { return window_; }

  // From (x, y), brought into the map, to the weighted mean of the pixel positions. {0, 0} when no
  // pixel has weight or a number is not finite, where the reference would go on with NaN. `map`:
  // window x window, row-major. Thread-safe, does not allocate.
  std::array<float, 2> shift(const float* map, float x, float y) const;

  // sum of map values times exp(-d^2 / 2 sigma^2), d = distance to (x, y): neither snapped nor
  // brought into the map. 0 when it is not a finite number.
  static float likelihood(const float* map, int window, float x, float y, float sigma);

 private:
  int window_, stride_;
  std::vector<float> weights_;  // [node][pixel], stride_ apart: of one axis; padding 0
};

}  // namespace auriga
