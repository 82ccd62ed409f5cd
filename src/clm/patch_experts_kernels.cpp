#include "clm/patch_experts_kernels.hpp"

#include <algorithm>
#include <cmath>

#include "clm/area_of_interest.hpp"

namespace auriga {
namespace {

constexpr int kLanes = kPlaceBlock;

template <int kRows, int kBlocks>
AURIGA_INLINE void correlate_tile(const float* weights, int taps, const float* input,
                                  const int* offsets, int places, float* out) {
  f32x16 sums[kRows][kBlocks] = {};
  for (int t = 0; t < taps; ++t, weights += kRows) {
    for (int b = 0; b < kBlocks; ++b) {
      const f32x16 values = load<f32x16>(input + offsets[t] + b * kLanes);
      for (int r = 0; r < kRows; ++r) sums[r][b] += weights[r] * values;
    }
  }
  for (int r = 0; r < kRows; ++r)
    for (int b = 0; b < kBlocks; ++b) store(out + r * places + b * kLanes, sums[r][b]);
}

// Few rows leave registers for more places at a time, without which each sum would wait for its
// last addition.
template <int kRows>
AURIGA_INLINE void correlate_rows(const float* weights, int taps, const float* input,
                                  const int* offsets, int places, float* out) {
  constexpr int kBlocks = kRows == 1 ? 4 : kRows <= 3 ? 2 : 1;
  int p = 0;
  for (; p + kBlocks * kLanes <= places; p += kBlocks * kLanes)
    correlate_tile<kRows, kBlocks>(weights, taps, input + p, offsets, places, out + p);
  if constexpr (kBlocks > 1)
    for (; p < places; p += kLanes)
      correlate_tile<kRows, 1>(weights, taps, input + p, offsets, places, out + p);
}

AURIGA_INLINE f64x8 sum_across(const double* row) {
  f64x8 sum = load<f64x8>(row);
  for (int dx = 1; dx < kPatchSize; ++dx) sum += load<f64x8>(row + dx);
  return sum;
}

}  // namespace

WeightRows::WeightRows(int rows, int taps)
    : rows_(rows), taps_(taps), values_(static_cast<std::size_t>(rows) * taps) {}

void WeightRows::set(int row, int tap, float value) {
  const int first = row / kGroup * kGroup;
  const int width = std::min(kGroup, rows_ - first);
  values_[static_cast<std::size_t>(first) * taps_ + tap * width + row - first] = value;
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

AURIGA_MULTIVERSION void correlate(const WeightRows& weights, const float* input,
                                   const int* offsets, int places, float* out) {
  const int taps = weights.taps();
  for (int row = 0; row < weights.rows();
       row += WeightRows::kGroup, out += WeightRows::kGroup * places) {
    const float* group = weights.group(row);
    switch (std::min(WeightRows::kGroup, weights.rows() - row)) {
      case 1:
        correlate_rows<1>(group, taps, input, offsets, places, out);
        break;
      case 2:
        correlate_rows<2>(group, taps, input, offsets, places, out);
        break;
      case 3:
        correlate_rows<3>(group, taps, input, offsets, places, out);
        break;
      case 4:
        correlate_rows<4>(group, taps, input, offsets, places, out);
        break;
      case 5:
        correlate_rows<5>(group, taps, input, offsets, places, out);
        break;
      case 6:
        correlate_rows<6>(group, taps, input, offsets, places, out);
        break;
      default:
        correlate_rows<7>(group, taps, input, offsets, places, out);
    }
  }
}

AURIGA_MULTIVERSION void spread_area(const float* area, int window, float* planes) {
  const int side = window + kPatchSize - 1;
  for (int dx = 0; dx < kPatchSize; ++dx, planes += plane_floats(window)) {
    for (int y = 0; y < side; ++y)
      for (int x = 0; x < window; x += kLanes)  // what is too much is overwritten by the next row
        store(planes + y * window + x, load<f32x16>(area + y * side + dx + x));
  }
}

void plane_offsets(int window, int* offsets) {
  for (int dy = 0; dy < kPatchSize; ++dy)
    for (int dx = 0; dx < kPatchSize; ++dx)
      offsets[dy * kPatchSize + dx] = dx * plane_floats(window) + dy * window;
}

AURIGA_MULTIVERSION void inverse_norms(const float* area, int window, float* out) {
  // Sums over 11 = 8 + 2 + 1 values, first along y, then along x, in double precision: exact for an
  // area of whole numbers. Patches of other areas count as without contrast when what is left is no
  // more than rounding.
  constexpr double kPixels = kPatchPixels, kRounding = 1e-13;
  constexpr int kColumns = (kMostSide + 7) / 8 * 8;
  const int side = window + kPatchSize - 1;
  alignas(64) double sums[kMostWindow][kColumns + 8], squares[kMostWindow][kColumns + 8];
  f64x8 rows[2][3][kMostSide];  // sums over 1, 2, 8 rows of values and of squares
  for (int x = 0; x < side; x += 8) {
    for (int y = 0; y < side; ++y) {
      rows[0][0][y] = __builtin_convertvector(load<f32x8>(area + y * side + x), f64x8);
      rows[1][0][y] = rows[0][0][y] * rows[0][0][y];
    }
    for (int k = 0; k < 2; ++k) {
      f64x8 *one = rows[k][0], *two = rows[k][1], *eight = rows[k][2];
      for (int y = 0; y + 1 < side; ++y) two[y] = one[y] + one[y + 1];
      for (int y = 0; y + 7 < side; ++y)
        eight[y] = (two[y] + two[y + 2]) + (two[y + 4] + two[y + 6]);
      for (int y = 0; y < window; ++y)
        store(k == 0 ? &sums[y][x] : &squares[y][x], eight[y] + two[y + 8] + one[y + 10]);
    }
  }
  for (int y = 0; y < window; ++y) {
    for (int x = 0; x < window; x += 8) {
      const f64x8 sum = sum_across(&sums[y][x]), square = kPixels * sum_across(&squares[y][x]);
      const f64x8 contrast = square - sum * sum;  // 121 |patch - mean|^2
      const f64x8 kept = contrast > kRounding * square ? contrast : f64x8{};
      // What is written beyond a row is overwritten by the next.
      store(out + y * window + x, __builtin_convertvector(kept, f32x8));
    }
  }
  for (int p = 0; p < window * window; ++p)
    out[p] = out[p] > 0 ? kPatchSize / std::sqrt(out[p]) : 0.0f;
}

}  // namespace auriga
