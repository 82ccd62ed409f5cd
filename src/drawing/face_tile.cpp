#include "drawing/face_tile.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "drawing/overlay.hpp"

namespace auriga {
namespace {

constexpr Colour kLines{120, 230, 120}, kDots{40, 255, 255};
constexpr std::uint8_t kBeyond = 236;
constexpr float kMargin = 1.45f, kSmallestFace_px = 8;
// Per axis and pixel of the tile; more would not show.
constexpr int kMostSamples = 8;

struct Square {
  float left = 0, top = 0, side = 1;  // px of the frame, edges

  explicit Square(ImageView frame) : side(static_cast<float>(std::max(frame.width, frame.height))) {
    left = (static_cast<float>(frame.width) - side) / 2 - 0.5f;
    top = (static_cast<float>(frame.height) - side) / 2 - 0.5f;
  }
  explicit Square(const Landmarks& face) {
    const auto [x0, x1] = std::minmax_element(face.x.begin(), face.x.end());
    const auto [y0, y1] = std::minmax_element(face.y.begin(), face.y.end());
    side = kMargin * std::max({*x1 - *x0, *y1 - *y0, kSmallestFace_px});
    left = (*x0 + *x1 - side) / 2;
    top = (*y0 + *y1 - side) / 2;
  }
};

// Bilinear; the pixels at the border reach half a pixel out.
std::array<float, 3> sample(ImageView frame, float x, float y) {
  const auto width = static_cast<float>(frame.width), height = static_cast<float>(frame.height);
  if (!(x >= -0.5f && x <= width - 0.5f && y >= -0.5f && y <= height - 0.5f))
    return {kBeyond, kBeyond, kBeyond};
  x = std::clamp(x, 0.0f, width - 1);
  y = std::clamp(y, 0.0f, height - 1);
  const int x0 = static_cast<int>(x), y0 = static_cast<int>(y);
  const int x1 = std::min(x0 + 1, frame.width - 1), y1 = std::min(y0 + 1, frame.height - 1);
  const float fx = x - static_cast<float>(x0), fy = y - static_cast<float>(y0);
  std::array<float, 3> bgr{};
  for (int c = 0; c < 3; ++c) {
    const float above = static_cast<float>(frame.row(y0)[3 * x0 + c]) * (1 - fx) +
                        static_cast<float>(frame.row(y0)[3 * x1 + c]) * fx;
    const float below = static_cast<float>(frame.row(y1)[3 * x0 + c]) * (1 - fx) +
                        static_cast<float>(frame.row(y1)[3 * x1 + c]) * fx;
    bgr[static_cast<std::size_t>(c)] = above * (1 - fy) + below * fy;
  }
  return bgr;
}

void draw_landmarks(Image& tile, const Landmarks& face, const Square& square) {
  const float scale = static_cast<float>(tile.width()) / square.side;
  std::array<Point2, kLandmarks> points;
  for (std::size_t i = 0; i < points.size(); ++i)
    points[i] = {(face.x[i] - square.left) * scale - 0.5f, (face.y[i] - square.top) * scale - 0.5f};
  struct Outline {
    std::size_t first, last;
    bool closed;
  };
  constexpr std::array<Outline, 9> kOutlines{{{0, 16, false},
                                              {17, 21, false},
                                              {22, 26, false},
                                              {27, 30, false},
                                              {31, 35, false},
                                              {36, 41, true},
                                              {42, 47, true},
                                              {48, 59, true},
                                              {60, 67, true}}};
  // Of a tile of 184 px, so that points stay apart.
  const float unit = static_cast<float>(tile.width()) / 184;
  for (const Outline& outline : kOutlines) {
    for (std::size_t i = outline.first; i < outline.last; ++i)
      draw_line(tile, points[i], points[i + 1], 0.8f * unit, kLines);
    if (outline.closed)
      draw_line(tile, points[outline.last], points[outline.first], 0.8f * unit, kLines);
  }
  for (const Point2 point : points) draw_circle(tile, point, 0, 2.4f * unit, kDots);
}

}  // namespace

Image face_tile(ImageView frame, const Landmarks* landmarks, int size_px) {
  assert(!frame.empty() && frame.channels == 3 && size_px > 0);
  const Square square = landmarks != nullptr ? Square(*landmarks) : Square(frame);
  const float step = square.side / static_cast<float>(size_px);
  const int samples =
      static_cast<int>(std::clamp(std::ceil(step), 1.0f, static_cast<float>(kMostSamples)));
  const float part = step / static_cast<float>(samples);
  Image tile(size_px, size_px, 3);
  for (int y = 0; y < size_px; ++y) {
    for (int x = 0; x < size_px; ++x) {
      std::array<float, 3> sum{};
      for (int v = 0; v < samples; ++v) {
        for (int u = 0; u < samples; ++u) {
          const auto at = [&](float edge, int pixel, int i) {
            return edge + static_cast<float>(pixel) * step + (static_cast<float>(i) + 0.5f) * part;
          };
          const auto bgr = sample(frame, at(square.left, x, u), at(square.top, y, v));
          for (std::size_t c = 0; c < 3; ++c) sum[c] += bgr[c];
        }
      }
      for (std::size_t c = 0; c < 3; ++c)
        tile.row(y)[3 * x + static_cast<int>(c)] =
            static_cast<std::uint8_t>(sum[c] / static_cast<float>(samples * samples) + 0.5f);
    }
  }
  if (landmarks != nullptr) draw_landmarks(tile, *landmarks, square);
  return tile;
}

}  // namespace auriga
