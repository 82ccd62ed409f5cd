#include "clm/nu_rlms.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <tuple>

#include "base/simd.hpp"
#include "shape/fit_kernels.hpp"

namespace auriga {
namespace {

constexpr int kRigid = 6;  // scale, small rotation about x, y, z, translation along x, y
constexpr int kLanes = 8;
constexpr double kStill = 0.01;   // px, of all points together
constexpr float kLargest = 1e7f;  // px, px per model unit; larger than any picture

int padded(int count) { return (count + kLanes - 1) / kLanes * kLanes; }

double distance(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (double{a[i]} - b[i]) * (double{a[i]} - b[i]);
  return std::sqrt(sum);
}

std::array<float, 2> transformed(const std::array<float, 4>& matrix, double x, double y) {
  return {static_cast<float>(matrix[0] * x + matrix[1] * y),
          static_cast<float>(matrix[2] * x + matrix[3] * y)};
}

bool all_finite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
}

// Written so that NaN is not. The angles come from turn(), which leaves none.
bool is_sound(const ShapePose& pose) {
  return std::abs(pose.scale) <= kLargest && std::abs(pose.tx) <= kLargest &&
         std::abs(pose.ty) <= kLargest;
}

void turn(ShapePose& pose, const std::array<float, 3>& w) {
  const RotationMatrix r =
      multiply(matrix_from_euler({pose.rx, pose.ry, pose.rz}), nearest_rotation(w));
  // Through axis and angle as in the reference, which makes turns of less than 1e-5 rad none.
  EulerAngles angles = euler_from_matrix(matrix_from_axis_angle(axis_angle_from_matrix(r)));
  if (!all_finite(angles)) angles = {};
  std::tie(pose.rx, pose.ry, pose.rz) = std::tie(angles[0], angles[1], angles[2]);
}

}  // namespace

namespace {

AURIGA_INLINE void normal_matrix_body(const float* left, const float* right, int rows, int stride,
                                      int n, float* h, int h_stride) {
  for (int i = 0; i < n; i += kLanes) {
    for (int j = i; j < n; j += kLanes) {
      f32x8 sums[kLanes] = {};
      const float *l = left + i, *r = right + j;
      for (int row = 0; row < rows; ++row, l += stride, r += stride) {
        const f32x8 values = load<f32x8>(r);
#pragma GCC unroll 8
        for (int k = 0; k < kLanes; ++k) sums[k] += l[k] * values;
      }
      for (int k = 0; k < kLanes; ++k) store(h + (i + k) * h_stride + j, sums[k]);
    }
  }
}

}  // namespace

void normal_matrix(const float* left, const float* right, int rows, int stride, int n, float* h,
                   int h_stride) {
  run_wide([&](auto) AURIGA_ALWAYS_INLINE {
    normal_matrix_body(left, right, rows, stride, n, h, h_stride);
  });
}

NuRlms::NuRlms(const ShapeModel& model)
    : model_(model),
      stride_(padded(kRigid + model.mode_stride())),
      shape_(3 * static_cast<std::size_t>(model.points())),
      points_(2 * static_cast<std::size_t>(model.points())),
      last_points_(points_.size()),
      positions_(points_.size()),
      motion_(points_.size()),
      jacobian_(points_.size() * stride_),
      weighted_jacobian_(jacobian_.size()),
      gradient_(stride_),
      system_(static_cast<std::size_t>(stride_) * (stride_ + kLanes)),
      step_(stride_),
      last_modes_(model.modes()) {}

void NuRlms::climb(const ResponseMaps& maps, const MeanShiftKernel& kernel, Pass pass,
                   int iterations, float regularisation, ShapePose& pose, std::span<float> modes) {
  const std::size_t n = model_.points();
  const int area = kernel.window() * kernel.window();
  const float centre = static_cast<float>(kernel.window() - 1) / 2;
  assert(maps.values.size() >= n * area + kResponseMargin && maps.visible.size() == n &&
         maps.base.size() == 2 * n && (maps.weights.empty() || maps.weights.size() == n));
  weighted_ = !maps.weights.empty();
  std::fill(positions_.begin(), positions_.end(), centre);

  for (int iteration = 0; iteration < iterations; ++iteration) {
    std::swap(points_, last_points_);
    model_.shape(modes, shape_);
    project(shape_, pose, points_);
    if (iteration > 0 && distance(points_, last_points_) < kStill) break;

    rows_ = 0;
    for (std::size_t i = 0; i < n; ++i) {
      if (maps.visible[i] == 0) continue;
      const auto offset =
          transformed(maps.to_map, points_[i] - maps.base[i], points_[n + i] - maps.base[n + i]);
      positions_[i] = offset[0] + centre;
      positions_[n + i] = offset[1] + centre;
      const auto shift =
          kernel.shift(maps.values.data() + i * area, positions_[i], positions_[n + i]);
      const auto motion = transformed(maps.to_picture, shift[0], shift[1]);
      motion_[rows_++] = motion[0];
      motion_[rows_++] = motion[1];
    }
    build_jacobian(maps, pass, pose);
    if (!step(pass, regularisation, pose, modes)) break;
  }
}

void NuRlms::build_jacobian(const ResponseMaps& maps, Pass pass, const ShapePose& pose) {
  const std::size_t n = model_.points(), ps = model_.point_stride();
  const int ms = model_.mode_stride();
  const float s = pose.scale;
  const RotationMatrix r = matrix_from_euler({pose.rx, pose.ry, pose.rz});
  float* row = jacobian_.data();
  float* weighted_row = weighted_jacobian_.data();
  for (std::size_t i = 0; i < n; ++i) {
    if (maps.visible[i] == 0) continue;
    const float x = shape_[i], y = shape_[n + i], z = shape_[2 * n + i];
    for (int k = 0; k < 2; ++k, row += stride_, weighted_row += stride_) {
      const float r1 = r[3 * k], r2 = r[3 * k + 1], r3 = r[3 * k + 2];
      row[0] = r1 * x + r2 * y + r3 * z;
      row[1] = s * (y * r3 - z * r2);
      row[2] = -s * (x * r3 - z * r1);
      row[3] = s * (x * r2 - y * r1);
      row[4] = k == 0 ? 1 : 0;
      row[5] = k == 1 ? 1 : 0;
      if (pass == Pass::all) {
        const std::array<float, 3> by_coordinate = {s * r1, s * r2, s * r3};
        combine_rows(by_coordinate.data(), 3, model_.columns() + i * ms, static_cast<int>(ps) * ms,
                     ms, row + kRigid);
      } else {
        row[6] = row[7] = 0;
      }
      if (weighted_)
        for (int c = 0; c < stride_; ++c) weighted_row[c] = maps.weights[i] * row[c];
    }
  }
}

bool NuRlms::step(Pass pass, float regularisation, ShapePose& pose, std::span<float> modes) {
  const int columns = kRigid + (pass == Pass::all ? model_.modes() : 0);
  const int size = padded(columns), system_stride = size + kLanes;
  const float* weighted = weighted_ ? weighted_jacobian_.data() : jacobian_.data();
  normal_matrix(weighted, jacobian_.data(), rows_, stride_, size, system_.data(), system_stride);
  combine_rows(motion_.data(), rows_, weighted, stride_, size, gradient_.data());
  for (int c = kRigid; c < columns; ++c) {
    const float precision = regularisation / model_.variances()[c - kRigid];
    system_[c * system_stride + c] += precision;
    gradient_[c] -= precision * modes[c - kRigid];
  }
  for (int c = columns; c < size; ++c) system_[c * system_stride + c] = 1;
  for (int c = 0; c < size; ++c) system_[c * system_stride + size] = gradient_[c];
  solve_cholesky(system_.data(), size, system_stride, step_.data());

  const ShapePose last_pose = pose;
  std::copy(modes.begin(), modes.end(), last_modes_.begin());
  pose.scale += step_[0];
  pose.tx += step_[4];
  pose.ty += step_[5];
  turn(pose, {step_[1], step_[2], step_[3]});
  for (int c = kRigid; c < columns; ++c) modes[c - kRigid] += step_[c];
  model_.clamp(modes);
  if (is_sound(pose) && all_finite(modes)) return true;
  pose = last_pose;
  std::copy(last_modes_.begin(), last_modes_.end(), modes.begin());
  return false;
}

}  // namespace auriga
