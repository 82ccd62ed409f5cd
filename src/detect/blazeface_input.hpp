// Pictures as the input of the BlazeFace networks.
#pragma once

#include <cstddef>
#include <vector>

#include "auriga/image.hpp"

namespace auriga {

// Where a picture lies in the square input of a network: pixel centre (x, y) of the picture is at
// ((x + 0.5) * scale + left, (y + 0.5) * scale + top), counted from the corner of the input.
struct Letterbox {
  double scale = 1;          // px of the input per px of the picture
  double left = 0, top = 0;  // px of the input

  // Scales `side` px of the picture, at least its width and height, to `length` px and centres the
  // picture.
  Letterbox(int width, int height, double side, int length)
      : scale(length / side),
        left((length - width * scale) / 2),
        top((length - height * scale) / 2) {}
};

// Resizes pictures into the input. Shrinks by the mean over the area that a pixel of the input
// covers, for a face of 40 px must survive a reduction by 15; enlarges bilinearly. Black around the
// picture.
//
// Same bits on every instruction set. Not thread-safe. Allocates only when pictures become larger.
class BlazeFaceInput {
 public:
  // `bgr`: 3 channels, not empty. `rgb`: planes of length x length floats in -1..1.
  void write(ImageView bgr, const Letterbox& place, int length, float* rgb);

 private:
  // What each pixel along one side of the input is made of: `count` pixels of the picture from
  // `first` on; count 0: black.
  struct Tap {
    int first = 0, count = 0;
    std::size_t weights = 0;  // the place of the first one in `weights`
  };
  struct Axis {
    std::vector<Tap> taps;
    std::vector<float> weights;
    void set(int source_length, double scale, double offset, int length);
  };

  Axis columns_, rows_;
  std::vector<float> row_;  // weighted sum of rows of the picture, interleaved
};

}  // namespace auriga
