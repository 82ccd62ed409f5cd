// What the Virtual Motion Capture protocol is told of a face.
#pragma once

#include <array>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "auriga/face.hpp"
#include "auriga/units.hpp"

namespace auriga {

// Blend shapes, 0..1, by the names that ARKit has for them.
using NamedShapes = std::vector<std::pair<std::string_view, float>>;

// Those of the blendshape network; its "_neutral" is none of ARKit's.
void shapes_of(const Blendshapes& blendshapes, NamedShapes& shapes);

// From action units, each of which moves the shapes of both sides alike: shape = intensity / 5.
// Where two units move one shape the larger counts.
struct UnitShapes {
  std::string_view unit;
  std::array<std::string_view, 3> shapes;  // empty ones: fewer
};
std::span<const UnitShapes> unit_shapes();
void shapes_of(const UnitNames& units, std::span<const double> intensities, NamedShapes& shapes);

// The turn of the head as a quaternion x, y, z, w in the axes of Unity, left-handed: x to the right
// of the person, y up, z where the face looks to. With R = Rx(pitch) Ry(yaw) Rz(roll) in camera
// coordinates; all three axes of a person who faces the camera are those of the camera turned
// around, so that the matrix stays as it is.
std::array<float, 4> head_turn(const HeadPose& pose);

}  // namespace auriga
