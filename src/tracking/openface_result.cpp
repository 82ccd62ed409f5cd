#include "tracking/openface_result.hpp"

#include <algorithm>
#include <cstddef>
#include <span>

#include "auriga/face.hpp"

namespace auriga {
namespace {

constexpr std::array kEyeNames{"left_eye_28", "right_eye_28"};

template <typename Array>
void copy_some(std::span<const float> from, std::size_t first, std::size_t count, Array& to) {
  to = {};
  std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(first), std::min(count, to.size()),
              to.begin());
}

}  // namespace

std::array<int, 2> eye_parts(const ClmModel& model) {
  std::array<int, 2> found{-1, -1};
  for (std::size_t i = 0; i < model.parts.size(); ++i) {
    const Pdm& pdm = model.parts[i].model->pdm;
    if (pdm.points != kEyePoints || pdm.modes > kEyeModes) continue;
    for (std::size_t eye = 0; eye < kEyeNames.size(); ++eye)
      if (model.parts[i].name == kEyeNames[eye]) found[eye] = static_cast<int>(i);
  }
  return found;
}

void read_face(const ClmModel& model, const ClmState& state, bool success, TrackedFace& face) {
  const ClmShape& whole = state.whole;
  face.success = success;
  face.analysable = state.success;
  face.confidence = state.certainty;
  copy_some(whole.landmarks, 0, kLandmarks, face.landmarks.x);
  copy_some(whole.landmarks, kLandmarks, kLandmarks, face.landmarks.y);
  const ShapePose& pose = whole.pose;
  face.shape.scale = pose.scale;
  face.shape.rx = pose.rx, face.shape.ry = pose.ry, face.shape.rz = pose.rz;
  face.shape.tx = pose.tx, face.shape.ty = pose.ty;
  copy_some(whole.modes, 0, whole.modes.size(), face.shape.p);
  face.shape_is_calc_params = false;

  const std::array<int, 2> parts = eye_parts(model);
  if (parts[0] < 0 || parts[1] < 0) return;
  for (std::size_t eye = 0; eye < parts.size(); ++eye) {
    const ClmShape& part = state.parts[static_cast<std::size_t>(parts[eye])];
    copy_some(part.landmarks, 0, kEyePoints, face.eyes[eye].x);
    copy_some(part.landmarks, kEyePoints, kEyePoints, face.eyes[eye].y);
    face.eyes[eye].pose = part.pose;
    copy_some(part.modes, 0, part.modes.size(), face.eyes[eye].modes);
  }
}

}  // namespace auriga
