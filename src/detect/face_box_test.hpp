// For tests: boxes as numbers, to compare their bits.
#pragma once

#include <vector>

#include "auriga/face.hpp"

namespace auriga::test {

inline std::vector<float> numbers_of(const std::vector<FaceBox>& faces) {
  std::vector<float> all;
  for (const FaceBox& face : faces) {
    all.insert(all.end(), {face.x, face.y, face.w, face.h, face.score});
    for (const Point2& point : face.points) all.insert(all.end(), {point.x, point.y});
  }
  return all;
}

}  // namespace auriga::test
