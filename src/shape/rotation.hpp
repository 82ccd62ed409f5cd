// Conversions between the ways of writing a rotation (spec pdm.md section 2, primitives.md section
// 9).
//
// Single precision at the interface, as in the reference; pure functions, which any thread may
// call.
#pragma once

#include <array>

namespace auriga {

using RotationMatrix = std::array<float, 9>;  // 3 x 3, row-major
using EulerAngles = std::array<float, 3>;     // rad, about x, y, z: R = Rx Ry Rz
using AxisAngle = std::array<float, 3>;       // unit axis times angle in rad

RotationMatrix matrix_from_euler(const EulerAngles& angles);

// Through a quaternion, with ry in [-pi/2, pi/2]. A half turn gives NaN or meaningless angles, as
// in the reference: the callers that can meet one check for it.
EulerAngles euler_from_matrix(const RotationMatrix& r);

// The rotation nearest to `r`. Zero when an entry is NaN or outside [-100, 100], when `r` is
// singular, and for rotations of less than 1e-5 rad.
AxisAngle axis_angle_from_matrix(const RotationMatrix& r);

RotationMatrix matrix_from_axis_angle(const AxisAngle& v);

// The rotation nearest to I + [w]x, which is the turn about w by atan |w|.
RotationMatrix nearest_rotation(const std::array<float, 3>& w);

RotationMatrix multiply(const RotationMatrix& a, const RotationMatrix& b);

}  // namespace auriga
