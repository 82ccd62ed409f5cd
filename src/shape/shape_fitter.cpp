#include "shape/shape_fitter.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <limits>
#include <tuple>

namespace auriga {
namespace {

constexpr int kRigid = 6;  // scale, small rotation about x, y, z, translation along x, y
constexpr int kMostIterations = 1000;
constexpr int kMostStalls = 3;

int padded(int count) { return (count + 7) / 8 * 8; }

using Matrix2x3 = std::array<float, 6>;

WeakPerspective camera_of(const ShapePose& pose) {
  return {pose.scale, pose.tx, pose.ty, matrix_from_euler({pose.rx, pose.ry, pose.rz})};
}

// The Jacobian's columns for scale and rotation are linear in the point X: row k of a column is
// sum_a D[k][a] X_a.
std::array<Matrix2x3, 4> rigid_derivatives(const WeakPerspective& camera) {
  const RotationMatrix& r = camera.r;
  const float s = camera.scale;
  return {{{r[0], r[1], r[2], r[3], r[4], r[5]},
           {0, s * r[2], -s * r[1], 0, s * r[5], -s * r[4]},
           {-s * r[2], 0, s * r[0], -s * r[5], 0, s * r[3]},
           {s * r[1], -s * r[0], 0, s * r[4], -s * r[3], 0}}};
}

// A^T B: how X_a X_b enters the product of two columns of the Jacobian.
std::array<float, 9> transposed_product(const Matrix2x3& a, const Matrix2x3& b) {
  std::array<float, 9> product;
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) product[3 * i + j] = a[i] * b[j] + a[3 + i] * b[3 + j];
  return product;
}

template <std::size_t kSize>
float dot(const std::array<float, kSize>& a, const std::array<float, kSize>& b) {
  float sum = 0;
  for (std::size_t i = 0; i < kSize; ++i) sum += a[i] * b[i];
  return sum;
}

void turn(ShapePose& pose, const std::array<float, 3>& w) {
  const RotationMatrix r =
      multiply(matrix_from_euler({pose.rx, pose.ry, pose.rz}), nearest_rotation(w));
  // Through axis and angle as in the reference, which makes turns of less than 1e-5 rad none.
  EulerAngles angles = euler_from_matrix(matrix_from_axis_angle(axis_angle_from_matrix(r)));
  if (std::isnan(angles[0]) || std::isnan(angles[1]) || std::isnan(angles[2])) angles = {};
  std::tie(pose.rx, pose.ry, pose.rz) = std::tie(angles[0], angles[1], angles[2]);
}

}  // namespace

ShapeFitter::ShapeFitter(const ShapeModel& model)
    : model_(model),
      moments_(&model.moments()),
      size_(padded(kRigid + model.modes())),
      // A row takes the mode block with its padding, or the right-hand side behind the modes.
      stride_(padded(std::max(kRigid + model.mode_stride(), size_ + 1))),
      seen_(2 * model.point_stride()),
      mask_(model.point_stride()),
      shape_(3 * model.point_stride()),
      gradient_(3 * model.point_stride()),
      combination_(model.modes() + 1),
      shape_products_(9 * model.mode_stride()),
      mode_gradient_(model.mode_stride()),
      system_(static_cast<std::size_t>(size_) * stride_),
      step_(size_) {
  model.compute_moments(mask_, subset_);  // no point visible: sizes the buffers
}

int ShapeFitter::fit(std::span<const float> landmarks, ShapePose& pose, std::span<float> weights) {
  const std::size_t n = model_.points();
  assert(landmarks.size() == 2 * n && weights.size() == static_cast<std::size_t>(model_.modes()));
  std::copy_n(landmarks.begin(), n, seen_.begin());
  std::copy_n(landmarks.begin() + n, n, seen_.begin() + model_.point_stride());
  return fit_seen(pose, weights);
}

int ShapeFitter::fit(const Landmarks& landmarks, ShapeFit& fit) {
  assert(model_.points() == kLandmarks && model_.modes() <= kShapeModes);
  std::copy(landmarks.x.begin(), landmarks.x.end(), seen_.begin());
  std::copy(landmarks.y.begin(), landmarks.y.end(), seen_.begin() + model_.point_stride());
  fit = {};
  ShapePose pose;
  const int iterations = fit_seen(pose, std::span(fit.p).first(model_.modes()));
  fit.scale = pose.scale;
  fit.rx = pose.rx;
  fit.ry = pose.ry;
  fit.rz = pose.rz;
  fit.tx = pose.tx;
  fit.ty = pose.ty;
  return iterations;
}

int ShapeFitter::fit_seen(ShapePose& pose, std::span<float> weights) {
  std::fill(weights.begin(), weights.end(), 0.0f);
  const int iterations = start(pose) ? iterate(pose, weights) : 0;
  if (iterations == 0) {
    pose = {0, 0, 0, 0, 0, 0};
    std::fill(weights.begin(), weights.end(), 0.0f);
  }
  return iterations;
}

bool ShapeFitter::start(ShapePose& pose) {
  const float* x = seen_.data();
  float* y = seen_.data() + model_.point_stride();
  float left = std::numeric_limits<float>::infinity(), top = left, right = -left, bottom = -left;
  for (int i = 0; i < model_.points(); ++i) {
    mask_[i] = x[i] != 0;
    if (mask_[i] == 0) {
      y[i] = 0;
      continue;
    }
    if (!std::isfinite(x[i]) || !std::isfinite(y[i])) return false;
    left = std::min(left, x[i]);
    right = std::max(right, x[i]);
    top = std::min(top, y[i]);
    bottom = std::max(bottom, y[i]);
  }
  moments_ = &model_.moments();
  if (mask_ != moments_->mask) {
    if (mask_ != subset_.mask) model_.compute_moments(mask_, subset_);
    moments_ = &subset_;
  }
  const float width = right - left, height = bottom - top;
  const float scale = (width / moments_->width + height / moments_->height) / 2;
  pose = {scale, 0, 0, 0, left + width / 2, top + height / 2};
  return scale > 0 && std::isfinite(scale);
}

int ShapeFitter::iterate(ShapePose& pose, std::span<float> weights) {
  const int stride = model_.point_stride();
  const auto combine_shape = [&] {
    combine_rows(combination_.data(), model_.modes() + 1, model_.rows(), 3 * stride, 3 * stride,
                 shape_.data());
  };
  const auto norm = [&] {
    return residual_norm(shape_.data(), seen_.data(), mask_.data(), stride, camera_of(pose));
  };
  std::fill(combination_.begin(), combination_.end(), 0.0f);
  combination_.back() = 1;
  combine_shape();
  float error = norm();

  int stalls = 0, iterations = 0;
  while (iterations < kMostIterations && stalls < kMostStalls) {
    ++iterations;
    combine_shape();
    build_system(camera_of(pose), weights);
    solve_cholesky(system_.data(), size_, stride_, step_.data());
    for (float& value : step_) value *= 0.75f;
    pose.scale += step_[0];
    turn(pose, {step_[1], step_[2], step_[3]});
    pose.tx += step_[4];
    pose.ty += step_[5];
    for (std::size_t j = 0; j < weights.size(); ++j)
      combination_[j] = weights[j] += step_[kRigid + j];
    const float last_error = error;
    error = norm();  // of the new pose with the shape of before the step, as in the reference
    if (!std::isfinite(error)) return 0;
    if (0.999 * last_error < error) ++stalls;
  }
  const bool finite =
      std::all_of(weights.begin(), weights.end(), [](float p) { return std::isfinite(p); });
  return finite ? iterations : 0;
}

void ShapeFitter::build_system(const WeakPerspective& camera, std::span<const float> weights) {
  const int modes = model_.modes(), ms = model_.mode_stride(), ps = model_.point_stride();
  const RotationMatrix& r = camera.r;
  const float s = camera.scale;
  const auto h = [&](int row, int column) -> float& { return system_[row * stride_ + column]; };

  const PointSums sums =
      accumulate_points(shape_.data(), seen_.data(), mask_.data(), ps, camera, gradient_.data());
  for (int a = 0; a < 3; ++a) {
    combine_rows(combination_.data(), modes + 1,
                 moments_->products.data() + a * (modes + 1) * 3 * ms, 3 * ms, 3 * ms,
                 shape_products_.data() + a * 3 * ms);
  }

  // Scale and rotation.
  const Matrix2x3 mode_derivative = {s * r[0], s * r[1], s * r[2], s * r[3], s * r[4], s * r[5]};
  const std::array<Matrix2x3, 4> derivatives = rigid_derivatives(camera);
  for (int c = 0; c < 4; ++c) {
    const Matrix2x3& d = derivatives[c];
    for (int e = c; e < 4; ++e)
      h(c, e) = dot(transposed_product(d, derivatives[e]), sums.shape_shape);
    for (int k = 0; k < 2; ++k)
      h(c, 4 + k) =
          d[3 * k] * sums.shape[0] + d[3 * k + 1] * sums.shape[1] + d[3 * k + 2] * sums.shape[2];
    combine_rows(transposed_product(d, mode_derivative).data(), 9, shape_products_.data(), ms, ms,
                 &h(c, kRigid));
    h(c, size_) = dot(d, sums.residual_shape);
  }
  // Translation.
  h(4, 4) = h(5, 5) = static_cast<float>(moments_->visible);
  h(4, 5) = 0;
  for (int k = 0; k < 2; ++k) {
    combine_rows(&mode_derivative[3 * k], 3, moments_->sums.data(), ms, ms, &h(4 + k, kRigid));
    h(4 + k, size_) = sums.residual[k];
  }
  // Modes.
  combine_products(transposed_product(mode_derivative, mode_derivative), moments_->products.data(),
                   modes, ms, &h(kRigid, kRigid), stride_);
  combine_rows(gradient_.data(), 3 * ps, model_.columns(), ms, ms, mode_gradient_.data());
  for (int j = 0; j < modes; ++j) {
    const float precision = 1 / model_.variances()[j];
    h(kRigid + j, kRigid + j) += precision;
    h(kRigid + j, size_) = mode_gradient_[j] - precision * weights[j];
  }
  for (int i = kRigid + modes; i < size_; ++i) h(i, i) = 1;
}

}  // namespace auriga
