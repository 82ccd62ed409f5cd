// Cuts a square out of a frame and scales it to the input of a landmark network.
#pragma once

#include "auriga/image.hpp"
#include "auriga/source.hpp"

namespace auriga {

// A square of pixels; may reach beyond the frame.
struct Square {
  int x = 0, y = 0;  // left, top, px
  int side = 0;      // px
};

// A square that may begin anywhere between pixels: {x, y, side} of whole numbers is the Square of
// the same numbers.
struct SubpixelSquare {
  float x = 0, y = 0;  // left, top, px
  float side = 0;      // px
};

inline constexpr int kCropSide = 112;  // px

// `planes`: R, G, B, each kCropSide x kCropSide, row-major, 0..1. The square is scaled bilinearly
// without anti-aliasing in 8 bits with 11-bit weights: the same grey levels as OpenCV's resize with
// INTER_LINEAR of a square cut out beforehand. What lies outside of the frame is black. `bgr`: 3
// channels; 1 <= square.side <= kMaxSquareSide. Thread-safe; allocates nothing.
inline constexpr int kMaxSquareSide = 1 << 20;
void crop_face(ImageView bgr, const Square& square, float* planes);

// The same without rounding the square to pixels, which makes landmarks jump between the frames of
// a video. At its edges it reads the frame around the square. |x|, |y| <= kMaxSquareSide.
void crop_face(ImageView bgr, const SubpixelSquare& square, float* planes);

// What crop_face() reads of a picture of that size; of one that has nothing of the square the
// pixels next to it.
Region reach(const Square& square, int width, int height);
Region reach(const SubpixelSquare& square, int width, int height);

}  // namespace auriga
