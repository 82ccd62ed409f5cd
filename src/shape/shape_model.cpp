#include "shape/shape_model.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <utility>

#include "base/simd.hpp"

namespace auriga {
namespace {

constexpr int kLanes = 8;

int padded(int count) { return (count + kLanes - 1) / kLanes * kLanes; }

// sum_i mask[i] a[i] b[i] over a multiple of 8 points, rounded once.
AURIGA_INLINE float masked_dot_body(const float* mask, const float* a, const float* b, int points) {
  f64x8 sum{};
  for (int i = 0; i < points; i += kLanes)
    sum += __builtin_convertvector(load<f32x8>(mask + i) * load<f32x8>(a + i), f64x8) *
           __builtin_convertvector(load<f32x8>(b + i), f64x8);
  return static_cast<float>(((sum[0] + sum[4]) + (sum[2] + sum[6])) +
                            ((sum[1] + sum[5]) + (sum[3] + sum[7])));
}

float masked_dot(const float* mask, const float* a, const float* b, int points) {
  return run_wide([&](auto) AURIGA_ALWAYS_INLINE { return masked_dot_body(mask, a, b, points); });
}

// out = the mean, which stands in `rows` behind the modes, plus the modes times p.
AURIGA_INLINE void add_modes(const float* rows, std::size_t n, std::size_t stride, const float* p,
                             std::size_t m, float* out) {
  for (std::size_t a = 0; a < 3; ++a) {
    float* to = out + a * n;
    std::copy_n(rows + (3 * m + a) * stride, n, to);
    for (std::size_t j = 0; j < m; ++j) {
      const float* mode = rows + (3 * j + a) * stride;
      for (std::size_t i = 0; i < n; ++i) to[i] += p[j] * mode[i];
    }
  }
}

struct Extent {
  float min = std::numeric_limits<float>::infinity();
  float max = -std::numeric_limits<float>::infinity();
  void add(float value) {
    min = std::min(min, value);
    max = std::max(max, value);
  }
};

// Extents of a turned shape along the image axes.
std::array<Extent, 2> turned_extents(std::span<const float> shape, const EulerAngles& rotation) {
  const RotationMatrix r = matrix_from_euler(rotation);
  const std::size_t n = shape.size() / 3;
  std::array<Extent, 2> extents;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t k = 0; k < 2; ++k)
      extents[k].add(r[3 * k] * shape[i] + r[3 * k + 1] * shape[n + i] +
                     r[3 * k + 2] * shape[2 * n + i]);
  return extents;
}

}  // namespace

ShapeModel::ShapeModel(const Pdm& pdm)
    : points_(pdm.points),
      modes_(pdm.modes),
      point_stride_(padded(pdm.points)),
      mode_stride_(padded(pdm.modes)),
      variances_(pdm.variances) {
  const std::size_t n = points_, m = modes_, ps = point_stride_, ms = mode_stride_;
  assert(n > 0 && pdm.mean.size() == 3 * n && pdm.basis.size() == 3 * n * m &&
         variances_.size() == m);
  rows_.resize((m + 1) * 3 * ps);
  columns_.resize(3 * ps * ms);
  for (std::size_t a = 0; a < 3; ++a) {
    for (std::size_t i = 0; i < n; ++i) {
      rows_[m * 3 * ps + a * ps + i] = pdm.mean[a * n + i];
      for (std::size_t j = 0; j < m; ++j) {
        const float value = pdm.basis[(a * n + i) * m + j];
        rows_[j * 3 * ps + a * ps + i] = value;
        columns_[(a * ps + i) * ms + j] = value;
      }
    }
  }
  std::vector<float> mask(ps);
  std::fill_n(mask.begin(), n, 1.0f);
  compute_moments(mask, moments_);
}

void ShapeModel::compute_moments(std::span<const float> mask, ShapeMoments& moments) const {
  const std::size_t m = modes_, ps = point_stride_, ms = mode_stride_;
  assert(mask.size() == ps);
  const auto row = [&](std::size_t j, std::size_t a) { return rows_.data() + (3 * j + a) * ps; };

  moments.mask.assign(mask.begin(), mask.end());
  moments.visible = static_cast<int>(std::count(mask.begin(), mask.end(), 1.0f));
  Extent x, y;
  for (std::size_t i = 0; i < ps; ++i) {
    if (mask[i] == 0) continue;
    x.add(row(m, 0)[i]);
    y.add(row(m, 1)[i]);
  }
  moments.width = x.max - x.min;
  moments.height = y.max - y.min;

  moments.sums.assign(3 * ms, 0);
  moments.products.assign(3 * (m + 1) * 3 * ms, 0);
  for (std::size_t b = 0; b < 3; ++b) {
    for (std::size_t k = 0; k < m; ++k) {
      moments.sums[b * ms + k] = masked_dot(mask.data(), mask.data(), row(k, b), point_stride_);
      for (std::size_t a = 0; a < 3; ++a)
        for (std::size_t j = 0; j <= m; ++j)
          moments.products[((a * (m + 1) + j) * 3 + b) * ms + k] =
              masked_dot(mask.data(), row(j, a), row(k, b), point_stride_);
    }
  }
}

void ShapeModel::shape(std::span<const float> p, std::span<float> out) const {
  const std::size_t n = points_, m = modes_;
  assert(p.size() == m && out.size() == 3 * n);
  run_wide([&](auto) AURIGA_ALWAYS_INLINE {
    add_modes(rows_.data(), n, point_stride_, p.data(), m, out.data());
  });
}

void ShapeModel::clamp(std::span<float> p) const {
  assert(p.size() == variances_.size());
  for (std::size_t j = 0; j < p.size(); ++j) {
    const float limit = 3 * std::sqrt(variances_[j]);
    if (std::abs(p[j]) > limit) p[j] = std::copysign(limit, p[j]);
  }
}

void project(std::span<const float> shape, const ShapePose& pose, std::span<float> out) {
  const std::size_t n = shape.size() / 3;
  assert(out.size() == 2 * n);
  const RotationMatrix r = matrix_from_euler({pose.rx, pose.ry, pose.rz});
  for (std::size_t i = 0; i < n; ++i) {
    const float x = shape[i], y = shape[n + i], z = shape[2 * n + i];
    out[i] = pose.scale * (r[0] * x + r[1] * y + r[2] * z) + pose.tx;
    out[n + i] = pose.scale * (r[3] * x + r[4] * y + r[5] * z) + pose.ty;
  }
}

ShapeBox bounding_box(std::span<const float> shape, const ShapePose& pose) {
  auto [x, y] = turned_extents(shape, {pose.rx, pose.ry, pose.rz});
  if (pose.scale < 0) {
    std::swap(x.min, x.max);
    std::swap(y.min, y.max);
  }
  const float left = pose.scale * x.min + pose.tx, right = pose.scale * x.max + pose.tx;
  const float top = pose.scale * y.min + pose.ty, bottom = pose.scale * y.max + pose.ty;
  return {left, top, right - left, bottom - top};
}

ShapePose pose_from_box(std::span<const float> shape, const ShapeBox& box,
                        const EulerAngles& rotation) {
  const auto [x, y] = turned_extents(shape, rotation);
  const float scale = (box.w / (x.max - x.min) + box.h / (y.max - y.min)) / 2;
  const auto centred = [&](float start, float size, const Extent& extent) {
    return static_cast<float>(start + size / 2.0 - scale * (double{extent.min} + extent.max) / 2.0);
  };
  return {scale,
          rotation[0],
          rotation[1],
          rotation[2],
          centred(box.x, box.w, x),
          centred(box.y, box.h, y)};
}

}  // namespace auriga
