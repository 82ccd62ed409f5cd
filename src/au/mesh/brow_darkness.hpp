// Where the dark bands of the brows are in the picture. On renders with known brow movement the
// mesh follows a raised brow to less than half; its darkness follows it better.
#pragma once

#include <array>
#include <vector>

#include "auriga/face.hpp"
#include "auriga/image.hpp"
#include "auriga/source.hpp"

#include "media/picture.hpp"

namespace auriga {

// Of both brows; 0 is the one on the left of the picture.
struct BrowDarkness {
  // Height of the dark band in 1/64 of the distance between the outer eye corners, larger is
  // higher, from -23 to 0; 0 where nothing is darker than the rest.
  std::array<double, 2> inner{}, middle{}, outer{};
  double between = 0;  // how dark it is between the brows; -1 as bright as its surroundings
};

// Not thread-safe (it keeps buffers): one object per thread.
class BrowMeter {
 public:
  // Largest absolute coordinate of an eye corner, which keeps the fixed-point arithmetic within 32
  // bits.
  static constexpr float kFarthest = 1 << 17;  // px

  BrowMeter();

  // bgr: not empty, 3 channels. Outer eye corners in px, the one on the left of the picture first:
  // finite, different, at most kFarthest. Outside of the frame its edge continues. Finite values,
  // the same bits on every processor. Allocates nothing.
  //
  // The picture is turned and scaled (bilinear, positions of 1/32 px) to a patch of 128 x 128 with
  // the middle of the corners at (64, 50) and 64 px between them; grey, blurred by a Gaussian of
  // sigma 0.8, and divided by 10 plus itself blurred by sigma 10. In six strips of columns the band
  // is the mean height of rows 20..43, weighted by the square of what they are darker than the 70th
  // percentile of the strip. Between the brows: mean over columns of the darkest of rows 24..41.
  BrowDarkness measure(const Picture& bgr, Point2 left_corner, Point2 right_corner);
  // What it reads of a picture of that size.
  static Region reach(Point2 left_corner, Point2 right_corner, int width, int height);

 private:
  std::vector<float> grey_;      // rows x padded columns
  std::vector<float> columns_;   // rows of the result, smoothed down the columns by one sigma
  std::vector<float> relative_;  // rows x columns of the result
};

}  // namespace auriga
