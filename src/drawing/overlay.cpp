#include "drawing/overlay.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>

#include "shape/rotation.hpp"

namespace auriga {
namespace {

constexpr Colour kRed{0, 0, 255}, kBlue{255, 0, 0}, kGazeGreen{110, 220, 0};
constexpr double kLeastConfidence = 0.4;
constexpr float kHalfHeadBox_mm = 100, kGazeLength_mm = 50;

// Pixels first..last whose coordinates lie in [low, high], within a picture of `size`.
struct PixelRange {
  int first, last;

  PixelRange(float low, float high, int size)
      : first(static_cast<int>(std::ceil(std::clamp(low, 0.0f, static_cast<float>(size))))),
        last(static_cast<int>(std::floor(std::clamp(high, -1.0f, static_cast<float>(size - 1))))) {}
};

void blend(std::uint8_t* pixel, Colour colour, float cover) {
  if (!(cover > 0)) return;
  cover = std::min(cover, 1.0f);
  const std::array<std::uint8_t, 3> bgr{colour.b, colour.g, colour.r};
  for (std::size_t c = 0; c < 3; ++c)
    pixel[c] = static_cast<std::uint8_t>(static_cast<float>(pixel[c]) * (1 - cover) +
                                         static_cast<float>(bgr[c]) * cover + 0.5f);
}

bool finite(Point2 p) { return std::isfinite(p.x) && std::isfinite(p.y); }

std::optional<Point2> project(const std::array<float, 3>& mm, const Camera& camera) {
  if (!(mm[2] > 1)) return std::nullopt;  // behind the camera or almost in it
  return Point2{camera.fx * mm[0] / mm[2] + camera.cx, camera.fy * mm[1] / mm[2] + camera.cy};
}

bool inside(const Image& image, Point2 p) {
  return p.x >= 0 && p.x < static_cast<float>(image.width()) && p.y >= 0 &&
         p.y < static_cast<float>(image.height());
}

// `thickness` of a picture that is 640 px wide, for this one.
float scaled(float thickness, const Image& image) {
  return std::ceil(thickness * static_cast<float>(image.width()) / 640);
}

void draw_landmarks(Image& image, const Landmarks& landmarks) {
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    const Point2 centre{landmarks.x[i], landmarks.y[i]};
    draw_circle(image, centre, 1, scaled(3, image), kRed);
    draw_circle(image, centre, 1, scaled(1, image), kBlue);
  }
}

void draw_head_box(Image& image, const HeadPose& pose, const Camera& camera, Colour colour) {
  const RotationMatrix r = matrix_from_euler(pose.rotation_rad);
  std::array<std::optional<Point2>, 8> corners;  // bits 0, 1, 2: the far side along x, y, z
  for (std::size_t corner = 0; corner < corners.size(); ++corner) {
    std::array<float, 3> mm = pose.translation_mm;
    for (std::size_t row = 0; row < 3; ++row)
      for (std::size_t axis = 0; axis < 3; ++axis)
        mm[row] +=
            r[3 * row + axis] * ((corner >> axis & 1) != 0 ? kHalfHeadBox_mm : -kHalfHeadBox_mm);
    corners[corner] = project(mm, camera);
  }
  for (std::size_t corner = 0; corner < corners.size(); ++corner)
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const std::size_t other = corner | std::size_t{1} << axis;
      if (other == corner || !corners[corner] || !corners[other]) continue;
      if (inside(image, *corners[corner]) || inside(image, *corners[other]))
        draw_line(image, *corners[corner], *corners[other], scaled(2, image), colour);
    }
}

void draw_eyes(Image& image, const EyeLandmarks& eyes) {
  struct Outline {
    std::size_t first, count;
    Colour colour;
  };
  constexpr std::array<Outline, 3> kOutlines{{{0, 8, kBlue}, {8, 12, kRed}, {20, 8, kBlue}}};
  for (const std::size_t eye : {0, 28}) {
    for (const Outline& outline : kOutlines) {
      std::array<Point2, 12> points;
      for (std::size_t i = 0; i < outline.count; ++i)
        points[i] = {eyes.x[eye + outline.first + i], eyes.y[eye + outline.first + i]};
      draw_closed_polyline(image, std::span(points).first(outline.count), scaled(1, image),
                           outline.colour);
    }
  }
}

void draw_gaze(Image& image, const FrameResult& result, const Camera& camera) {
  for (std::size_t eye = 0; eye < 2; ++eye) {
    std::array<float, 3> from{}, to{};
    for (std::size_t axis = 0; axis < 3; ++axis) {
      for (std::size_t i = 0; i < 8; ++i) from[axis] += result.eyes.mm[axis][28 * eye + i] / 8;
      to[axis] = from[axis] + kGazeLength_mm * result.gaze.direction[eye][axis];
    }
    const auto begin = project(from, camera), end = project(to, camera);
    if (begin && end) draw_line(image, *begin, *end, 2, kGazeGreen);
  }
}

}  // namespace

void draw_line(Image& image, Point2 from, Point2 to, float thickness, Colour colour) {
  assert(image.channels() == 3);
  if (!finite(from) || !finite(to) || !(thickness > 0)) return;
  const float half = std::min(thickness, 1e4f) / 2, reach = half + 0.5f;
  // Double: the ends may lie far away.
  const double dx = static_cast<double>(to.x) - from.x, dy = static_cast<double>(to.y) - from.y;
  const double length = std::sqrt(dx * dx + dy * dy);
  const double ux = length > 0 ? dx / length : 1, uy = length > 0 ? dy / length : 0;
  const PixelRange rows(std::min(from.y, to.y) - reach, std::max(from.y, to.y) + reach,
                        image.height());
  for (int y = rows.first; y <= rows.last; ++y) {
    // Only the part of the row that the line can reach.
    float low = std::min(from.x, to.x) - reach, high = std::max(from.x, to.x) + reach;
    if (std::abs(uy) > 1e-3) {
      const double crossing = from.x + (y - static_cast<double>(from.y)) * ux / uy;
      const double width = reach / std::abs(uy);
      low = static_cast<float>(std::max<double>(low, crossing - width));
      high = static_cast<float>(std::min<double>(high, crossing + width));
    }
    const PixelRange columns(low, high, image.width());
    for (int x = columns.first; x <= columns.last; ++x) {
      const double px = x - static_cast<double>(from.x), py = y - static_cast<double>(from.y);
      const double along = px * ux + py * uy, across = px * uy - py * ux;
      const double beyond = along < 0 ? -along : std::max(0.0, along - length);
      const auto distance = static_cast<float>(std::sqrt(across * across + beyond * beyond));
      blend(image.row(y) + 3 * x, colour, reach - distance);
    }
  }
}

void draw_circle(Image& image, Point2 centre, float radius, float thickness, Colour colour) {
  assert(image.channels() == 3);
  if (!finite(centre) || !(thickness > 0) || !(radius >= 0)) return;
  const float reach = thickness / 2 + 0.5f;
  const PixelRange rows(centre.y - radius - reach, centre.y + radius + reach, image.height());
  const PixelRange columns(centre.x - radius - reach, centre.x + radius + reach, image.width());
  for (int y = rows.first; y <= rows.last; ++y) {
    for (int x = columns.first; x <= columns.last; ++x) {
      const float dx = static_cast<float>(x) - centre.x, dy = static_cast<float>(y) - centre.y;
      blend(image.row(y) + 3 * x, colour, reach - std::abs(std::sqrt(dx * dx + dy * dy) - radius));
    }
  }
}

void draw_closed_polyline(Image& image, std::span<const Point2> points, float thickness,
                          Colour colour) {
  for (std::size_t i = 0; i < points.size(); ++i)
    draw_line(image, points[i], points[(i + 1) % points.size()], thickness, colour);
}

void draw_face(Image& image, const FrameResult& result, const Camera& camera, bool gaze) {
  assert(image.channels() == 3);
  if (!(result.confidence > kLeastConfidence)) return;
  draw_landmarks(image, result.landmarks);
  const double quality =
      (std::min(result.confidence, 1.0) - kLeastConfidence) / (1 - kLeastConfidence);
  draw_head_box(image, result.pose, camera,
                {static_cast<std::uint8_t>(255 * quality), 0,
                 static_cast<std::uint8_t>(255 * (1 - quality))});
  if (!gaze) return;
  draw_eyes(image, result.eyes);
  draw_gaze(image, result, camera);
}

}  // namespace auriga
