#include "shape/camera.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <span>

namespace auriga {

Camera camera_from_frame_size(int width, int height) {
  const auto w = static_cast<float>(width), h = static_cast<float>(height);
  const float focal = (500 * (w / 640) + 500 * (h / 480)) / 2;
  return {focal, focal, w / 2, h / 2};
}

void points_3d(const ShapeModel& model, const ShapePose& pose, std::span<const float> modes,
               std::span<const float> x, std::span<const float> y, const Camera& camera,
               const std::array<std::span<float>, 3>& mm) {
  const auto n = static_cast<std::size_t>(model.points());
  assert(n <= kLandmarks && x.size() == n && y.size() == n);
  assert(mm[0].size() == n && mm[1].size() == n && mm[2].size() == n);
  std::array<float, 3 * kLandmarks> buffer;
  const std::span<float> shape = std::span(buffer).first(3 * n);
  model.shape(modes, shape);
  const RotationMatrix r = matrix_from_euler({pose.rx, pose.ry, pose.rz});
  const float depth = camera.fx / pose.scale;

  for (std::size_t i = 0; i < n; ++i) {
    const float z = depth + (r[6] * shape[i] + r[7] * shape[n + i] + r[8] * shape[2 * n + i]);
    mm[0][i] = z * (x[i] - camera.cx) / camera.fx;
    mm[1][i] = z * (y[i] - camera.cy) / camera.fy;
    mm[2][i] = z;
    if (!std::isfinite(mm[0][i]) || !std::isfinite(mm[1][i]) || !std::isfinite(z)) {
      for (const std::span<float> axis : mm) std::fill(axis.begin(), axis.end(), 0.0f);
      return;
    }
  }
}

std::array<std::array<float, kLandmarks>, 3> landmarks_3d(const ShapeModel& model,
                                                          const ShapeFit& fit,
                                                          const Landmarks& landmarks,
                                                          const Camera& camera) {
  assert(model.points() == kLandmarks && model.modes() <= kShapeModes);
  std::array<std::array<float, kLandmarks>, 3> mm;
  points_3d(model, pose_of(fit), std::span(fit.p).first(static_cast<std::size_t>(model.modes())),
            landmarks.x, landmarks.y, camera, {mm[0], mm[1], mm[2]});
  return mm;
}

}  // namespace auriga
