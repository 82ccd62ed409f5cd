#include "clm/mean_shift.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "base/simd.hpp"

namespace auriga {
namespace {

constexpr float kStep = 0.1f;  // px between the nodes of the table
constexpr int kNodesPerPixel = 10;
constexpr int kLanes = 8;

int padded(int count) { return (count + kLanes - 1) / kLanes * kLanes; }

AURIGA_INLINE float sum_of_lanes(f32x8 v) {
  return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}

struct Moments {
  float sum, x, y;  // of the weights, and times the position
};

// `wx`, `wy`: weights of the columns (padded with 0) and of the rows.
AURIGA_INLINE Moments weigh_body(const float* map, int window, const float* wx, const float* wy) {
  constexpr f32x8 kColumns = {0, 1, 2, 3, 4, 5, 6, 7};
  f32x8 sum{}, x{}, y{};
  for (int block = 0; block < window; block += kLanes) {
    f32x8 column{}, column_y{};
    for (int i = 0; i < window; ++i) {
      const f32x8 value = load<f32x8>(map + i * window + block);
      column += wy[i] * value;
      column_y += (wy[i] * static_cast<float>(i)) * value;
    }
    const f32x8 weight = load<f32x8>(wx + block);
    sum += weight * column;
    x += weight * (kColumns + static_cast<float>(block)) * column;
    y += weight * column_y;
  }
  return {sum_of_lanes(sum), sum_of_lanes(x), sum_of_lanes(y)};
}

Moments weigh(const float* map, int window, const float* wx, const float* wy) {
  return run_wide([&](auto) AURIGA_ALWAYS_INLINE { return weigh_body(map, window, wx, wy); });
}

}  // namespace

MeanShiftKernel::MeanShiftKernel(int window, float sigma)
    : window_(window),
      stride_(padded(window)),
      weights_(static_cast<std::size_t>(kNodesPerPixel) * window * stride_) {
  static_assert(kResponseMargin >= kLanes - 1);
  assert(window > 0);
  const float a = -0.5f / (sigma * sigma);
  for (int node = 0; node < kNodesPerPixel * window; ++node) {
    const float u = static_cast<float>(node) * kStep;
    for (int i = 0; i < window; ++i) {
      const float d = u - static_cast<float>(i);
      weights_[node * stride_ + i] = std::exp(a * d * d);
    }
  }
}

std::array<float, 2> MeanShiftKernel::shift(const float* map, float x, float y) const {
  const float last = static_cast<float>(window_) - kStep;
  // Written so that NaN becomes 0 and cannot reach the index.
  const auto inside = [&](float v) { return v > 0 ? std::min(v, last) : 0.0f; };
  const auto weights = [&](float v) {
    return weights_.data() + static_cast<int>(v / kStep + 0.5f) * stride_;
  };
  x = inside(x);
  y = inside(y);
  const Moments m = weigh(map, window_, weights(x), weights(y));
  const std::array<float, 2> shift = {m.x / m.sum - x, m.y / m.sum - y};
  if (!std::isfinite(shift[0]) || !std::isfinite(shift[1])) return {0, 0};
  return shift;
}

float MeanShiftKernel::likelihood(const float* map, int window, float x, float y, float sigma) {
  const float a = -0.5f / (sigma * sigma);
  const auto weight = [&](float centre, int i) {
    const float d = centre - static_cast<float>(i);
    return std::exp(a * d * d);
  };
  float sum = 0;
  for (int i = 0; i < window; ++i) {
    float row = 0;
    for (int j = 0; j < window; ++j) row += map[i * window + j] * weight(x, j);
    sum += row * weight(y, i);
  }
  return std::isfinite(sum) ? sum : 0;
}

}  // namespace auriga
