// Pulls the face in a picture onto a fixed grid, triangle by triangle.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "auriga/image.hpp"

#include "models/binary_reader.hpp"

namespace auriga {

// The piecewise-affine warp of one view of the validator (spec validation.md sections 1 and 2 step
// 3): which pixels of a grid of height x width belong to the face, and in which triangle of
// landmarks each lies. Immutable.
class FaceWarp {
 public:
  // `reader` throws Error(model) for counts, sizes and indices that do not fit together.
  explicit FaceWarp(BinaryReader& reader);

  int landmarks() const { return landmarks_; }  // n
  int height() const { return height_; }
  int width() const { return width_; }

  // Where the pixels of the face lie in the grid, row * width + column; by columns, top to bottom.
  std::span<const std::int32_t> places() const { return places_; }

  // Where triangle (i, j, k) comes from in the picture: x = x0 + xx X + xy Y, likewise y, for a
  // point (X, Y) of the reference face.
  struct Affine {
    float x0, xx, xy, y0, yx, yy;
  };
  int triangles() const { return static_cast<int>(corners_.size()); }

  // The grey value at each of places(), interpolated bilinearly at positions rounded to 1/32 px, 0
  // beyond the picture (spec primitives.md section 6). `grey`: 8 bits, 1 channel. `landmarks`: n x,
  // then n y, px, finite, however large. `scratch`: triangles(). Does not allocate.
  void sample(ImageView grey, std::span<const float> landmarks, std::span<Affine> scratch,
              std::span<float> values) const;

 private:
  struct Pixel {
    std::uint16_t x, y, triangle;
  };

  void sample_body(ImageView grey, std::span<const float> landmarks, std::span<Affine> scratch,
                   std::span<float> values) const;

  int landmarks_ = 0, height_ = 0, width_ = 0;
  float min_x_ = 0, min_y_ = 0;  // of the reference face, its coordinates at grid place (0, 0)
  std::vector<std::array<std::int32_t, 3>> corners_;
  // Barycentric coordinates of the second and third corner: constant, slope along X, along Y.
  std::vector<std::array<float, 3>> second_, third_;
  std::vector<Pixel> pixels_;
  std::vector<std::int32_t> places_;
};

}  // namespace auriga
