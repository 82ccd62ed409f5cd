#include "shape/head_pose.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

#include "base/same_math.hpp"

namespace auriga {
namespace {

constexpr int kUnknowns = 6;  // small rotation about x, y, z of the camera, translation
constexpr int kMostIterations = 50;

struct RigidMotion {
  std::array<double, 9> r;
  std::array<double, 3> t;
};

using Vector6 = std::array<double, kUnknowns>;
using Matrix6 = std::array<Vector6, kUnknowns>;

// Rotation about v by |v|.
std::array<double, 9> exponential(double x, double y, double z) {
  const double square = x * x + y * y + z * z, angle = std::sqrt(square);
  const double s = angle > 1e-8 ? same::sin(angle) / angle : 1;
  const double c = angle > 1e-8 ? (1 - same::cos(angle)) / square : 0.5;
  return {1 - c * (y * y + z * z), c * x * y - s * z,       c * x * z + s * y,
          c * x * y + s * z,       1 - c * (x * x + z * z), c * y * z - s * x,
          c * x * z - s * y,       c * y * z + s * x,       1 - c * (x * x + y * y)};
}

std::array<double, 9> product(const std::array<double, 9>& a, const std::array<double, 9>& b) {
  std::array<double, 9> c;
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j)
      c[3 * i + j] = a[3 * i] * b[j] + a[3 * i + 1] * b[3 + j] + a[3 * i + 2] * b[6 + j];
  return c;
}

class ReprojectionProblem {
 public:
  ReprojectionProblem(const ShapeModel& model, const ShapeFit& fit, const Landmarks& landmarks,
                      const Camera& camera)
      : landmarks_(landmarks), camera_(camera) {
    model.shape(std::span(fit.p).first(static_cast<std::size_t>(model.modes())), shape_);
  }

  // Sum of squared errors, px^2; infinite when a point is not in front of the camera.
  double cost(const RigidMotion& motion) const {
    double sum = 0;
    for (int i = 0; i < kLandmarks; ++i) {
      const Projected p = projected(motion, i);
      if (!(p.z > 0)) return std::numeric_limits<double>::infinity();
      sum += p.u * p.u + p.v * p.v;
    }
    return sum;
  }

  // J^T J (lower triangle) and J^T (seen - projected), where J is the derivative of the projection
  // by a rotation of the camera axes after R, then by T.
  void linearise(const RigidMotion& motion, Matrix6& normal, Vector6& gradient) const {
    normal = {};
    gradient = {};
    for (int i = 0; i < kLandmarks; ++i) {
      const Projected p = projected(motion, i);
      // By the point in camera space, (du, dv) = (a, 0, c; 0, b, d); the point turns as w x (R S).
      const double a = camera_.fx * p.inverse_z, c = -a * p.x * p.inverse_z;
      const double b = camera_.fy * p.inverse_z, d = -b * p.y * p.inverse_z;
      const double x = p.x - motion.t[0], y = p.y - motion.t[1], z = p.z - motion.t[2];
      const Vector6 du = {c * y, a * z - c * x, -a * y, a, 0, c};
      const Vector6 dv = {d * y - b * z, -d * x, b * x, 0, b, d};
      for (int j = 0; j < kUnknowns; ++j) {
        gradient[j] += du[j] * p.u + dv[j] * p.v;
        for (int k = 0; k <= j; ++k) normal[j][k] += du[j] * du[k] + dv[j] * dv[k];
      }
    }
  }

 private:
  struct Projected {
    double x, y, z, inverse_z;  // in camera space
    double u, v;                // seen - projected, px
  };

  Projected projected(const RigidMotion& motion, int i) const {
    const auto& [r, t] = motion;
    const double sx = shape_[i], sy = shape_[kLandmarks + i], sz = shape_[2 * kLandmarks + i];
    const double x = r[0] * sx + r[1] * sy + r[2] * sz + t[0];
    const double y = r[3] * sx + r[4] * sy + r[5] * sz + t[1];
    const double z = r[6] * sx + r[7] * sy + r[8] * sz + t[2];
    const double inverse_z = 1 / z;
    return {x,
            y,
            z,
            inverse_z,
            landmarks_.x[i] - (camera_.fx * x * inverse_z + camera_.cx),
            landmarks_.y[i] - (camera_.fy * y * inverse_z + camera_.cy)};
  }

  const Landmarks& landmarks_;
  const Camera& camera_;
  std::array<float, 3 * kLandmarks> shape_;
};

// Cholesky's method on the lower triangle; false when the matrix is not positive definite.
bool solve(Matrix6 a, Vector6 b, Vector6& x) {
  for (int j = 0; j < kUnknowns; ++j) {
    for (int k = 0; k < j; ++k) {
      for (int i = j; i < kUnknowns; ++i) a[i][j] -= a[i][k] * a[j][k];
      b[j] -= a[j][k] * b[k];
    }
    if (!(a[j][j] > 0)) return false;
    const double inverse = 1 / std::sqrt(a[j][j]);
    for (int i = j; i < kUnknowns; ++i) a[i][j] *= inverse;
    b[j] *= inverse;
  }
  for (int j = kUnknowns - 1; j >= 0; --j) {
    for (int i = j + 1; i < kUnknowns; ++i) b[j] -= a[i][j] * b[i];
    b[j] /= a[j][j];
  }
  x = b;
  return true;
}

RigidMotion moved(const RigidMotion& motion, const Vector6& step) {
  return {product(exponential(step[0], step[1], step[2]), motion.r),
          {motion.t[0] + step[3], motion.t[1] + step[4], motion.t[2] + step[5]}};
}

}  // namespace

HeadPose head_pose(const ShapeModel& model, const ShapeFit& fit, const Landmarks& landmarks,
                   const Camera& camera) {
  assert(model.points() == kLandmarks && model.modes() <= kShapeModes);
  const ReprojectionProblem problem(model, fit, landmarks, camera);
  const double depth = camera.fx / fit.scale;
  // The Euler angles stand for axis times angle, as in the reference. It is only the start.
  RigidMotion motion{
      exponential(fit.rx, fit.ry, fit.rz),
      {(fit.tx - camera.cx) / camera.fx * depth, (fit.ty - camera.cy) / camera.fy * depth, depth}};
  double cost = problem.cost(motion);
  if (!std::isfinite(cost)) return {};

  double damping = 1e-3;
  Matrix6 normal;
  Vector6 gradient;
  bool moved_on = true;
  for (int iteration = 0; iteration < kMostIterations; ++iteration) {
    if (moved_on) problem.linearise(motion, normal, gradient);
    Matrix6 damped = normal;
    for (int j = 0; j < kUnknowns; ++j) damped[j][j] *= 1 + damping;
    Vector6 step;
    if (!solve(damped, gradient, step)) return {};
    const RigidMotion next = moved(motion, step);
    const double next_cost = problem.cost(next);
    moved_on = next_cost <= cost;
    damping *= moved_on ? 0.1 : 10;
    if (moved_on) {
      motion = next;
      cost = next_cost;
    }
    // 1e-7 rad and 1e-7 of the distance: below single precision.
    const double turn = same::length(step[0], step[1], step[2]);
    const double shift = same::length(step[3], step[4], step[5]);
    if (turn < 1e-7 && shift < 1e-7 * motion.t[2]) break;
  }

  HeadPose pose;
  std::copy(motion.t.begin(), motion.t.end(), pose.translation_mm.begin());
  // Not through a quaternion (rotation.hpp), which upside-down heads would break.
  const auto& r = motion.r;
  pose.rotation_rad = {static_cast<float>(same::atan2(-r[5], r[8])),
                       static_cast<float>(same::asin(std::clamp(r[2], -1.0, 1.0))),
                       static_cast<float>(same::atan2(-r[1], r[0]))};
  for (int i = 0; i < 3; ++i)
    if (!std::isfinite(pose.translation_mm[i]) || !std::isfinite(pose.rotation_rad[i])) return {};
  return pose;
}

}  // namespace auriga
