#include "drawing/blink_picture.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <fmt/core.h>

#include "auriga/error.hpp"

#include "drawing/font.hpp"

namespace auriga {
namespace {

constexpr Colour kPaper{255, 255, 255}, kInk{40, 40, 40}, kFaint{120, 120, 120};
constexpr Colour kStrip{248, 246, 245}, kGrid{228, 228, 228};
constexpr Colour kLeft{180, 110, 40}, kRight{50, 40, 180};

// px
constexpr int kWidth = 1000, kMargin = 16, kPlotLeft = 70, kHead = 44, kLineHeight = 110;
constexpr int kCurveHeight = 76, kMark = 6;
constexpr float kDot = 1.3f;
constexpr double kLine_s = 30, kMostLines = 40;

void fill(Image& image, int left, int top, int right, int bottom, Colour colour) {
  for (int y = std::max(top, 0); y < std::min(bottom, image.height()); ++y)
    for (int x = std::max(left, 0); x < std::min(right, image.width()); ++x) {
      std::uint8_t* pixel = image.row(y) + 3 * x;
      pixel[0] = colour.b;
      pixel[1] = colour.g;
      pixel[2] = colour.r;
    }
}

// What the axes of a line of the picture show.
struct Axes {
  double begin_s, seconds, highest;
  int top;
  int x(double time) const {
    return kPlotLeft +
           static_cast<int>((time - begin_s) / seconds * (kWidth - kMargin - kPlotLeft));
  }
  int y(double openness) const {
    return top + kCurveHeight - 1 -
           static_cast<int>(std::clamp(openness / highest, 0.0, 1.0) * (kCurveHeight - 1));
  }
};

// Neighbours are joined by what lies between them.
void draw_curve(Image& image, const Axes& axes, const Blinks& blinks, const EyeTrack& eye,
                Colour colour) {
  bool joined = false;
  int last_x = 0, last_y = 0;
  for (std::size_t row = 0; row < blinks.times.size(); ++row) {
    const double time = blinks.times[row];
    if (time < axes.begin_s || time >= axes.begin_s + axes.seconds) continue;
    if (std::isnan(eye.openness[row])) {
      joined = false;
      continue;
    }
    const int x = axes.x(time), y = axes.y(eye.openness[row]);
    if (joined) {
      for (int at = last_x; at < x; ++at) {
        const int from = last_y + (y - last_y) * (at - last_x) / (x - last_x),
                  to = last_y + (y - last_y) * (at + 1 - last_x) / (x - last_x);
        fill(image, at, std::min(from, to), at + 1, std::max(from, to) + 1, colour);
      }
      if (x == last_x) fill(image, x, std::min(y, last_y), x + 1, std::max(y, last_y) + 1, colour);
    }
    joined = true;
    last_x = x;
    last_y = y;
  }
}

void draw_mark(Image& image, int x, int top, const Blink& blink) {
  const Colour colour = blink.eyes() == BlinkEyes::both   ? kInk
                        : blink.eyes() == BlinkEyes::left ? kLeft
                                                          : kRight;
  fill(image, x - kMark / 2, top, x + kMark / 2, top + kMark, colour);
  if (!blink.complete())
    fill(image, x - kMark / 2 + 1, top + 1, x + kMark / 2 - 1, top + kMark - 1, kPaper);
}

double highest_of(const Blinks& blinks) {
  std::vector<double> values;
  for (const EyeTrack* eye : {&blinks.left, &blinks.right})
    for (const double value : eye->openness)
      if (!std::isnan(value)) values.push_back(value);
  if (values.empty())
    throw Error(ErrorCode::input,
                "--picture expected eyes to draw, found none in any row; was a face found?");
  // Single wrong landmarks do not squeeze the rest.
  const auto most =
      values.begin() + static_cast<std::ptrdiff_t>(0.995 * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), most, values.end());
  return std::max(1.1 * *most, 1e-6);
}

}  // namespace

Image blink_picture(const Blinks& blinks, const std::string& title) {
  const double highest = highest_of(blinks);
  const double begin = blinks.times.front(), end = blinks.times.back() + 1 / blinks.fps;
  const double seconds = std::max(kLine_s, std::ceil((end - begin) / kMostLines));
  const int lines = std::max(1, static_cast<int>(std::ceil((end - begin) / seconds - 1e-9)));
  Image image(kWidth, kHead + lines * kLineHeight + kMargin, 3);
  fill(image, 0, 0, image.width(), image.height(), kPaper);
  draw_text(image, kMargin, 14, title, kDot, kInk);
  float at = kWidth - kMargin - 430.0f;
  for (const auto& [text, colour] : {std::pair{"left eye", kLeft}, std::pair{"right eye", kRight},
                                     std::pair{"blink, hollow: partial", kInk}}) {
    fill(image, static_cast<int>(at), 16, static_cast<int>(at) + 8, 22, colour);
    draw_text(image, at + 14, 14, text, kDot, kFaint);
    at += 34 + text_width(text, kDot);
  }
  for (int line = 0; line < lines; ++line) {
    const Axes axes{begin + line * seconds, seconds, highest, kHead + line * kLineHeight};
    fill(image, kPlotLeft, axes.top, kWidth - kMargin, axes.top + kCurveHeight, kStrip);
    for (const EyeTrack* eye : {&blinks.left, &blinks.right})
      if (eye->threshold) {
        const int y = axes.y(*eye->threshold);
        fill(image, kPlotLeft, y, kWidth - kMargin, y + 1, kGrid);
      }
    draw_text(image, kMargin, static_cast<float>(axes.top), fmt::format("{:.0f} s", axes.begin_s),
              kDot, kFaint);
    draw_curve(image, axes, blinks, blinks.right, kRight);
    draw_curve(image, axes, blinks, blinks.left, kLeft);
    for (const Blink& blink : blinks.blinks)
      if (blink.apex_s() >= axes.begin_s && blink.apex_s() < axes.begin_s + seconds)
        draw_mark(image, axes.x(blink.apex_s()), axes.top + kCurveHeight + 5, blink);
  }
  return image;
}

}  // namespace auriga
