// The pin-hole camera: guessed intrinsics, and landmarks placed in camera space (spec outputs.md
// sections 5, 6).
//
// Camera coordinates: origin at the camera, x right, y down, z away from the camera, mm.
#pragma once

#include <array>

#include "auriga/face.hpp"

#include "shape/shape_model.hpp"

namespace auriga {

// Intrinsics for a camera of which only the size of its pictures (px, > 0) is known: centre in the
// middle, focal length of a web camera, 500 px at 640 x 480, in proportion to the mean of width and
// height.
Camera camera_from_frame_size(int width, int height);

// The 68 landmarks at the depths of the fitted shape: X, Y, Z in mm. They project exactly onto the
// given landmarks. All zero when the fit has scale 0 or the result would not be finite. `model` has
// 68 points and at most 34 modes. Does not allocate.
std::array<std::array<float, kLandmarks>, 3> landmarks_3d(const ShapeModel& model,
                                                          const ShapeFit& fit,
                                                          const Landmarks& landmarks,
                                                          const Camera& camera);

}  // namespace auriga
