// Head pose: the rigid motion that carries the fitted 3-D shape into camera space so that its
// perspective picture meets the landmarks best (spec outputs.md section 4).
//
//   minimise over R, T   sum_i || (fx X_i / Z_i + cx, fy Y_i / Z_i + cy) - landmark_i ||^2
//   with (X_i, Y_i, Z_i) = R S_i + T
#pragma once

#include "auriga/face.hpp"

#include "shape/shape_model.hpp"

namespace auriga {

// `model` has 68 points and at most 34 modes; `fit` comes from it. The minimum is the one reached
// from the weak-perspective pose of `fit` by Levenberg and Marquardt's method. All six values are 0
// when the fit has scale 0, when an input is not finite or when no finite minimum is found. Does
// not allocate; any thread may call it.
HeadPose head_pose(const ShapeModel& model, const ShapeFit& fit, const Landmarks& landmarks,
                   const Camera& camera);

}  // namespace auriga
