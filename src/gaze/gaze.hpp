// Eye landmarks in space and the direction of gaze (spec gaze.md).
#pragma once

#include <array>

#include "auriga/face.hpp"

#include "gaze/eye_fit.hpp"
#include "shape/shape_model.hpp"

namespace auriga {

// Eye 0 is the one on the left of the picture (lids 36-41), eye 1 the other (42-47).

// The points of an eye at the depths of its own fitted shape, mm, camera coordinates: X, Y, Z. They
// project exactly onto the points of the fit. All zero when the fit has scale 0 or the result would
// not be finite. `model`: the eye's, 28 points, at most 10 modes. Does not allocate; any thread may
// call it, as all functions here.
std::array<std::array<float, kEyePoints>, 3> eye_landmarks_3d(const ShapeModel& model,
                                                              const EyeFit& eye,
                                                              const Camera& camera);

// Direction of gaze of one eye: from the centre of the eyeball (12 mm radius, placed relative to
// the lid corners and the head's rotation) to where the ray from the camera through the middle of
// the iris meets it. A unit vector in camera coordinates; (0, 0, -1) looks straight against the
// camera's axis. A ray that misses the eyeball gives the direction to the camera, within 1 mm at
// the camera, as in OpenFace. `eye`: 0 or 1. Zero when it would not be finite.
std::array<float, 3> gaze_direction(
    int eye, const std::array<std::array<float, kEyePoints>, 3>& eye_landmarks_mm,
    const std::array<std::array<float, kLandmarks>, 3>& face_landmarks_mm, const HeadPose& pose);

// Of the mean of both directions, rad: to the right of the picture, and down. A direction of zero
// leaves it to the other eye; both zero give zero.
std::array<float, 2> gaze_angles(const std::array<float, 3>& eye0,
                                 const std::array<float, 3>& eye1);

}  // namespace auriga
