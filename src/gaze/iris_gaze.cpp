#include "gaze/iris_gaze.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

#include "gaze/gaze.hpp"
#include "shape/rotation.hpp"

namespace auriga {
namespace {

using Vector = std::array<double, 3>;
using FacePoints = std::array<std::array<float, kLandmarks>, 3>;

constexpr std::size_t kOfOneEye = kEyeLandmarks / 2;
constexpr std::size_t kOutline = 8, kLids = 12, kLidLandmarks = 6;

// The eyeball as OpenFace has it, so that the columns mean the same. The head that the open shape
// model was made from agrees: there a ball of this size whose iris is in its place is 6.6 mm
// behind and 2.6 mm above the middle of the lid corners.
constexpr double kEyeballRadius = 12;           // mm
constexpr Vector kBehindLids = {0, -3.5, 7.0};  // mm, from the middle of the lid corners

// The mean of OpenFace's eye models; the mesh has no pupils.
constexpr double kPupilOfIris = 0.43;

// Points of an iris of the mesh.
constexpr std::size_t kCentre = 0, kRight = 1, kTop = 2, kLeft = 3, kBottom = 4;
constexpr std::array<std::size_t, 2> kIris = {468, 473};

// The lids from their left corner over the upper lid to the right corner and back. Every second
// point is about a landmark, 36-41 or 42-47; as there, the inner corner is where the lids meet
// beside the caruncle.
constexpr std::array<std::array<std::size_t, kLids>, 2> kLidPoints = {
    {{33, 161, 160, 159, 158, 157, 173, 154, 153, 145, 144, 163},
     {398, 384, 385, 386, 387, 388, 263, 390, 373, 374, 380, 381}}};

// Round an outline, as (right, down): the iris clockwise as seen from its left, the pupil the
// other way round from its lower left.
constexpr double kDiagonal = 0.70710678118654752;
using Outline = std::array<std::array<double, 2>, kOutline>;
constexpr Outline kRoundIris = {{{-1, 0},
                                 {-kDiagonal, -kDiagonal},
                                 {0, -1},
                                 {kDiagonal, -kDiagonal},
                                 {1, 0},
                                 {kDiagonal, kDiagonal},
                                 {0, 1},
                                 {-kDiagonal, kDiagonal}}};
constexpr Outline kRoundPupil = {{{-kDiagonal, kDiagonal},
                                  {0, 1},
                                  {kDiagonal, kDiagonal},
                                  {1, 0},
                                  {kDiagonal, -kDiagonal},
                                  {0, -1},
                                  {-kDiagonal, -kDiagonal},
                                  {-1, 0}}};

double dot(const Vector& a, const Vector& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

Vector normalised(const Vector& v) {
  const double length = std::sqrt(dot(v, v));
  return {v[0] / length, v[1] / length, v[2] / length};
}

// From the camera through a point of the picture, at depth 1.
Vector ray_through(double x, double y, const Camera& camera) {
  return {(x - camera.cx) / camera.fx, (y - camera.cy) / camera.fy, 1};
}

// Where the ray first meets the eyeball; where it misses it, its point that is nearest.
Vector first_hit(const Vector& ray, const Vector& eyeball) {
  const Vector d = normalised(ray);
  const double middle = dot(d, eyeball);
  const double beyond = kEyeballRadius * kEyeballRadius - dot(eyeball, eyeball) + middle * middle;
  const double t = middle - std::sqrt(std::max(beyond, 0.0));
  return {t * d[0], t * d[1], t * d[2]};
}

Vector eyeball_centre(const FacePoints& face, std::size_t left_corner, std::size_t right_corner,
                      const RotationMatrix& head) {
  Vector centre;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const float* row = &head[3 * axis];
    centre[axis] = (double{face[axis][left_corner]} + face[axis][right_corner]) / 2 +
                   (row[0] * kBehindLids[0] + row[1] * kBehindLids[1] + row[2] * kBehindLids[2]);
  }
  return centre;
}

// Writes the points of one eye as they are found.
class EyePoints {
 public:
  EyePoints(EyeLandmarks& landmarks, std::size_t first, const Camera& camera)
      : landmarks_(landmarks), at_(first), camera_(camera) {}

  void add_on_eyeball(double x, double y, const Vector& eyeball) {
    add(x, y, first_hit(ray_through(x, y, camera_), eyeball));
  }

  void add_at_depth(double x, double y, double depth) {
    const Vector ray = ray_through(x, y, camera_);
    add(x, y, {ray[0] * depth, ray[1] * depth, depth});
  }

 private:
  void add(double x, double y, const Vector& mm) {
    landmarks_.x[at_] = static_cast<float>(x);
    landmarks_.y[at_] = static_cast<float>(y);
    for (std::size_t axis = 0; axis < 3; ++axis)
      landmarks_.mm[axis][at_] = static_cast<float>(mm[axis]);
    ++at_;
  }

  EyeLandmarks& landmarks_;
  std::size_t at_;
  const Camera& camera_;
};

// False when the eye has no iris, or is not in front of the camera.
bool find_eye(std::size_t eye, const FaceMesh& mesh, const FacePoints& face,
              const RotationMatrix& head, const Camera& camera, Eyes& eyes) {
  const std::size_t iris = kIris[eye], lids = 36 + kLidLandmarks * eye;
  const double x = mesh.x[iris + kCentre], y = mesh.y[iris + kCentre];
  const double right_x = (double{mesh.x[iris + kRight]} - mesh.x[iris + kLeft]) / 2;
  const double right_y = (double{mesh.y[iris + kRight]} - mesh.y[iris + kLeft]) / 2;
  const double down_x = (double{mesh.x[iris + kBottom]} - mesh.x[iris + kTop]) / 2;
  const double down_y = (double{mesh.y[iris + kBottom]} - mesh.y[iris + kTop]) / 2;
  if (right_x * down_y == right_y * down_x) return false;

  const Vector eyeball = eyeball_centre(face, lids, lids + kLidLandmarks / 2, head);
  if (!(eyeball[2] > kEyeballRadius)) return false;

  EyePoints points(eyes.landmarks, kOfOneEye * eye, camera);
  const auto add_outline = [&](const Outline& outline, double size) {
    for (const auto& [right, down] : outline)
      points.add_on_eyeball(x + size * (right * right_x + down * down_x),
                            y + size * (right * right_y + down * down_y), eyeball);
  };
  add_outline(kRoundIris, 1);
  for (std::size_t i = 0; i < kLids; ++i) {
    const std::size_t point = kLidPoints[eye][i];
    const float* const depths = &face[2][lids];
    const double depth =
        (double{depths[i / 2]} + depths[(i + 1) / 2 % kLidLandmarks]) / 2;  // of the neighbours
    points.add_at_depth(mesh.x[point], mesh.y[point], depth);
  }
  add_outline(kRoundPupil, kPupilOfIris);

  const Vector hit = first_hit(ray_through(x, y, camera), eyeball);
  const Vector gaze = normalised({hit[0] - eyeball[0], hit[1] - eyeball[1], hit[2] - eyeball[2]});
  for (std::size_t axis = 0; axis < 3; ++axis)
    eyes.gaze.direction[eye][axis] = static_cast<float>(gaze[axis]);
  return true;
}

bool all_finite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
}

bool all_finite(const Eyes& eyes) {
  const auto& [x, y, mm] = eyes.landmarks;
  return all_finite(x) && all_finite(y) && all_finite(mm[0]) && all_finite(mm[1]) &&
         all_finite(mm[2]) && all_finite(eyes.gaze.direction[0]) &&
         all_finite(eyes.gaze.direction[1]);
}

}  // namespace

Eyes eyes_of_mesh(const FaceMesh& mesh, const FacePoints& landmarks_mm, const HeadPose& pose,
                  const Camera& camera) {
  const RotationMatrix head = matrix_from_euler(pose.rotation_rad);
  Eyes eyes;
  for (std::size_t eye = 0; eye < 2; ++eye)
    if (!find_eye(eye, mesh, landmarks_mm, head, camera, eyes)) return {};
  if (!all_finite(eyes)) return {};
  eyes.gaze.angle_rad = gaze_angles(eyes.gaze.direction[0], eyes.gaze.direction[1]);
  return eyes;
}

}  // namespace auriga
