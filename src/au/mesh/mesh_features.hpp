// What the open estimator of action units looks at: distances on the aligned face mesh, and where
// the dark bands of the brows are (tools/open-pack/README.md).
#pragma once

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "auriga/face.hpp"
#include "auriga/image.hpp"

#include "au/mesh/brow_darkness.hpp"
#include "media/picture.hpp"
#include "sides/half.hpp"

namespace auriga {

// Computes the features of one face. Not thread-safe (it keeps buffers): one object per thread.
//
// The mesh is moved, turned and scaled onto a symmetric reference face by the least squares of 36
// points that move little with expression. There x = 0 is the middle of the face, y points down,
// z away from the camera, and the outer eye corners are 1 apart. Kinds of features:
//
// - Distances there. For those that exist on both sides of the face the feature is the mean of both
//   sides, and the sides are features by themselves: NAME_l is the one on the left of the picture,
//   NAME_r the other. They do not change when the face moves, turns or comes nearer.
// - ibrow_*: BrowDarkness.
// - pitch, yaw, roll: how the face is turned against the reference, rad. Only for the estimator;
//   signs and order of turns differ from HeadPose.
//
// When face and picture are mirrored, NAME_l and NAME_r change places, yaw and roll change their
// sign, and everything else stays.
class MeshFeatures {
 public:
  static constexpr float kSmallest = 16;  // px, the longer side of the mesh's bounding box

  MeshFeatures();

  // Unique names in the order of the features: what is not of one side, then what is.
  static const std::vector<std::string_view>& names();
  static int count();
  // Index of a feature; -1 when there is none of that name.
  static int index(std::string_view name);

  // `bgr`: the frame that the mesh was found in, 3 channels. out: count() values, finite, the same
  // bits on every processor. False, and zeros, when the frame is empty or the mesh is degenerate:
  // smaller than kSmallest, not finite, further than BrowMeter::kFarthest from the frame's origin,
  // on a line, or with outer eye corners that are nearer than 2 px. Allocates nothing.
  bool compute(const Picture& bgr, const FaceMesh& mesh, std::span<float> out);

  // The same of the face that compute() saw last, as if both its sides were that half: on the
  // aligned mesh the middle is c(y), the line through (mean of 55 and 285) and 152; x becomes
  // x - c(y) in that half, its opposite in the other, and 0 in the middle; brow features are that
  // side's on both sides, what is between the brows stays, and yaw and roll are 0. Looks neither at
  // the picture again nor for where the face is. False, and zeros, where compute() was false.
  bool compute_half(PictureHalf half, std::span<float> out) const;

 private:
  static constexpr int kSurface = 468;  // points without the irises

  // What the features are told of.
  struct Seen {
    std::array<double, kSurface> x{}, y{}, z{};  // of the aligned mesh
    std::array<double, 3> angles{};              // pitch, yaw, roll
    BrowDarkness brows;
  };

  static bool align(const FaceMesh& mesh, Seen& seen);
  static void mirror(PictureHalf half, Seen& seen);
  static void tell(const Seen& seen, std::span<float> out);

  Seen seen_;
  bool ok_ = false;
  BrowMeter brows_;
};

}  // namespace auriga
