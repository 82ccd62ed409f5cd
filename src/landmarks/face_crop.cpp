#include "landmarks/face_crop.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <utility>

#include "base/simd.hpp"

namespace auriga {
namespace {

constexpr int kWeightOne = 1 << 11;

// Where each output column (or row) comes from: two neighbouring samples of the frame and their
// weights. A sample outside the frame is replaced by the nearest one inside with the weight zero,
// which makes it black.
struct Taps {
  std::array<int, kCropSide> first, second;
  std::array<int, kCropSide> first_weight, second_weight;
};

void compute_taps(int start, int side, int frame_length, Taps& taps) {
  const double scale = 1.0 / (static_cast<double>(kCropSide) / side);
  for (std::size_t i = 0; i < kCropSide; ++i) {
    float fraction = static_cast<float>((static_cast<double>(i) + 0.5) * scale - 0.5);
    const int sample = static_cast<int>(std::floor(fraction));
    fraction -= static_cast<float>(sample);
    // At the edges of the square both samples are the same; their weights stay, as the vertical
    // pass rounds each product.
    const int first = start + std::clamp(sample, 0, side - 1),
              second = start + std::clamp(sample + 1, 0, side - 1);
    const auto inside = [&](int s) { return s >= 0 && s < frame_length; };
    taps.first[i] = std::clamp(first, 0, frame_length - 1);
    taps.second[i] = std::clamp(second, 0, frame_length - 1);
    taps.first_weight[i] =
        inside(first) ? static_cast<int>(std::lrint((1 - fraction) * kWeightOne)) : 0;
    taps.second_weight[i] =
        inside(second) ? static_cast<int>(std::lrint(fraction * kWeightOne)) : 0;
  }
}

void compute_taps(float start, float side, int frame_length, Taps& taps) {
  const double scale = static_cast<double>(side) / kCropSide;
  for (std::size_t i = 0; i < kCropSide; ++i) {
    const double position = start + (static_cast<double>(i) + 0.5) * scale - 0.5;
    const int first = static_cast<int>(std::floor(position)), second = first + 1;
    const double fraction = position - first;
    const auto inside = [&](int s) { return s >= 0 && s < frame_length; };
    taps.first[i] = std::clamp(first, 0, frame_length - 1);
    taps.second[i] = std::clamp(second, 0, frame_length - 1);
    taps.first_weight[i] =
        inside(first) ? static_cast<int>(std::lrint((1 - fraction) * kWeightOne)) : 0;
    taps.second_weight[i] =
        inside(second) ? static_cast<int>(std::lrint(fraction * kWeightOne)) : 0;
  }
}

// One frame row, scaled horizontally: B, G, R planes, in units of 1/128 grey level.
using Row = std::array<std::array<std::int16_t, kCropSide>, 3>;

AURIGA_INLINE void scale_row(const std::uint8_t* row, const Taps& taps, Row& out) {
  for (std::size_t i = 0; i < kCropSide; ++i) {
    const std::uint8_t* a = row + 3 * static_cast<std::ptrdiff_t>(taps.first[i]);
    const std::uint8_t* b = row + 3 * static_cast<std::ptrdiff_t>(taps.second[i]);
    const int wa = taps.first_weight[i], wb = taps.second_weight[i];
    for (std::size_t c = 0; c < 3; ++c)
      out[c][i] = static_cast<std::int16_t>((a[c] * wa + b[c] * wb) >> 4);
  }
}

template <typename AnySquare>
AURIGA_INLINE void crop(ImageView bgr, const AnySquare& square, float* planes) {
  if (bgr.empty()) {
    std::fill_n(planes, 3 * kCropSide * kCropSide, 0.0f);
    return;
  }
  Taps columns, rows;
  compute_taps(square.x, square.side, bgr.width, columns);
  compute_taps(square.y, square.side, bgr.height, rows);

  Row buffers[2];
  Row* upper = &buffers[0];
  Row* lower = &buffers[1];
  int upper_row = -1, lower_row = -1;  // frame rows in the buffers
  for (std::size_t y = 0; y < kCropSide; ++y) {
    if (rows.first[y] == lower_row) {
      std::swap(upper, lower);
      std::swap(upper_row, lower_row);
    }
    if (rows.first[y] != upper_row) scale_row(bgr.row(upper_row = rows.first[y]), columns, *upper);
    if (rows.second[y] != lower_row)
      scale_row(bgr.row(lower_row = rows.second[y]), columns, *lower);
    const int wa = rows.first_weight[y], wb = rows.second_weight[y];
    for (std::size_t c = 0; c < 3; ++c) {
      const std::int16_t* a = (*upper)[2 - c].data();
      const std::int16_t* b = (*lower)[2 - c].data();
      float* out = planes + (c * kCropSide + y) * kCropSide;
      for (std::size_t x = 0; x < kCropSide; ++x) {
        const int level = (((a[x] * wa) >> 16) + ((b[x] * wb) >> 16) + 2) >> 2;
        out[x] = static_cast<float>(level) / 255.0f;
      }
    }
  }
}

template <typename AnySquare>
void crop_at_best_level(ImageView bgr, const AnySquare& square, float* planes) {
  assert(bgr.channels == 3 && square.side >= 1 && square.side <= kMaxSquareSide);
  run_wide([&](auto) AURIGA_ALWAYS_INLINE { crop(bgr, square, planes); });
}

// Of the pixels from `left` to before `right`, with the one that is nearest where there are none.
std::pair<int, int> within(double left, double right, int size) {
  const double last = size - 1;
  const auto begin = static_cast<int>(std::clamp(left, 0.0, last));
  return {begin, static_cast<int>(std::clamp(right, begin + 1.0, last + 1))};
}

template <typename AnySquare>
Region reach_of(const AnySquare& square, int width, int height) {
  if (width <= 0 || height <= 0) return {};
  // The samples around a square that lies between pixels are up to one outside of it.
  const auto along = [&](double start, int size) {
    return within(std::floor(start) - 1, std::floor(start + square.side) + 2, size);
  };
  const auto [left, right] = along(square.x, width);
  const auto [top, bottom] = along(square.y, height);
  return {left, top, right - left, bottom - top};
}

}  // namespace

Region reach(const Square& square, int width, int height) {
  return reach_of(square, width, height);
}

Region reach(const SubpixelSquare& square, int width, int height) {
  return reach_of(square, width, height);
}

void crop_face(ImageView bgr, const Square& square, float* planes) {
  crop_at_best_level(bgr, square, planes);
}

void crop_face(ImageView bgr, const SubpixelSquare& square, float* planes) {
  crop_at_best_level(bgr, square, planes);
}

}  // namespace auriga
