// Cuts the turned square around a face out of a frame for the face mesh network.
#pragma once

#include <cstddef>

#include "auriga/image.hpp"
#include "auriga/source.hpp"

namespace auriga {

// A turned square.
struct FaceRoi {
  float x = 0, y = 0;   // centre, px; pixel centres have whole coordinates
  float side = 0;       // px
  float angle_rad = 0;  // of the face's horizontal against the picture's, clockwise as seen
};

inline constexpr int kRoiCropSide = 192;  // px
inline constexpr std::size_t kRoiCropSize = std::size_t{3} * kRoiCropSide * kRoiCropSide;
inline constexpr float kMaxRoiSide = 1 << 20;         // px
inline constexpr float kMaxRoiCoordinate = 16777216;  // px; beyond, a float has no half pixels

// Where a point of the crop lies in the frame: frame = (xx, xy; yx, yy) crop + (x, y). In the crop
// the corner of the picture is (0, 0), in the frame the centre of the first pixel.
struct CropPlace {
  explicit CropPlace(const FaceRoi& roi);
  double xx, xy, yx, yy, x, y;
};

// Finite, 1 <= side <= kMaxRoiSide, |x| and |y| <= kMaxRoiCoordinate, and at least a part of it in
// a frame of this size.
bool is_seen(const FaceRoi& roi, int width, int height);

// What crop_roi() reads of a picture of that size. is_seen(roi, width, height).
Region reach(const FaceRoi& roi, int width, int height);

// `planes`: R, G, B, each kRoiCropSide x kRoiCropSide, row-major, 0..1, interpolated bilinearly
// without rounding. Outside of the frame its edge is continued. `bgr`: 3 channels; is_seen(roi,
// bgr.width, bgr.height). Thread-safe; allocates nothing.
void crop_roi(ImageView bgr, const FaceRoi& roi, float* planes);

}  // namespace auriga
