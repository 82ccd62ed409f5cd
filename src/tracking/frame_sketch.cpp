#include "tracking/frame_sketch.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace auriga {
namespace {

constexpr int kColumns = 16, kRows = 12;
constexpr float kFlat = 1;  // standard deviation, grey levels

}  // namespace

FrameSketch sketch(const Picture& bgr, Image& pixels) {
  FrameSketch levels{};
  if (bgr.empty()) return levels;
  std::array<int, kColumns> x;
  std::array<int, kRows> y;
  const auto middle = [](int size, std::size_t cell, int cells) {
    return static_cast<int>(size * (2 * static_cast<std::int64_t>(cell) + 1) / (2 * cells));
  };
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = middle(bgr.width(), i, kColumns);
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = middle(bgr.height(), i, kRows);
  bgr.pixels(x, y, pixels);
  std::size_t cell = 0;
  for (int row = 0; row < kRows; ++row)
    for (int column = 0; column < kColumns; ++column)
      levels[cell++] = pixels.row(row)[3 * column + 1];
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
