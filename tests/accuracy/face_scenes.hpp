// Made scenes in which a face is hard to see, harder and harder, and pictures of none, with the
// truth about the landmarks: what confidences are measured on (confidence_table.cpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "auriga/face.hpp"
#include "auriga/image.hpp"

namespace auriga::accuracy {

// A face that is well to be seen.
struct Portrait {
  std::string name;
  Image picture;        // BGR
  Landmarks landmarks;  // true ones, px
};

// The portrait at a size of 110 to 250 px across the landmarks, which `seed` chooses, with what
// there is of the picture around it up to the width of the face on every side.
Portrait framed(const Portrait& portrait, std::uint32_t seed);

// A square of the picture, the centre and the longer side of what the landmarks span and the
// forehead above them, px.
struct FacePlace {
  float x = 0, y = 0, side = 0;
};
FacePlace place_of(const Landmarks& landmarks);

struct FaceScene {
  std::string kind;   // e.g. "cut left"
  double degree = 0;  // how much of it, e.g. the share that is cut off; 0: there is one only
  Image picture;      // BGR
  bool is_face = true;
  Landmarks truth;  // px, also where they are covered or outside; of a face only
  FacePlace place;  // where the face is or would be, for a search without a detector
};

// Kinds, each in several degrees:
//   plain, small turns (a good face)
//   cut left, right, top, bottom: 10 to 60 % of the face's box outside of the picture
//   covered: left, right, upper, lower half; a hand-like bar across
//   turned by 45, 90, 135, 180 degrees; blurred (standard deviation 1 to 10 % of the face's width);
//   tiny (10 to 40 px wide); dark (with the noise that comes with it); noisy
//   scrambled, texture, back of a head, backdrop: no face
// `framed_portrait`: of framed(). The same arguments give the same bytes.
std::vector<FaceScene> scenes_of(const Portrait& framed_portrait, std::uint32_t seed);

// Mean distance of the points in distances between the outer eye corners of the truth.
double landmark_error(const Landmarks& found, const Landmarks& truth);

// Landmarks are right up to here.
inline constexpr double kRight = 0.05;

}  // namespace auriga::accuracy
