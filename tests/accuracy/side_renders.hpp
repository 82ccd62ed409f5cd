// Pictures of a made-up head of which one side moves less than the other, with the renderer that
// the open models were trained with.
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
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

// The head model, made once in the build folder by the script that made the open models' head.
// Nothing: there is no Python with NumPy that could make it. Throws std::runtime_error where that
// one cannot.
std::optional<std::filesystem::path> head_file();

// One person before one camera, 256 px wide, evenly lit from the front.
class SideHead {
 public:
  // `head`: of convert_ict.py. `person`: who it is. `yaw_rad`: of the head.
  SideHead(const std::filesystem::path& head, unsigned person, double yaw_rad = 0);
  SideHead(SideHead&&) noexcept;
  ~SideHead();

  // Gives the face a movement of side_movements(), -1: none, with its activation on the person's
  // left and right, 0..1.
  void pose(int movement, double left, double right);
  // Of the face as it is posed; the noise of every picture is its own. Valid until the next call.
  const Image& picture();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

struct SideFrame {
  int movement = -1;           // of side_movements(); -1: none
  double left = 0, right = 0;  // activation of the person's sides, 0..1
  Image bgr;
};

// Frames of a clip: rest, then each movement with the person's left side at 0, 25, 50, 75 and 100 %
// of the right one, which is fully active, and rest in between.
std::vector<SideFrame> side_clip(SideHead& head);

// The same picture whose right half is the mirror image of its left one.
Image symmetric(const Image& picture);

}  // namespace auriga::accuracy
