// The landmark fit as spec pdm.md section 8 states it, in plain loops: the oracle of ShapeFitter's
// tests.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "models/pdm.hpp"
#include "shape/rotation.hpp"
#include "shape/shape_model.hpp"

namespace auriga::test {

// The visible points of a model. Rows of mean and basis are dropped, not masked.
inline Pdm visible_part(const Pdm& pdm, const std::vector<float>& landmarks) {
  const std::size_t n = pdm.points, m = pdm.modes;
  Pdm part;
  part.modes = pdm.modes;
  part.variances = pdm.variances;
  for (std::size_t a = 0; a < 3; ++a) {
    for (std::size_t i = 0; i < n; ++i) {
      if (landmarks[i] == 0) continue;
      part.mean.push_back(pdm.mean[a * n + i]);
      const auto row = pdm.basis.begin() + static_cast<std::ptrdiff_t>((a * n + i) * m);
      part.basis.insert(part.basis.end(), row, row + pdm.modes);
    }
  }
  part.points = static_cast<int>(part.mean.size() / 3);
  return part;
}

inline std::vector<float> plain_shape(const Pdm& pdm, const std::vector<float>& p) {
  std::vector<float> shape = pdm.mean;
  for (std::size_t row = 0; row < shape.size(); ++row)
    for (std::size_t j = 0; j < p.size(); ++j) shape[row] += pdm.basis[row * p.size() + j] * p[j];
  return shape;
}

// Cholesky: single precision, inner sums in double precision; zero on failure (primitives.md
// section 1).
inline std::vector<float> plain_cholesky_solve(std::vector<float> a, std::vector<float> b) {
  const std::size_t n = b.size();
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = a[i * n + j];
      for (std::size_t k = 0; k < j; ++k) sum -= double{a[i * n + k]} * a[j * n + k];
      if (i == j && !(sum >= std::numeric_limits<float>::epsilon())) return std::vector<float>(n);
      a[i * n + j] = static_cast<float>(i == j ? std::sqrt(sum) : sum / a[j * n + j]);
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    double sum = b[i];
    for (std::size_t k = 0; k < i; ++k) sum -= double{a[i * n + k]} * b[k];
    b[i] = static_cast<float>(sum / a[i * n + i]);
  }
  for (std::size_t i = n; i-- > 0;) {
    double sum = b[i];
    for (std::size_t k = i + 1; k < n; ++k) sum -= double{a[k * n + i]} * b[k];
    b[i] = static_cast<float>(sum / a[i * n + i]);
  }
  return b;
}

inline float plain_distance(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (double{a[i]} - b[i]) * (double{a[i]} - b[i]);
  return static_cast<float>(std::sqrt(sum));
}

inline int fit_plainly(const Pdm& whole, const std::vector<float>& all_landmarks, ShapePose& pose,
                       std::vector<float>& p) {
  const Pdm pdm = visible_part(whole, all_landmarks);
  std::vector<float> seen;
  for (std::size_t k = 0; k < 2; ++k)
    for (std::size_t i = 0; i < all_landmarks.size() / 2; ++i)
      if (all_landmarks[i] != 0) seen.push_back(all_landmarks[k * all_landmarks.size() / 2 + i]);
  const std::size_t n = pdm.points, m = pdm.modes, size = 6 + m;

  const auto first = seen.begin(), middle = first + pdm.points;
  const auto [left, right] = std::minmax_element(first, middle);
  const auto [top, bottom] = std::minmax_element(middle, seen.end());
  const ShapeBox box = bounding_box(pdm.mean, {});
  pose = {((*right - *left) / box.w + (*bottom - *top) / box.h) / 2,
          0,
          0,
          0,
          (*left + *right) / 2,
          (*top + *bottom) / 2};
  p.assign(m, 0);
  std::vector<float> shape = plain_shape(pdm, p), projected(2 * n);
  project(shape, pose, projected);
  float error = plain_distance(projected, seen);

  int stalls = 0, iterations = 0;
  while (iterations < 1000 && stalls < 3) {
    ++iterations;
    shape = plain_shape(pdm, p);
    project(shape, pose, projected);
    const RotationMatrix r = matrix_from_euler({pose.rx, pose.ry, pose.rz});
    std::vector<float> jacobian(2 * n * size);
    for (std::size_t k = 0; k < 2; ++k) {
      const float r1 = r[3 * k], r2 = r[3 * k + 1], r3 = r[3 * k + 2], s = pose.scale;
      for (std::size_t i = 0; i < n; ++i) {
        const float x = shape[i], y = shape[n + i], z = shape[2 * n + i];
        float* row = jacobian.data() + (k * n + i) * size;
        row[0] = r1 * x + r2 * y + r3 * z;
        row[1] = s * (y * r3 - z * r2);
        row[2] = -s * (x * r3 - z * r1);
        row[3] = s * (x * r2 - y * r1);
        row[4] = k == 0;
        row[5] = k == 1;
        for (std::size_t j = 0; j < m; ++j)
          row[6 + j] = s * (r1 * pdm.basis[i * m + j] + r2 * pdm.basis[(n + i) * m + j] +
                            r3 * pdm.basis[(2 * n + i) * m + j]);
      }
    }
    std::vector<float> h(size * size), b(size);
    for (std::size_t row = 0; row < 2 * n; ++row) {
      const float* values = jacobian.data() + row * size;
      for (std::size_t c = 0; c < size; ++c) {
        b[c] += values[c] * (seen[row] - projected[row]);
        for (std::size_t d = 0; d < size; ++d) h[c * size + d] += values[c] * values[d];
      }
    }
    for (std::size_t j = 0; j < m; ++j) {
      b[6 + j] -= p[j] / pdm.variances[j];
      h[(6 + j) * size + 6 + j] += 1 / pdm.variances[j];
    }
    std::vector<float> step = plain_cholesky_solve(h, b);
    for (float& value : step) value *= 0.75f;

    pose.scale += step[0];
    const RotationMatrix turned = multiply(r, nearest_rotation({step[1], step[2], step[3]}));
    EulerAngles angles = euler_from_matrix(matrix_from_axis_angle(axis_angle_from_matrix(turned)));
    if (std::isnan(angles[0]) || std::isnan(angles[1]) || std::isnan(angles[2])) angles = {};
    pose.rx = angles[0];
    pose.ry = angles[1];
    pose.rz = angles[2];
    pose.tx += step[4];
    pose.ty += step[5];
    for (std::size_t j = 0; j < m; ++j) p[j] += step[6 + j];

    const float last_error = error;
    project(shape, pose, projected);  // the shape of before the step
    error = plain_distance(projected, seen);
    if (0.999 * last_error < error) ++stalls;
  }
  return iterations;
}

}  // namespace auriga::test
