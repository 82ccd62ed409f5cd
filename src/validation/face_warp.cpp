#include "validation/face_warp.hpp"

#include <cassert>
#include <cstddef>
#include <limits>
#include <string>

#include "base/simd.hpp"

namespace auriga {
namespace {

constexpr int kMostSide = 1024;  // of the grid, px
constexpr int kMostTriangles = 4096;
constexpr int kMostLandmarks = 1000;

std::vector<std::array<float, 3>> read_barycentric(BinaryReader& reader, const std::string& what,
                                                   int triangles) {
  const BinaryMatrix<float> matrix = reader.matrix<float>(what, triangles, 3);
  std::vector<std::array<float, 3>> rows(static_cast<std::size_t>(triangles));
  for (std::size_t t = 0; t < rows.size(); ++t)
    rows[t] = {matrix.values[3 * t], matrix.values[3 * t + 1], matrix.values[3 * t + 2]};
  return rows;
}

// Source positions are clamped to this, far outside any face, which keeps the rounding exact.
constexpr float kFarthest = 1 << 16;  // px

// Nearest integer, of two equally near ones the even one, for |v| < 2^22.
AURIGA_INLINE int round_to_even(float v) {
  constexpr float kShift = 12582912;  // 1.5 * 2^23: the unit of the last place is 1
  return static_cast<int>((v + kShift) - kShift);
}

AURIGA_INLINE int fixed_point(float v) {
  v = v > -kFarthest ? v : -kFarthest;  // also for NaN
  return round_to_even((v < kFarthest ? v : kFarthest) * 32);
}

}  // namespace

FaceWarp::FaceWarp(BinaryReader& reader) {
  const int pixels = reader.i32("number of pixels of the face", 1, kMostSide * kMostSide);
  min_x_ = static_cast<float>(reader.f64("left border of the reference face"));
  min_y_ = static_cast<float>(reader.f64("upper border of the reference face"));
  const std::vector<float> shape = reader.vector<float>("reference landmarks");
  if (shape.size() % 2 != 0 || shape.size() > 2 * kMostLandmarks)
    reader.fail("expected x and y of at most " + std::to_string(kMostLandmarks) +
                " reference landmarks, found " + std::to_string(shape.size()) + " numbers");
  landmarks_ = static_cast<int>(shape.size() / 2);

  const BinaryMatrix<std::int32_t> triangles = reader.matrix<std::int32_t>("triangles", 0, 3);
  if (triangles.rows > kMostTriangles)
    reader.fail("expected at most " + std::to_string(kMostTriangles) + " triangles, found " +
                std::to_string(triangles.rows));
  for (std::size_t at = 0; at < triangles.values.size(); at += 3) {
    corners_.push_back({triangles.values[at], triangles.values[at + 1], triangles.values[at + 2]});
    for (const std::int32_t corner : corners_.back())
      if (corner < 0 || corner >= landmarks_)
        reader.fail("expected landmarks 0 to " + std::to_string(landmarks_ - 1) +
                    " as corners of triangles, found " + std::to_string(corner));
  }

  const auto triangle_at = reader.matrix<std::int32_t>("triangles of the pixels");
  height_ = triangle_at.rows;
  width_ = triangle_at.cols;
  if (height_ > kMostSide || width_ > kMostSide)
    reader.fail("expected a grid of at most " + std::to_string(kMostSide) + " x " +
                std::to_string(kMostSide) + " pixels, found " + std::to_string(height_) + " x " +
                std::to_string(width_));
  const auto mask = reader.matrix<std::int32_t>("mask of the face", height_, width_);
  for (std::int32_t x = 0; x < width_; ++x) {
    for (std::int32_t y = 0; y < height_; ++y) {
      const std::int32_t place = y * width_ + x;
      if (mask.values[static_cast<std::size_t>(place)] == 0) continue;
      const std::int32_t triangle = triangle_at.values[static_cast<std::size_t>(place)];
      if (triangle < 0 || triangle >= triangles.rows)
        reader.fail("expected a triangle of 0 to " + std::to_string(triangles.rows - 1) +
                    " for every pixel of the face, found " + std::to_string(triangle) + " in row " +
                    std::to_string(y) + ", column " + std::to_string(x));
      pixels_.push_back({static_cast<std::uint16_t>(x), static_cast<std::uint16_t>(y),
                         static_cast<std::uint16_t>(triangle)});
      places_.push_back(place);
    }
  }
  if (static_cast<int>(places_.size()) != pixels)
    reader.fail("expected " + std::to_string(pixels) + " pixels in the mask of the face, found " +
                std::to_string(places_.size()));
  second_ = read_barycentric(reader, "coordinates of the second corners", triangles.rows);
  third_ = read_barycentric(reader, "coordinates of the third corners", triangles.rows);
}

AURIGA_INLINE void FaceWarp::sample_body(ImageView grey, std::span<const float> landmarks,
                                         std::span<Affine> scratch, std::span<float> values) const {
  assert(grey.channels == 1 && landmarks.size() == 2 * static_cast<std::size_t>(landmarks_));
  assert(scratch.size() >= corners_.size() && values.size() == pixels_.size());
  const float* xs = landmarks.data();
  const float* ys = xs + landmarks_;
  for (std::size_t t = 0; t < corners_.size(); ++t) {
    const auto [i, j, k] = corners_[t];
    const auto& a = second_[t];
    const auto& b = third_[t];
    const float xj = xs[j] - xs[i], xk = xs[k] - xs[i], yj = ys[j] - ys[i], yk = ys[k] - ys[i];
    scratch[t] = {xs[i] + xj * a[0] + xk * b[0], xj * a[1] + xk * b[1], xj * a[2] + xk * b[2],
                  ys[i] + yj * a[0] + yk * b[0], yj * a[1] + yk * b[1], yj * a[2] + yk * b[2]};
  }
  for (std::size_t at = 0; at < pixels_.size(); ++at) {
    const Pixel pixel = pixels_[at];
    const Affine& from = scratch[pixel.triangle];
    const float x = static_cast<float>(pixel.x) + min_x_, y = static_cast<float>(pixel.y) + min_y_;
    const int fixed_x = fixed_point(from.x0 + from.xx * x + from.xy * y);
    const int fixed_y = fixed_point(from.y0 + from.yx * x + from.yy * y);
    const int left = fixed_x >> 5, top = fixed_y >> 5;
    const int fx = fixed_x & 31, fy = fixed_y & 31;
    // 1/1024 grey values: exact, and so is the division.
    int sum = 0;
    if (left >= 0 && left + 1 < grey.width && top >= 0 && top + 1 < grey.height) {
      const std::uint8_t* p = grey.row(top) + left;
      const std::uint8_t* q = p + grey.stride;
      sum = (p[0] * (32 - fx) + p[1] * fx) * (32 - fy) + (q[0] * (32 - fx) + q[1] * fx) * fy;
    } else {
      const auto tap = [&](int tap_x, int tap_y) -> int {
        const bool inside = tap_x >= 0 && tap_x < grey.width && tap_y >= 0 && tap_y < grey.height;
        return inside ? grey.row(tap_y)[tap_x] : 0;
      };
      sum = (tap(left, top) * (32 - fx) + tap(left + 1, top) * fx) * (32 - fy) +
            (tap(left, top + 1) * (32 - fx) + tap(left + 1, top + 1) * fx) * fy;
    }
    values[at] = static_cast<float>(sum) / 1024;
  }
}

void FaceWarp::sample(ImageView grey, std::span<const float> landmarks, std::span<Affine> scratch,
                      std::span<float> values) const {
  run_wide([&](auto) AURIGA_ALWAYS_INLINE { sample_body(grey, landmarks, scratch, values); });
}

}  // namespace auriga
