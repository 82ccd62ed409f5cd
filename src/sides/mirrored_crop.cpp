#include "sides/mirrored_crop.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace auriga {
namespace {

constexpr int kSteps = 32;             // positions between two pixels
constexpr double kRounded = 64;        // of the ends of the midline
constexpr double kFarthest = 1 << 14;  // px

template <std::size_t kChannels>
void mirror_columns(const ImageView& in, Image& out) {
  for (int y = 0; y < in.height; ++y) {
    const std::uint8_t* from = in.row(y);
    std::uint8_t* to = out.row(y) + static_cast<std::ptrdiff_t>(kChannels) * in.width;
    for (int x = 0; x < in.width; ++x, from += kChannels) {
      to -= kChannels;
      std::copy_n(from, kChannels, to);
    }
  }
}

// Relative to the middle of the crop: there a mirror changes signs only.
struct Line {
  double x = 0, y = 0;    // its point nearest to the middle
  double dx = 0, dy = 1;  // unit vector along it, down
};

bool line_through(const Midline& midline, double middle, bool turned, Line& line) {
  const auto rounded = [](double v) { return std::nearbyint(v * kRounded) / kRounded; };
  const auto from_middle = [&](Point2 p) {
    const double x = rounded(static_cast<double>(p.x) - middle);
    return std::array<double, 2>{turned ? -x : x, rounded(static_cast<double>(p.y) - middle)};
  };
  const auto brows = from_middle(midline.brows), chin = from_middle(midline.chin);
  for (const double v : {brows[0], brows[1], chin[0], chin[1]})
    if (!(std::abs(v) <= kFarthest)) return false;
  const double x = chin[0] - brows[0], y = chin[1] - brows[1];
  const double length = std::sqrt(x * x + y * y);
  if (!(length > 0)) return false;
  line.dx = x / length;
  line.dy = y / length;
  const double along = brows[0] * line.dx + brows[1] * line.dy;
  line.x = brows[0] - along * line.dx;
  line.y = brows[1] - along * line.dy;
  return true;
}

// Fills `out` from what lies to the right of the line.
template <int kChannels>
void reflect(const ImageView& crop, const Line& line, Image& out) {
  const int size = crop.width, centre = size / 2;
  const double middle = (size - 1) / 2.0;
  const auto fixed = [](double v) { return static_cast<int>(std::nearbyint(v * kSteps * 1024)); };
  // Across the line to the right is (dy, -dx).
  const int step_x = fixed(line.dy), step_y = fixed(-line.dx);
  const int last = std::max(centre, size - 1 - centre);
  for (int y = 0; y < size; ++y) {
    std::uint8_t* const row = out.row(y);
    const double along = y - middle;
    const int row_x = fixed(line.x + along * line.dx + middle) + 512;
    const int row_y = fixed(line.y + along * line.dy + middle) + 512;
    for (int d = 0; d <= last; ++d) {
      const int px = (row_x + d * step_x) >> 10, py = (row_y + d * step_y) >> 10;
      const int ix = px >> 5, iy = py >> 5, fx = px & (kSteps - 1), fy = py & (kSteps - 1);
      std::uint8_t pixel[kChannels];
      if (ix >= 0 && iy >= 0 && ix < size - 1 && iy < size - 1) {
        const std::uint8_t* above = crop.row(iy) + ix * kChannels;
        const std::uint8_t* below = above + crop.stride;
        for (int c = 0; c < kChannels; ++c) {
          const int left = above[c] * (kSteps - fy) + below[c] * fy;
          const int right = above[c + kChannels] * (kSteps - fy) + below[c + kChannels] * fy;
          pixel[c] = static_cast<std::uint8_t>((left * (kSteps - fx) + right * fx + 512) >> 10);
        }
      } else {
        const auto tap = [&](int x, int y2, int c) {
          const bool in = x >= 0 && y2 >= 0 && x < size && y2 < size;
          return in ? static_cast<int>(crop.row(y2)[x * kChannels + c]) : 0;
        };
        for (int c = 0; c < kChannels; ++c) {
          const int left = tap(ix, iy, c) * (kSteps - fy) + tap(ix, iy + 1, c) * fy;
          const int right = tap(ix + 1, iy, c) * (kSteps - fy) + tap(ix + 1, iy + 1, c) * fy;
          pixel[c] = static_cast<std::uint8_t>((left * (kSteps - fx) + right * fx + 512) >> 10);
        }
      }
      if (centre + d < size) std::copy_n(pixel, kChannels, row + (centre + d) * kChannels);
      if (d <= centre) std::copy_n(pixel, kChannels, row + (centre - d) * kChannels);
    }
  }
}

}  // namespace

Midline midline_of(const Landmarks& landmarks) {
  return {{(landmarks.x[kLeftBrowEnd] + landmarks.x[kRightBrowEnd]) / 2,
           (landmarks.y[kLeftBrowEnd] + landmarks.y[kRightBrowEnd]) / 2},
          {landmarks.x[kChinPoint], landmarks.y[kChinPoint]}};
}

void CropMirror::mirror(const ImageView& crop, const Midline& midline, PictureHalf half,
                        Image& out) {
  assert(crop.width == crop.height && (crop.channels == 1 || crop.channels == 3));
  out.resize(crop.width, crop.height, crop.channels);
  Line line;
  const bool turned = half == PictureHalf::left;
  if (!line_through(midline, (crop.width - 1) / 2.0, turned, line)) {
    std::fill_n(out.data(), out.size_bytes(), std::uint8_t{0});
    return;
  }
  ImageView right = crop;
  if (turned) {
    turned_.resize(crop.width, crop.height, crop.channels);
    if (crop.channels == 1)
      mirror_columns<1>(crop, turned_);
    else
      mirror_columns<3>(crop, turned_);
    right = turned_;
  }
  if (crop.channels == 1)
    reflect<1>(right, line, out);
  else
    reflect<3>(right, line, out);
}

}  // namespace auriga
