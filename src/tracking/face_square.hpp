// Where the landmark network should look for a face whose landmarks are known.
#pragma once

#include <cstddef>

#include "auriga/face.hpp"

#include "landmarks/face_crop.hpp"

namespace auriga {

// Of the landmarks first, ..., last - 1; at least one.
Point2 mean(const Landmarks& landmarks, std::size_t first, std::size_t last);

// The square that the detector would ask for (1.1 times the longer side of its box, about the
// centre of the box), told from the landmarks alone:
//   centre = mean + kEyes (mean of the eyes - mean) + kMouth (mean of the mouth - mean)
//   side   = kSide * root mean square distance of the landmarks from their mean
// It turns, shifts and scales with the landmarks. The constants are a least-squares fit to
// detections; see face_square.cpp.
SubpixelSquare face_square(const Landmarks& landmarks);

// The same for a detected box, without rounding.
SubpixelSquare face_square(const FaceBox& box);

// Intersection over union, 0..1.
float overlap(const SubpixelSquare& a, const SubpixelSquare& b);

}  // namespace auriga
