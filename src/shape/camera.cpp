#include "shape/camera.hpp"

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

std::array<std::array<float, kLandmarks>, 3> landmarks_3d(const ShapeModel& model,
                                                          const ShapeFit& fit,
                                                          const Landmarks& landmarks,
                                                          const Camera& camera) {
  assert(model.points() == kLandmarks && model.modes() <= kShapeModes);
  std::array<float, 3 * kLandmarks> shape;
  model.shape(std::span(fit.p).first(static_cast<std::size_t>(model.modes())), shape);
  const RotationMatrix r = matrix_from_euler({fit.rx, fit.ry, fit.rz});
  const float depth = camera.fx / fit.scale;

  std::array<std::array<float, kLandmarks>, 3> points;
  for (int i = 0; i < kLandmarks; ++i) {
    const float z =
        depth + (r[6] * shape[i] + r[7] * shape[kLandmarks + i] + r[8] * shape[2 * kLandmarks + i]);
    points[0][i] = z * (landmarks.x[i] - camera.cx) / camera.fx;
    points[1][i] = z * (landmarks.y[i] - camera.cy) / camera.fy;
    points[2][i] = z;
    if (!std::isfinite(points[0][i]) || !std::isfinite(points[1][i]) || !std::isfinite(z))
      return {};
  }
  return points;
}

}  // namespace auriga
