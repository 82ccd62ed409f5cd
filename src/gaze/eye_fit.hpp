// What the landmark detector knows of one eye.
#pragma once

#include <array>

#include "shape/shape_model.hpp"

namespace auriga {

inline constexpr int kEyePoints = 28;  // iris outline 0-7, lids 8-19, pupil outline 20-27
inline constexpr int kEyeModes = 10;

// A fit of the eye's own shape model, and the points as detected (not exactly on the model).
struct EyeFit {
  std::array<float, kEyePoints> x{}, y{};  // px
  ShapePose pose;
  std::array<float, kEyeModes> modes{};
};

}  // namespace auriga
