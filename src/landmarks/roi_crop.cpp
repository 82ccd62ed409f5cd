#include "landmarks/roi_crop.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "base/same_math.hpp"
#include "base/simd.hpp"
#include "media/picture.hpp"

namespace auriga {
namespace {

// Of one row of the crop: the pixels that each of its pixels lies between, as the words 0x..RRGGBB,
// and the weights of those on the right and of the lower ones.
struct alignas(64) Row {
  std::int32_t x[kRoiCropSide], y[kRoiCropSide];  // of the upper left one
  float right[kRoiCropSide], lower[kRoiCropSide];
  std::uint32_t pixels[2][2][kRoiCropSide];
};

// Along one axis of the frame. Positions are told from the roi's centre, which makes float precise
// enough for a frame of any size.
struct Axis {
  int origin;         // the centre, rounded
  int last;           // the last pixel that has another one behind it
  float least, most;  // of the frame, from the origin
  double fraction;    // of the centre, from the origin
  double per_column, per_row;

  Axis(double centre, int length, double column, double row)
      : origin(static_cast<int>(std::lrint(centre))),
        last(std::max(length - 2, 0)),
        least(static_cast<float>(-origin)),
        most(static_cast<float>(length - 1 - origin)),
        fraction(centre - origin),
        per_column(column),
        per_row(row) {}
};

template <typename Vectors>
AURIGA_INLINE void compute_positions(const Axis& axis, int row, std::int32_t* first,
                                     float* second_weight) {
  using F = typename Vectors::f32;
  using I = typename Vectors::i32;
  constexpr double kMiddle = (kRoiCropSide - 1) / 2.0;
  const auto step = static_cast<float>(axis.per_column);
  const auto start = static_cast<float>(axis.fraction + axis.per_row * (row - kMiddle));
  F column;
  for (int i = 0; i < Vectors::kLanes; ++i) column[i] = static_cast<float>(i - kMiddle);
  for (int x = 0; x < kRoiCropSide; x += Vectors::kLanes) {
    // To continue the edge is to look at the nearest point of the frame instead.
    F position = column * step + start;
    position = position > axis.least ? position : axis.least + F{};
    position = position < axis.most ? position : axis.most + F{};
    const I truncated = __builtin_convertvector(position, I);
    I floor = truncated + (position < __builtin_convertvector(truncated, F));
    const int last = axis.last - axis.origin;
    floor = floor < last ? floor : last + I{};
    store(first + x, floor + axis.origin);
    store(second_weight + x, position - __builtin_convertvector(floor, F));
    column += static_cast<float>(Vectors::kLanes);
  }
}

AURIGA_INLINE std::uint32_t load_word(const std::uint8_t* bytes) {
  std::uint32_t word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

AURIGA_INLINE void gather(ImageView bgr, Row& row) {
  const std::ptrdiff_t below = bgr.height > 1 ? bgr.stride : 0;
  if (bgr.width == 1) {  // nothing to load a word from
    for (int i = 0; i < kRoiCropSide; ++i) {
      const std::uint8_t* pixel = bgr.row(row.y[i]);
      for (auto& pixels : row.pixels) {
        pixels[0][i] = pixels[1][i] = pixel[0] | pixel[1] << 8 | pixel[2] << 16;
        pixel += below;
      }
    }
    return;
  }
  for (int i = 0; i < kRoiCropSide; ++i) {
    const std::uint8_t* pixel = bgr.row(row.y[i]) + 3 * static_cast<std::ptrdiff_t>(row.x[i]);
    row.pixels[0][0][i] = load_word(pixel);
    row.pixels[0][1][i] = load_word(pixel + 2) >> 8;  // reads nothing behind the pixel
    row.pixels[1][0][i] = load_word(pixel + below);
    row.pixels[1][1][i] = load_word(pixel + below + 2) >> 8;
  }
}

template <typename Vectors>
AURIGA_INLINE void interpolate(const Row& row, float* red, float* green, float* blue) {
  using F = typename Vectors::f32;
  using I = typename Vectors::i32;
  for (int x = 0; x < kRoiCropSide; x += Vectors::kLanes) {
    const F right = load<F>(row.right + x), lower = load<F>(row.lower + x);
    const I upper_left = load<I>(row.pixels[0][0] + x), upper_right = load<I>(row.pixels[0][1] + x),
            lower_left = load<I>(row.pixels[1][0] + x), lower_right = load<I>(row.pixels[1][1] + x);
    const auto channel = [&](int shift) AURIGA_ALWAYS_INLINE {
      const F a = __builtin_convertvector((upper_left >> shift) & 255, F),
              b = __builtin_convertvector((upper_right >> shift) & 255, F),
              c = __builtin_convertvector((lower_left >> shift) & 255, F),
              d = __builtin_convertvector((lower_right >> shift) & 255, F);
      const F upper = a + right * (b - a), under = c + right * (d - c);
      return (upper + lower * (under - upper)) * (1.0f / 255);
    };
    store(blue + x, channel(0));
    store(green + x, channel(8));
    store(red + x, channel(16));
  }
}

template <typename Vectors>
AURIGA_INLINE void crop(ImageView bgr, const FaceRoi& roi, float* planes) {
  const CropPlace place(roi);
  const Axis across(roi.x, bgr.width, place.xx, place.xy),
      down(roi.y, bgr.height, place.yx, place.yy);
  constexpr std::size_t kPlane = std::size_t{kRoiCropSide} * kRoiCropSide;
  Row row;
  for (int y = 0; y < kRoiCropSide; ++y) {
    compute_positions<Vectors>(across, y, row.x, row.right);
    compute_positions<Vectors>(down, y, row.y, row.lower);
    gather(bgr, row);
    interpolate<Vectors>(row, planes, planes + kPlane, planes + 2 * kPlane);
    planes += kRoiCropSide;
  }
}

}  // namespace

CropPlace::CropPlace(const FaceRoi& roi) {
  const double scale = static_cast<double>(roi.side) / kRoiCropSide;
  const double angle = roi.angle_rad;
  xx = yy = same::cos(angle) * scale;
  yx = same::sin(angle) * scale;
  xy = -yx;
  x = roi.x - (xx + xy) * (kRoiCropSide / 2.0);
  y = roi.y - (yx + yy) * (kRoiCropSide / 2.0);
}

bool is_seen(const FaceRoi& roi, int width, int height) {
  if (width <= 0 || height <= 0) return false;
  if (!(roi.side >= 1 && roi.side <= kMaxRoiSide && std::abs(roi.x) <= kMaxRoiCoordinate &&
        std::abs(roi.y) <= kMaxRoiCoordinate && std::isfinite(roi.angle_rad)))
    return false;
  // Two rectangles are apart if they are so along an axis of one of them.
  const double c = same::cos(static_cast<double>(roi.angle_rad)),
               s = same::sin(static_cast<double>(roi.angle_rad));
  const double half = roi.side / 2.0, half_width = width / 2.0, half_height = height / 2.0;
  const double dx = roi.x + 0.5 - half_width, dy = roi.y + 0.5 - half_height;
  const double reach = half * (std::abs(c) + std::abs(s));
  return std::abs(dx) < half_width + reach && std::abs(dy) < half_height + reach &&
         std::abs(c * dx + s * dy) < half + half_width * std::abs(c) + half_height * std::abs(s) &&
         std::abs(c * dy - s * dx) < half + half_width * std::abs(s) + half_height * std::abs(c);
}

Region reach(const FaceRoi& roi, int width, int height) {
  const CropPlace place(roi);
  const auto far = static_cast<float>((std::abs(place.xx) + std::abs(place.yx)) * kRoiCropSide / 2);
  // Wider by the error of positions in float, and by two pixels where the edge is continued.
  constexpr int kMargin = 3;
  return region_around(roi.x - far, roi.y - far, roi.x + far, roi.y + far, kMargin, width, height);
}

void crop_roi(ImageView bgr, const FaceRoi& roi, float* planes) {
  assert(bgr.channels == 3 && is_seen(roi, bgr.width, bgr.height));
  run_wide([&](auto wide) AURIGA_ALWAYS_INLINE { crop<decltype(wide)>(bgr, roi, planes); });
}

}  // namespace auriga
