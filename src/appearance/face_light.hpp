// How a face is lit and how sharply it is seen, of one picture.
#pragma once

#include <vector>

#include "auriga/face.hpp"
#include "auriga/scene.hpp"

#include "media/picture.hpp"

namespace auriga {

// Keeps its buffer from face to face. One thread at a time.
class LightMeter {
 public:
  // As FaceLight says, with `frames` 1; with `frames` 0 where the box of the landmarks has no 8 x 8
  // px within the picture. Converts no more of it than the box.
  FaceLight measure(const Picture& bgr, const Landmarks& landmarks);

 private:
  static constexpr int kColumns = 96, kMostRows = 192;
  std::vector<float> grey_;
};

}  // namespace auriga
