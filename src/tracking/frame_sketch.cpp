#include "tracking/frame_sketch.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>

namespace auriga {
namespace {

constexpr int kColumns = 16, kRows = 12;
constexpr float kFlat = 1;  // standard deviation, grey levels

}  // namespace

FrameSketch sketch(ImageView bgr) {
  FrameSketch levels{};
  if (bgr.empty()) return levels;
  for (int row = 0; row < kRows; ++row) {
    const std::uint8_t* pixels =
        bgr.row(static_cast<int>(std::int64_t{bgr.height} * (2 * row + 1) / (2 * kRows)));
    for (int column = 0; column < kColumns; ++column) {
      const std::int64_t x = std::int64_t{bgr.width} * (2 * column + 1) / (2 * kColumns);
      levels[static_cast<std::size_t>(row * kColumns + column)] = pixels[3 * x + 1];
    }
  }
  return levels;
}

float correlation(const FrameSketch& a, const FrameSketch& b) {
  constexpr float n = kColumns * kRows;
  float mean_a = 0, mean_b = 0, aa = 0, bb = 0, ab = 0;
  for (std::size_t i = 0; i < a.size(); ++i) mean_a += a[i] / n, mean_b += b[i] / n;
  for (std::size_t i = 0; i < a.size(); ++i) {
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
    ab += (a[i] - mean_a) * (b[i] - mean_b);
  }
  if (aa < n * kFlat * kFlat || bb < n * kFlat * kFlat) return 0;
  return ab / std::sqrt(aa * bb);
}

}  // namespace auriga
