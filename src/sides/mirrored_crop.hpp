// A half of an aligned face and its reflection, as a whole face.
#pragma once

#include <array>

#include "auriga/face.hpp"
#include "auriga/image.hpp"

#include "sides/half.hpp"

namespace auriga {

// The line between the halves of a face, px: from the middle between the inner ends of the brows to
// the chin.
struct Midline {
  Point2 brows, chin;
};
Midline midline_of(const Landmarks& landmarks);

// Not thread-safe (it keeps buffers): one object per thread.
class CropMirror {
 public:
  // Writes a picture as large as `crop` (8-bit, square, BGR or grey) whose both sides are the half
  // of `crop` beyond `midline`, one of them as it is. The midline becomes the upright line through
  // column size/2, to which the aligner sends the middle of the mean shape; what is on it at the
  // height of the crop's middle stays at that height. Pixels lie at positions rounded to 1/32 px
  // (bilinear); black beyond the crop. Of an upright line through that column nothing is
  // interpolated.
  //
  // The half of a crop and the other half of its mirror image (x' = size - 1 - x, also of the
  // midline) give the same bytes; coordinates of the midline are rounded to 1/64 px for that. All
  // black where the ends of the midline coincide, are not finite or further than 2^14 px from the
  // crop. Allocates only while buffers grow.
  void mirror(const ImageView& crop, const Midline& midline, PictureHalf half, Image& out);

 private:
  Image turned_;
};

}  // namespace auriga
