#include "clm/patch_experts_kernels.hpp"

#include <algorithm>
#include <cmath>

#include "clm/area_of_interest.hpp"

namespace auriga {
namespace {

// kVectors vectors of places.
template <typename W, int kRows, int kVectors>
AURIGA_INLINE void correlate_tile(const float* weights, int taps, const float* input,
                                  const int* offsets, int places, float* out) {
  using V = typename W::f32;
  V sums[kRows][kVectors] = {};
  for (int t = 0; t < taps; ++t, weights += kRows) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      const V values = load<V>(input + offsets[t] + v * W::kLanes);
#pragma GCC unroll 7
      for (int r = 0; r < kRows; ++r) sums[r][v] += weights[r] * values;
    }
  }
#pragma GCC unroll 7
  for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) store(out + r * places + v * W::kLanes, sums[r][v]);
}

// Few rows leave registers for more places at a time, without which each sum would wait for its
// last addition.
template <typename W, int kRows>
AURIGA_INLINE void correlate_rows(const float* weights, int taps, const float* input,
                                  const int* offsets, int places, float* out) {
  constexpr int kVectors = kRows == 1 ? 4 : kRows <= 3 ? 2 : 1, kTile = kVectors * W::kLanes;
  int p = 0;
  for (; p + kTile <= places; p += kTile)
    correlate_tile<W, kRows, kVectors>(weights, taps, input + p, offsets, places, out + p);
  if constexpr (kVectors > 1)
    for (; p < places; p += W::kLanes)
      correlate_tile<W, kRows, 1>(weights, taps, input + p, offsets, places, out + p);
}

template <typename W>
AURIGA_INLINE void correlate_all(const WeightRows& weights, const float* input, const int* offsets,
                                 int places, float* out) {
  const int taps = weights.taps();
  for (int row = 0; row < weights.rows();
       row += WeightRows::kGroup, out += WeightRows::kGroup * places) {
    const float* group = weights.group(row);
    switch (std::min(WeightRows::kGroup, weights.rows() - row)) {
      case 1:
        correlate_rows<W, 1>(group, taps, input, offsets, places, out);
        break;
      case 2:
        correlate_rows<W, 2>(group, taps, input, offsets, places, out);
        break;
      case 3:
        correlate_rows<W, 3>(group, taps, input, offsets, places, out);
        break;
      case 4:
        correlate_rows<W, 4>(group, taps, input, offsets, places, out);
        break;
      case 5:
        correlate_rows<W, 5>(group, taps, input, offsets, places, out);
        break;
      case 6:
        correlate_rows<W, 6>(group, taps, input, offsets, places, out);
        break;
      default:
        correlate_rows<W, 7>(group, taps, input, offsets, places, out);
    }
  }
}

template <typename W>
AURIGA_INLINE void spread(const float* area, int window, float* planes) {
  const int side = window + kPatchSize - 1;
  for (int dx = 0; dx < kPatchSize; ++dx, planes += plane_floats(window)) {
    for (int y = 0; y < side; ++y)
      for (int x = 0; x < window; x += W::kLanes)  // too much is overwritten by the next row
        store(planes + y * window + x, load<typename W::f32>(area + y * side + dx + x));
  }
}

template <typename V>
AURIGA_INLINE V sum_across(const double* row) {
  V sum = load<V>(row);
  for (int dx = 1; dx < kPatchSize; ++dx) sum += load<V>(row + dx);
  return sum;
}

template <typename W>
AURIGA_INLINE void find_inverse_norms(const float* area, int window, float* out) {
  // Sums over 11 = 8 + 2 + 1 values, first along y, then along x, in double precision: exact for an
  // area of whole numbers. Patches of other areas count as without contrast when what is left is no
  // more than rounding.
  using V = typename W::f64;
  using Floats = typename W::f32_half;
  constexpr double kPixels = kPatchPixels, kRounding = 1e-13;
  constexpr int kColumns = (kMostSide + 7) / 8 * 8;
  const int side = window + kPatchSize - 1;
  alignas(64) double sums[kMostWindow][kColumns + 8], squares[kMostWindow][kColumns + 8];
  V rows[2][3][kMostSide];  // sums over 1, 2, 8 rows of values and of squares
  for (int x = 0; x < side; x += W::kDoubles) {
    for (int y = 0; y < side; ++y) {
      rows[0][0][y] = __builtin_convertvector(load<Floats>(area + y * side + x), V);
      rows[1][0][y] = rows[0][0][y] * rows[0][0][y];
    }
    for (int k = 0; k < 2; ++k) {
      V *one = rows[k][0], *two = rows[k][1], *eight = rows[k][2];
      for (int y = 0; y + 1 < side; ++y) two[y] = one[y] + one[y + 1];
      for (int y = 0; y + 7 < side; ++y)
        eight[y] = (two[y] + two[y + 2]) + (two[y + 4] + two[y + 6]);
      for (int y = 0; y < window; ++y)
        store(k == 0 ? &sums[y][x] : &squares[y][x], eight[y] + two[y + 8] + one[y + 10]);
    }
  }
  for (int y = 0; y < window; ++y) {
    for (int x = 0; x < window; x += W::kDoubles) {
      const V sum = sum_across<V>(&sums[y][x]), square = kPixels * sum_across<V>(&squares[y][x]);
      const V contrast = square - sum * sum;  // 121 |patch - mean|^2
      const V kept = contrast > kRounding * square ? contrast : V{};
      // What is written beyond a row is overwritten by the next.
      store(out + y * window + x, __builtin_convertvector(kept, Floats));
    }
  }
  for (int p = 0; p < window * window; ++p)
    out[p] = out[p] > 0 ? kPatchSize / std::sqrt(out[p]) : 0.0f;
}

}  // namespace

WeightRows::WeightRows(int rows, int taps)
    : rows_(rows), taps_(taps), values_(static_cast<std::size_t>(rows) * taps) {}

void WeightRows::set(int row, int tap, float value) {
  const int first = row / kGroup * kGroup;
  const int width = std::min(kGroup, rows_ - first);
  values_[static_cast<std::size_t>(first) * taps_ + tap * width + row - first] = value;
}

// Rows beside each other: of one row, each addition would wait for the one before.
void WeightRows::free_rows_of_mean() {
  for (int first = 0; first < rows_; first += kGroup) {
    const int width = std::min(kGroup, rows_ - first);
    float* const group = values_.data() + static_cast<std::size_t>(first) * taps_;
    double sums[kGroup] = {};
    for (int t = 0; t < taps_; ++t)
      for (int r = 0; r < width; ++r) sums[r] += static_cast<double>(group[t * width + r]);
    for (double& sum : sums) sum /= taps_;
    for (int t = 0; t < taps_; ++t)
      for (int r = 0; r < width; ++r) {
        float& value = group[t * width + r];
        value = static_cast<float>(static_cast<double>(value) - sums[r]);
      }
  }
}

void free_of_mean(std::span<const float> values, float* out) {
  double sum = 0;
  for (const float value : values) sum += static_cast<double>(value);
  const double mean = sum / static_cast<double>(values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    out[i] = static_cast<float>(static_cast<double>(values[i]) - mean);
}

double set_template(WeightRows& weights, int row, std::span<const float> values) {
  double sum = 0, squares = 0;
  for (const float value : values) sum += static_cast<double>(value);
  const double mean = sum / static_cast<double>(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double value = static_cast<double>(values[i]) - mean;
    squares += value * value;
    weights.set(row, static_cast<int>(i), static_cast<float>(value));
  }
  return std::sqrt(squares);
}

void correlate(const WeightRows& weights, const float* input, const int* offsets, int places,
               float* out) {
  run_wide([&](auto wide) AURIGA_ALWAYS_INLINE {
    correlate_all<decltype(wide)>(weights, input, offsets, places, out);
  });
}

void spread_area(const float* area, int window, float* planes) {
  run_wide([&](auto wide) AURIGA_ALWAYS_INLINE { spread<decltype(wide)>(area, window, planes); });
}

void plane_offsets(int window, int* offsets) {
  for (int dy = 0; dy < kPatchSize; ++dy)
    for (int dx = 0; dx < kPatchSize; ++dx)
      offsets[dy * kPatchSize + dx] = dx * plane_floats(window) + dy * window;
}

void inverse_norms(const float* area, int window, float* out) {
  run_wide([&](auto wide)
               AURIGA_ALWAYS_INLINE { find_inverse_norms<decltype(wide)>(area, window, out); });
}

}  // namespace auriga
