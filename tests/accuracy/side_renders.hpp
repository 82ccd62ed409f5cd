// Pictures of a made-up head of which one side moves less than the other, with the renderer that
// the open models were trained with.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "auriga/image.hpp"

namespace auriga::accuracy {

// A movement and what shows it.
struct SideMovement {
  std::string name;                 // brow, closure, smile, snarl, pucker
  std::vector<std::string> shapes;  // of the head model, without _L and _R
};
const std::vector<SideMovement>& side_movements();

struct SideFrame {
  int movement = -1;           // of side_movements(); -1: none
  double left = 0, right = 0;  // activation of the person's sides, 0..1
  Image bgr;
};

// Frames of a clip: rest, then each movement with the person's left side at 0, 25, 50, 75 and 100 %
// of the right one, which is fully active, and rest in between. `head`: of convert_ict.py.
// `person`: who it is. `yaw_rad`: of the head.
std::vector<SideFrame> side_clip(const std::filesystem::path& head, unsigned person,
                                 double yaw_rad = 0);

// The same picture whose right half is the mirror image of its left one.
Image symmetric(const Image& picture);

}  // namespace auriga::accuracy
