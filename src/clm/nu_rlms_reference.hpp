// Spec clnf.md section 5 in plain loops: the oracle of NuRlms's tests.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "clm/nu_rlms.hpp"
#include "models/pdm.hpp"
#include "shape/shape_fitter_reference.hpp"

namespace auriga::test {

inline void climb_plainly(const Pdm& pdm, const ResponseMaps& maps, int window, float sigma,
                          bool rigid, int iterations, float regularisation, ShapePose& pose,
                          std::vector<float>& p) {
  const std::size_t n = pdm.points, m = pdm.modes, w = window, size = rigid ? 6 : 6 + m;
  const float step = 0.1f, a = -0.5f / (sigma * sigma);
  std::vector<float> points(2 * n), last;
  for (int iteration = 0; iteration < iterations; ++iteration) {
    const std::vector<float> shape = plain_shape(pdm, p);
    project(shape, pose, points);
    if (iteration > 0 && plain_distance(points, last) < 0.01) break;
    last = points;

    std::vector<float> v(2 * n), jacobian(2 * n * size);
    const RotationMatrix r = matrix_from_euler({pose.rx, pose.ry, pose.rz});
    for (std::size_t i = 0; i < n; ++i) {
      if (maps.visible[i] == 0) continue;  // rows stay zero
      const double ox = points[i] - maps.base[i], oy = points[n + i] - maps.base[n + i];
      float dx = static_cast<float>(maps.to_map[0] * ox + maps.to_map[1] * oy) + (w - 1) / 2.0f;
      float dy = static_cast<float>(maps.to_map[2] * ox + maps.to_map[3] * oy) + (w - 1) / 2.0f;
      dx = std::clamp(dx, 0.0f, static_cast<float>(w) - step);
      dy = std::clamp(dy, 0.0f, static_cast<float>(w) - step);
      const float ux = std::trunc(dx / step + 0.5f) * step,
                  uy = std::trunc(dy / step + 0.5f) * step;
      float sum = 0, mx = 0, my = 0;
      for (std::size_t y = 0; y < w; ++y) {
        for (std::size_t x = 0; x < w; ++x) {
          const float fx = static_cast<float>(x), fy = static_cast<float>(y);
          const float weight = maps.values[i * w * w + y * w + x] *
                               std::exp(a * ((uy - fy) * (uy - fy) + (ux - fx) * (ux - fx)));
          sum += weight;
          mx += weight * fx;
          my += weight * fy;
        }
      }
      mx = mx / sum - dx;
      my = my / sum - dy;
      v[i] = maps.to_picture[0] * mx + maps.to_picture[1] * my;
      v[n + i] = maps.to_picture[2] * mx + maps.to_picture[3] * my;
      for (std::size_t k = 0; k < 2; ++k) {
        const float r1 = r[3 * k], r2 = r[3 * k + 1], r3 = r[3 * k + 2], s = pose.scale;
        const float x = shape[i], y = shape[n + i], z = shape[2 * n + i];
        float* row = jacobian.data() + (k * n + i) * size;
        row[0] = r1 * x + r2 * y + r3 * z;
        row[1] = s * (y * r3 - z * r2);
        row[2] = -s * (x * r3 - z * r1);
        row[3] = s * (x * r2 - y * r1);
        row[4] = k == 0;
        row[5] = k == 1;
        for (std::size_t j = 0; j < size - 6; ++j)
          row[6 + j] = s * (r1 * pdm.basis[i * m + j] + r2 * pdm.basis[(n + i) * m + j] +
                            r3 * pdm.basis[(2 * n + i) * m + j]);
      }
    }
    std::vector<float> h(size * size), b(size);
    for (std::size_t row = 0; row < 2 * n; ++row) {
      const float weight = maps.weights.empty() ? 1 : maps.weights[row % n];
      const float* values = jacobian.data() + row * size;
      for (std::size_t c = 0; c < size; ++c) {
        b[c] += weight * values[c] * v[row];
        for (std::size_t d = 0; d < size; ++d) h[c * size + d] += weight * values[c] * values[d];
      }
    }
    for (std::size_t j = 0; j < size - 6; ++j) {
      b[6 + j] -= regularisation / pdm.variances[j] * p[j];
      h[(6 + j) * size + 6 + j] += regularisation / pdm.variances[j];
    }
    const std::vector<float> delta = plain_cholesky_solve(h, b);

    pose.scale += delta[0];
    const RotationMatrix turned = multiply(r, nearest_rotation({delta[1], delta[2], delta[3]}));
    const EulerAngles angles =
        euler_from_matrix(matrix_from_axis_angle(axis_angle_from_matrix(turned)));
    pose = {pose.scale, angles[0], angles[1], angles[2], pose.tx + delta[4], pose.ty + delta[5]};
    for (std::size_t j = 0; j < m; ++j) {
      if (!rigid) p[j] += delta[6 + j];
      const float limit = 3 * std::sqrt(pdm.variances[j]);
      p[j] = std::clamp(p[j], -limit, limit);
    }
  }
}

}  // namespace auriga::test
