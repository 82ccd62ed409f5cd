// What the binary files of CCNF and CEN patch experts begin with (spec clnf.md sections 2.2, 2.3).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/binary_reader.hpp"

namespace auriga {

struct PatchExpertsHeader {
  double training_scale = 0;                   // px per mm
  std::vector<std::array<double, 3>> centres;  // of the views, rad
  std::vector<std::uint8_t> visible;           // views x landmarks
  int views() const { return static_cast<int>(centres.size()); }
  int landmarks() const { return static_cast<int>(visible.size()) / views(); }
};

// Throws Error(model).
PatchExpertsHeader read_patch_experts_header(BinaryReader& reader);

inline constexpr int kMostViews = 100;
inline constexpr int kMostLandmarks = 1000;

// Larger weights no trained expert has; products of these stay finite.
inline constexpr double kMostWeight = 1e9;

// Degrees in the files.
std::array<double, 3> view_centre(const std::vector<double>& degrees);

}  // namespace auriga
