#include "gaze/gaze.hpp"

#include <cassert>
#include <cmath>
#include <cstddef>
#include <span>

#include "base/same_math.hpp"
#include "shape/camera.hpp"
#include "shape/rotation.hpp"

namespace auriga {
namespace {

using Vector = std::array<float, 3>;

constexpr int kIrisPoints = 8;                    // the first ones of an eye
constexpr double kEyeballRadius = 12;             // mm
constexpr Vector kBehindLids = {0, -3.5f, 7.0f};  // mm, from the middle of the lid corners
constexpr std::array<int, 2> kLidCornerLeft = {36, 42}, kLidCornerRight = {39, 45};

double dot(const Vector& a, const Vector& b) {
  return double{a[0]} * b[0] + double{a[1]} * b[1] + double{a[2]} * b[2];
}

Vector normalised(const Vector& v) {
  const double length = std::sqrt(dot(v, v));
  return {static_cast<float>(v[0] / length), static_cast<float>(v[1] / length),
          static_cast<float>(v[2] / length)};
}

Vector iris_centre(const std::array<std::array<float, kEyePoints>, 3>& eye) {
  Vector centre;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    double sum = 0;
    for (int i = 0; i < kIrisPoints; ++i) sum += eye[axis][i];
    centre[axis] = static_cast<float>(sum / kIrisPoints);
  }
  return centre;
}

Vector eyeball_centre(int eye, const std::array<std::array<float, kLandmarks>, 3>& face,
                      const HeadPose& pose) {
  const RotationMatrix head = matrix_from_euler(pose.rotation_rad);
  Vector centre;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const float* row = &head[3 * axis];
    centre[axis] = (face[axis][kLidCornerLeft[eye]] + face[axis][kLidCornerRight[eye]]) / 2 +
                   (row[0] * kBehindLids[0] + row[1] * kBehindLids[1] + row[2] * kBehindLids[2]);
  }
  return centre;
}

// Where the ray along the unit vector `d` first meets the eyeball, with two peculiarities of the
// reference: the root is multiplied by |d|^2 instead of divided (the same, up to rounding), and a
// ray that misses gives the point (0, 0, -1).
Vector nearer_hit(const Vector& d, const Vector& centre) {
  const double a = dot(d, d), b = -2 * dot(d, centre);
  const double c = dot(centre, centre) - kEyeballRadius * kEyeballRadius;
  const double discriminant = b * b - 4 * a * c;
  if (discriminant < 0) return {0, 0, -1};
  const double t = (-b - std::sqrt(discriminant)) / 2 * a;
  return {static_cast<float>(t * d[0]), static_cast<float>(t * d[1]), static_cast<float>(t * d[2])};
}

}  // namespace

std::array<std::array<float, kEyePoints>, 3> eye_landmarks_3d(const ShapeModel& model,
                                                              const EyeFit& eye,
                                                              const Camera& camera) {
  assert(model.points() == kEyePoints && model.modes() <= kEyeModes);
  std::array<std::array<float, kEyePoints>, 3> mm;
  points_3d(model, eye.pose, std::span(eye.modes).first(static_cast<std::size_t>(model.modes())),
            eye.x, eye.y, camera, {mm[0], mm[1], mm[2]});
  return mm;
}

std::array<float, 3> gaze_direction(
    int eye, const std::array<std::array<float, kEyePoints>, 3>& eye_landmarks_mm,
    const std::array<std::array<float, kLandmarks>, 3>& face_landmarks_mm, const HeadPose& pose) {
  assert(eye == 0 || eye == 1);
  const Vector ray = normalised(iris_centre(eye_landmarks_mm));
  const Vector centre = eyeball_centre(eye, face_landmarks_mm, pose);
  const Vector hit = nearer_hit(ray, centre);
  const Vector gaze = normalised({hit[0] - centre[0], hit[1] - centre[1], hit[2] - centre[2]});
  for (const float value : gaze)
    if (!std::isfinite(value)) return {};
  return gaze;
}

std::array<float, 2> gaze_angles(const std::array<float, 3>& eye0,
                                 const std::array<float, 3>& eye1) {
  Vector mean;  // not of unit length; the angles do not depend on it
  for (std::size_t axis = 0; axis < 3; ++axis) mean[axis] = (eye0[axis] + eye1[axis]) / 2;
  if (mean == Vector{}) return {};
  return {same::atan2(mean[0], -mean[2]), same::atan2(mean[1], -mean[2])};
}

}  // namespace auriga
