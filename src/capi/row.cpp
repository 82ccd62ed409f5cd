#include "capi/row.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <tuple>

namespace auriga::capi {
namespace {

template <typename From, std::size_t N>
void copy(const From& from, double (&to)[N]) {
  static_assert(std::tuple_size_v<From> == N);
  std::copy(from.begin(), from.end(), to);
}

template <typename From, std::size_t N, std::size_t M>
void copy(const From& from, double (&to)[N][M]) {
  static_assert(std::tuple_size_v<From> == N);
  for (std::size_t i = 0; i < N; ++i) copy(from[i], to[i]);
}

template <typename T>
const T* pointer(std::span<const T> values) {
  return values.empty() ? nullptr : values.data();
}

}  // namespace

auriga_row row_of(const FaceRow& face) {
  static_assert(sizeof(FaceMesh) == 3 * kMeshPoints * sizeof(float), "x, y, z without gaps");
  const FrameResult& result = face.result;
  auriga_row row{.struct_size = sizeof row,
                 .frame = result.frame,
                 .timestamp_s = result.timestamp_s,
                 .face_id = result.face_id,
                 .success = result.success,
                 .confidence = result.confidence};
  copy(result.landmarks.x, row.landmarks_x);
  copy(result.landmarks.y, row.landmarks_y);
  copy(result.landmarks_3d_mm, row.landmarks_mm);
  copy(result.pose.translation_mm, row.pose_translation_mm);
  copy(result.pose.rotation_rad, row.pose_rotation_rad);
  const ShapeFit& shape = result.shape;
  row.shape_scale = shape.scale;
  copy(std::array{shape.rx, shape.ry, shape.rz}, row.shape_rotation_rad);
  copy(std::array{shape.tx, shape.ty}, row.shape_translation_px);
  copy(shape.p, row.shape);
  const Camera& camera = result.camera;
  copy(std::array{camera.fx, camera.fy, camera.cx, camera.cy}, row.camera_px);
  copy(result.gaze.direction, row.gaze);
  copy(result.gaze.angle_rad, row.gaze_angle_rad);
  copy(result.eyes.x, row.eyes_x);
  copy(result.eyes.y, row.eyes_y);
  copy(result.eyes.mm, row.eyes_mm);
  row.intensities = pointer(face.intensities);
  row.presences = pointer(face.presences);
  if (face.mesh != nullptr) row.mesh_px = face.mesh->x.data();
  if (face.blendshapes != nullptr) row.blendshapes = face.blendshapes->data();
  row.fhog = pointer(face.fhog);
  row.aligned = face.aligned.empty() ? nullptr : face.aligned.data;
  return row;
}

}  // namespace auriga::capi
