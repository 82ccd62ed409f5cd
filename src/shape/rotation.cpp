#include "shape/rotation.hpp"

#include <algorithm>
#include <cmath>

#include "base/same_math.hpp"

namespace auriga {
namespace {

using Matrix = std::array<double, 9>;

// The orthogonal polar factor by Newton's iteration X <- (X + X^-T) / 2. It converges
// quadratically, so a product of rotations in single precision takes two steps; the limit bounds
// the work for matrices that are all but singular.
bool orthogonalise(Matrix& x) {
  for (int step = 0; step < 64; ++step) {
    const Matrix cofactors = {
        x[4] * x[8] - x[5] * x[7], x[5] * x[6] - x[3] * x[8], x[3] * x[7] - x[4] * x[6],
        x[2] * x[7] - x[1] * x[8], x[0] * x[8] - x[2] * x[6], x[1] * x[6] - x[0] * x[7],
        x[1] * x[5] - x[2] * x[4], x[2] * x[3] - x[0] * x[5], x[0] * x[4] - x[1] * x[3]};
    const double determinant = x[0] * cofactors[0] + x[1] * cofactors[1] + x[2] * cofactors[2];
    if (!(std::abs(determinant) > 1e-30)) return false;
    double change = 0;
    for (int i = 0; i < 9; ++i) {
      const double next = 0.5 * (x[i] + cofactors[i] / determinant);
      change = std::max(change, std::abs(next - x[i]));
      x[i] = next;
    }
    if (change < 1e-9) break;  // the error of the next step is its square
  }
  return true;
}

// Axis times angle for an angle within 1e-5 of pi, where R - R^T no longer shows the axis: (R + I)
// / 2 = k k^T.
AxisAngle half_turn(const Matrix& r, double angle) {
  const std::array<double, 3> square = {(r[0] + 1) / 2, (r[4] + 1) / 2, (r[8] + 1) / 2};
  const auto largest =
      static_cast<std::size_t>(std::max_element(square.begin(), square.end()) - square.begin());
  const double length = std::sqrt(square[largest]);  // >= 1 / sqrt(3)
  AxisAngle v;
  for (std::size_t i = 0; i < 3; ++i) {
    const double component =
        i == largest ? length : (r[3 * largest + i] + r[3 * i + largest]) / (4 * length);
    v[i] = static_cast<float>(angle * component);
  }
  return v;
}

}  // namespace

RotationMatrix matrix_from_euler(const EulerAngles& angles) {
  const float s1 = std::sin(angles[0]), c1 = std::cos(angles[0]);
  const float s2 = std::sin(angles[1]), c2 = std::cos(angles[1]);
  const float s3 = std::sin(angles[2]), c3 = std::cos(angles[2]);
  return {c2 * c3,
          -c2 * s3,
          s2,  //
          c1 * s3 + c3 * s1 * s2,
          c1 * c3 - s1 * s2 * s3,
          -c2 * s1,  //
          s1 * s3 - c1 * c3 * s2,
          c3 * s1 + c1 * s2 * s3,
          c1 * c2};
}

// In single precision all through: this is in the loop of CLNF, which makes much of a last bit.
EulerAngles euler_from_matrix(const RotationMatrix& r) {
  const float q0 = std::sqrt(1 + r[0] + r[4] + r[8]) / 2;
  const float q1 = (r[7] - r[5]) / (4 * q0);
  const float q2 = (r[2] - r[6]) / (4 * q0);
  const float q3 = (r[3] - r[1]) / (4 * q0);
  return {same::single::atan2(2 * (q0 * q1 - q2 * q3), q0 * q0 - q1 * q1 - q2 * q2 + q3 * q3),
          same::single::asin(std::clamp(2 * (q0 * q2 + q1 * q3), -1.0f, 1.0f)),
          same::single::atan2(2 * (q0 * q3 - q1 * q2), q0 * q0 + q1 * q1 - q2 * q2 - q3 * q3)};
}

AxisAngle axis_angle_from_matrix(const RotationMatrix& matrix) {
  Matrix r;
  for (int i = 0; i < 9; ++i) {
    if (!(std::abs(matrix[i]) <= 100)) return {};
    r[i] = matrix[i];
  }
  if (!orthogonalise(r)) return {};
  const std::array<double, 3> d = {r[7] - r[5], r[2] - r[6], r[3] - r[1]};
  const double sine = std::sqrt((d[0] * d[0] + d[1] * d[1] + d[2] * d[2]) / 4);
  const double cosine = std::clamp((r[0] + r[4] + r[8] - 1) / 2, -1.0, 1.0);
  const double angle = same::acos(cosine);
  if (sine < 1e-5) return cosine > 0 ? AxisAngle{} : half_turn(r, angle);
  const double factor = angle / (2 * sine);
  return {static_cast<float>(factor * d[0]), static_cast<float>(factor * d[1]),
          static_cast<float>(factor * d[2])};
}

RotationMatrix matrix_from_axis_angle(const AxisAngle& v) {
  const double x = v[0], y = v[1], z = v[2];
  const double angle = std::sqrt(x * x + y * y + z * z);
  if (!(angle >= 2.2e-16)) return {1, 0, 0, 0, 1, 0, 0, 0, 1};
  const std::array<double, 3> k = {x / angle, y / angle, z / angle};
  const auto [s, c] = same::sin_cos(angle);
  const Matrix cross = {0, -k[2], k[1], k[2], 0, -k[0], -k[1], k[0], 0};
  RotationMatrix r;
  for (int i = 0; i < 9; ++i) {
    const double identity = i % 4 == 0 ? 1 : 0;
    r[i] = static_cast<float>(c * identity + (1 - c) * k[i / 3] * k[i % 3] + s * cross[i]);
  }
  return r;
}

RotationMatrix nearest_rotation(const std::array<float, 3>& w) {
  const double x = w[0], y = w[1], z = w[2];
  // With angle = atan |w|: cos = c, sin / |w| = c and (1 - cos) / |w|^2 = c^2 / (1 + c).
  const double c = 1 / std::sqrt(1 + x * x + y * y + z * z);
  const double d = c * c / (1 + c);
  const Matrix r = {c + d * x * x,     d * x * y - c * z, d * x * z + c * y,
                    d * x * y + c * z, c + d * y * y,     d * y * z - c * x,
                    d * x * z - c * y, d * y * z + c * x, c + d * z * z};
  RotationMatrix rounded;
  for (int i = 0; i < 9; ++i) rounded[i] = static_cast<float>(r[i]);
  return rounded;
}

RotationMatrix multiply(const RotationMatrix& a, const RotationMatrix& b) {
  RotationMatrix product;
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j)
      product[3 * i + j] = a[3 * i] * b[j] + a[3 * i + 1] * b[3 + j] + a[3 * i + 2] * b[6 + j];
  return product;
}

}  // namespace auriga
