// The pin-hole camera: guessed intrinsics, and landmarks placed in camera space (spec outputs.md
// sections 5, 6).
//
// Camera coordinates: origin at the camera, x right, y down, z away from the camera, mm.
#pragma once

#include <array>
#include <span>

#include "auriga/face.hpp"

#include "shape/shape_model.hpp"

namespace auriga {

// Intrinsics for a camera of which only the size of its pictures (px, > 0) is known: centre in the
// middle, focal length of a web camera, 500 px at 640 x 480, in proportion to the mean of width and
// height.
Camera camera_from_frame_size(int width, int height);

// Points seen at (x, y) px, at the depths of the shape fitted to them:
//
//   Z = fx / scale + (R S(modes))_z,   X = Z (x - cx) / fx,   Y = Z (y - cy) / fy
//
// They project exactly onto what was seen. `mm`: X, Y, Z, each with one value per point of `model`,
// as `x` and `y`; all zero when the fit has scale 0 or the result would not be finite. `model` has
// at most 68 points. Does not allocate.
void points_3d(const ShapeModel& model, const ShapePose& pose, std::span<const float> modes,
               std::span<const float> x, std::span<const float> y, const Camera& camera,
               const std::array<std::span<float>, 3>& mm);

// The same for the 68 landmarks of a face: X, Y, Z. `model` has at most 34 modes.
std::array<std::array<float, kLandmarks>, 3> landmarks_3d(const ShapeModel& model,
                                                          const ShapeFit& fit,
                                                          const Landmarks& landmarks,
                                                          const Camera& camera);

}  // namespace auriga
