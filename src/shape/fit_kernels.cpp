#include "shape/fit_kernels.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/simd.hpp"

namespace auriga {
namespace {

constexpr int kLanes = 8;

AURIGA_INLINE float sum_of_lanes(f32x8 v) {
  return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}

template <int kBlocks>
AURIGA_INLINE void combine_blocks(const float* weights, int rows, const float* matrix, int stride,
                                  float* out) {
  f32x8 sums[kBlocks] = {};
  for (int r = 0; r < rows; ++r, matrix += stride)
    for (int b = 0; b < kBlocks; ++b) sums[b] += weights[r] * load<f32x8>(matrix + b * kLanes);
  for (int b = 0; b < kBlocks; ++b) store(out + b * kLanes, sums[b]);
}

AURIGA_INLINE void combine_rows_body(const float* weights, int rows, const float* matrix,
                                     int stride, int columns, float* out) {
  int begin = 0;
  for (; begin + 8 * kLanes <= columns; begin += 8 * kLanes)
    combine_blocks<8>(weights, rows, matrix + begin, stride, out + begin);
  matrix += begin;
  out += begin;
  switch ((columns - begin) / kLanes) {
    case 1:
      return combine_blocks<1>(weights, rows, matrix, stride, out);
    case 2:
      return combine_blocks<2>(weights, rows, matrix, stride, out);
    case 3:
      return combine_blocks<3>(weights, rows, matrix, stride, out);
    case 4:
      return combine_blocks<4>(weights, rows, matrix, stride, out);
    case 5:
      return combine_blocks<5>(weights, rows, matrix, stride, out);
    case 6:
      return combine_blocks<6>(weights, rows, matrix, stride, out);
    case 7:
      return combine_blocks<7>(weights, rows, matrix, stride, out);
    default:
      return;
  }
}

AURIGA_INLINE PointSums accumulate_points_body(const float* shape, const float* seen,
                                               const float* mask, int stride,
                                               const WeakPerspective& camera, float* gradient) {
  const RotationMatrix r = camera.r;
  const float scale = camera.scale;
  f32x8 first[3] = {}, second[6] = {}, residual[2] = {}, mixed[6] = {};
  for (int i = 0; i < stride; i += kLanes) {
    const f32x8 visible = load<f32x8>(mask + i);
    const f32x8 x = load<f32x8>(shape + i), y = load<f32x8>(shape + stride + i),
                z = load<f32x8>(shape + 2 * stride + i);
    const f32x8 u =
        visible * (load<f32x8>(seen + i) - (scale * (r[0] * x + r[1] * y + r[2] * z) + camera.tx));
    const f32x8 v = visible * (load<f32x8>(seen + stride + i) -
                               (scale * (r[3] * x + r[4] * y + r[5] * z) + camera.ty));
    store(gradient + i, scale * (r[0] * u + r[3] * v));
    store(gradient + stride + i, scale * (r[1] * u + r[4] * v));
    store(gradient + 2 * stride + i, scale * (r[2] * u + r[5] * v));

    const f32x8 visible_x = visible * x, visible_y = visible * y, visible_z = visible * z;
    first[0] += visible_x;
    first[1] += visible_y;
    first[2] += visible_z;
    second[0] += visible_x * x;
    second[1] += visible_x * y;
    second[2] += visible_x * z;
    second[3] += visible_y * y;
    second[4] += visible_y * z;
    second[5] += visible_z * z;
    residual[0] += u;
    residual[1] += v;
    mixed[0] += u * x;
    mixed[1] += u * y;
    mixed[2] += u * z;
    mixed[3] += v * x;
    mixed[4] += v * y;
    mixed[5] += v * z;
  }
  PointSums sums;
  for (int a = 0; a < 3; ++a) sums.shape[a] = sum_of_lanes(first[a]);
  constexpr int kSymmetric[9] = {0, 1, 2, 1, 3, 4, 2, 4, 5};
  for (int ab = 0; ab < 9; ++ab) sums.shape_shape[ab] = sum_of_lanes(second[kSymmetric[ab]]);
  for (int k = 0; k < 2; ++k) sums.residual[k] = sum_of_lanes(residual[k]);
  for (int ka = 0; ka < 6; ++ka) sums.residual_shape[ka] = sum_of_lanes(mixed[ka]);
  return sums;
}

AURIGA_INLINE float residual_norm_body(const float* shape, const float* seen, const float* mask,
                                       int stride, const WeakPerspective& camera) {
  const RotationMatrix r = camera.r;
  f32x8 sum{};
  for (int i = 0; i < stride; i += kLanes) {
    const f32x8 visible = load<f32x8>(mask + i);
    const f32x8 x = load<f32x8>(shape + i), y = load<f32x8>(shape + stride + i),
                z = load<f32x8>(shape + 2 * stride + i);
    const f32x8 u = visible * (load<f32x8>(seen + i) -
                               (camera.scale * (r[0] * x + r[1] * y + r[2] * z) + camera.tx));
    const f32x8 v = visible * (load<f32x8>(seen + stride + i) -
                               (camera.scale * (r[3] * x + r[4] * y + r[5] * z) + camera.ty));
    sum += u * u + v * v;
  }
  return std::sqrt(sum_of_lanes(sum));
}

AURIGA_INLINE void combine_products_body(const std::array<float, 9>& weights, const float* products,
                                         int modes, int mode_stride, float* h, int h_stride) {
  const int row_stride = 3 * mode_stride, coordinate_stride = (modes + 1) * row_stride;
  for (int j = 0; j < modes; ++j) {
    for (int block = j / kLanes * kLanes; block < mode_stride; block += kLanes) {
      const float* from = products + j * row_stride + block;
      f32x8 sum{};
      for (int a = 0; a < 3; ++a)
        for (int b = 0; b < 3; ++b)
          sum += weights[3 * a + b] * load<f32x8>(from + a * coordinate_stride + b * mode_stride);
      store(h + j * h_stride + block, sum);
    }
  }
}

AURIGA_INLINE bool solve_cholesky_body(float* system, int n, int stride, float* x) {
  // Right-looking in panels of 8 rows: after a panel, the rows below hold what remains to be
  // factored. The right-hand side rides along in column n, so that the forward substitution is done
  // when the factor U of H = U^T U is. The diagonal of U is stored inverted.
  std::fill_n(x, n, 0.0f);
  for (int panel = 0; panel < n; panel += kLanes) {
    float* rows = system + panel * stride;
    f32x8 corner[kLanes];
#pragma GCC unroll 8
    for (int k = 0; k < kLanes; ++k) corner[k] = load<f32x8>(rows + k * stride + panel);
#pragma GCC unroll 8
    for (int k = 0; k < kLanes; ++k) {
      const float pivot = corner[k][k];
      if (!(pivot >= std::numeric_limits<float>::epsilon())) return false;
      const float inverse = 1 / std::sqrt(pivot);
      corner[k] *= inverse;
#pragma GCC unroll 8
      for (int i = k + 1; i < kLanes; ++i) corner[i] -= corner[k][i] * corner[k];
      corner[k][k] = inverse;
      store(rows + k * stride + panel, corner[k]);
    }
    for (int block = panel + kLanes; block < stride; block += kLanes) {
      f32x8 rest[kLanes];
#pragma GCC unroll 8
      for (int k = 0; k < kLanes; ++k) {
        rest[k] = load<f32x8>(rows + k * stride + block);
#pragma GCC unroll 8
        for (int j = 0; j < k; ++j) rest[k] -= rows[j * stride + panel + k] * rest[j];
        rest[k] *= rows[k * stride + panel + k];
        store(rows + k * stride + block, rest[k]);
      }
    }
    for (int below = panel + kLanes; below < n; below += kLanes) {
      for (int block = below; block < stride; block += kLanes) {
        float* tile = system + below * stride + block;
        f32x8 rest[kLanes];
#pragma GCC unroll 8
        for (int i = 0; i < kLanes; ++i) rest[i] = load<f32x8>(tile + i * stride);
        const float* row = rows;
        for (int k = 0; k < kLanes; ++k, row += stride) {
          const f32x8 values = load<f32x8>(row + block);
#pragma GCC unroll 8
          for (int i = 0; i < kLanes; ++i) rest[i] -= row[below + i] * values;
        }
#pragma GCC unroll 8
        for (int i = 0; i < kLanes; ++i) store(tile + i * stride, rest[i]);
      }
    }
  }

  for (int panel = n - kLanes; panel >= 0; panel -= kLanes) {
    const float* rows = system + panel * stride;
    float rest[kLanes];
    for (int i = 0; i < kLanes; ++i) {
      f32x8 known{};
      for (int block = panel + kLanes; block < n; block += kLanes)
        known += load<f32x8>(rows + i * stride + block) * load<f32x8>(x + block);
      rest[i] = rows[i * stride + n] - sum_of_lanes(known);
    }
#pragma GCC unroll 8
    for (int i = kLanes - 1; i >= 0; --i) {
      const float value = rest[i] * rows[i * stride + panel + i];
#pragma GCC unroll 8
      for (int j = 0; j < i; ++j) rest[j] -= rows[j * stride + panel + i] * value;
      x[panel + i] = value;
    }
  }
  return true;
}

}  // namespace

void combine_rows(const float* weights, int rows, const float* matrix, int stride, int columns,
                  float* out) {
  run_wide([&](auto) AURIGA_ALWAYS_INLINE {
    combine_rows_body(weights, rows, matrix, stride, columns, out);
  });
}

PointSums accumulate_points(const float* shape, const float* seen, const float* mask, int stride,
                            const WeakPerspective& camera, float* gradient) {
  return run_wide([&](auto) AURIGA_ALWAYS_INLINE {
    return accumulate_points_body(shape, seen, mask, stride, camera, gradient);
  });
}

float residual_norm(const float* shape, const float* seen, const float* mask, int stride,
                    const WeakPerspective& camera) {
  return run_wide([&](auto) AURIGA_ALWAYS_INLINE {
    return residual_norm_body(shape, seen, mask, stride, camera);
  });
}

void combine_products(const std::array<float, 9>& weights, const float* products, int modes,
                      int mode_stride, float* h, int h_stride) {
  run_wide([&](auto) AURIGA_ALWAYS_INLINE {
    combine_products_body(weights, products, modes, mode_stride, h, h_stride);
  });
}

bool solve_cholesky(float* system, int n, int stride, float* x) {
  return run_wide([&](auto)
                      AURIGA_ALWAYS_INLINE { return solve_cholesky_body(system, n, stride, x); });
}

}  // namespace auriga
