// Windows of a picture as the input of MTCNN's networks.
#pragma once

#include <vector>

#include "auriga/image.hpp"

#include "detect/mtcnn_runner.hpp"

namespace auriga {

// A rectangle of whole pixels.
struct PixelBox {
  int x = 0, y = 0, w = 0, h = 0;
};

// Resizes a window bilinearly, without smoothing before (spec primitives.md section 7), one row at
// a time, and maps 0..255 to -1..1. What lies outside the picture is black.
//
// Allocates only when the output becomes wider.
class MtcnnInput final : public RowSource {
 public:
  // `image`: 3 channels BGR, or 1, for all three; must outlive the rows. `window`: at least 1 x 1
  // px. Output: width x height px.
  void set(ImageView image, const PixelBox& window, int width, int height);
  void read_row(int y, float* rgb) override;

 private:
  // Where an output pixel comes from along one axis: two source pixels and their weights. Weights
  // of pixels outside the picture are 0 and their positions moved into it.
  struct Tap {
    int first = 0, second = 0;  // px of the picture; of columns bytes
    float first_weight = 0, second_weight = 0;
  };
  static Tap tap(int at, int output_length, int window_begin, int window_length, int image_length);

  ImageView image_;
  PixelBox window_;
  int width_ = 0, height_ = 0;
  std::vector<Tap> columns_;
};

}  // namespace auriga
