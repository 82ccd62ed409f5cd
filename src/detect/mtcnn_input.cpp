#include "detect/mtcnn_input.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "base/simd.hpp"

namespace auriga {
namespace {

constexpr float kScale = 0.0078125f, kOffset = -0.99609375f;  // (v - 127.5) / 128

}  // namespace

MtcnnInput::Tap MtcnnInput::tap(int at, int output_length, int window_begin, int window_length,
                                int image_length) {
  const double scale = 1.0 / (static_cast<double>(output_length) / window_length);
  float fraction = static_cast<float>((at + 0.5) * scale - 0.5);
  int i = static_cast<int>(std::floor(fraction));
  fraction -= static_cast<float>(i);
  if (i < 0) {
    i = 0;
    fraction = 0;
  }
  if (i >= window_length - 1) {
    i = window_length - 1;
    fraction = 0;
  }
  const auto inside = [&](int source) { return source >= 0 && source < image_length; };
  const auto clamped = [&](int source) { return std::clamp(source, 0, image_length - 1); };
  const int source = window_begin + i;
  return {clamped(source), clamped(source + 1), inside(source) ? 1 - fraction : 0.0f,
          inside(source + 1) ? fraction : 0.0f};
}

void MtcnnInput::set(ImageView image, const PixelBox& window, int width, int height) {
  assert(!image.empty() && (image.channels == 1 || image.channels == 3));
  assert(window.w >= 1 && window.h >= 1);
  image_ = image;
  window_ = window;
  width_ = width;
  height_ = height;
  if (columns_.size() < static_cast<std::size_t>(width))
    columns_.resize(static_cast<std::size_t>(width));
  for (int x = 0; x < width; ++x) {
    Tap& column = columns_[static_cast<std::size_t>(x)];
    column = tap(x, width, window.x, window.w, image.width);
    column.first *= image.channels;
    column.second *= image.channels;
  }
}

void MtcnnInput::read_row(int y, float* rgb) {
  const Tap row = tap(y, height_, window_.y, window_.h, image_.height);
  const std::uint8_t* above = image_.row(row.first);
  const std::uint8_t* below = image_.row(row.second);
  const int green = image_.channels == 3 ? 1 : 0, red = 2 * green;
  for (int x = 0; x < width_; ++x, rgb += 3) {
    const Tap& column = columns_[static_cast<std::size_t>(x)];
    const auto value = [&](int channel) {
      const auto across = [&](const std::uint8_t* from) {
        return static_cast<float>(from[column.first + channel]) * column.first_weight +
               static_cast<float>(from[column.second + channel]) * column.second_weight;
      };
      return (across(above) * row.first_weight + across(below) * row.second_weight) * kScale +
             kOffset;
    };
    rgb[0] = value(red);
    rgb[1] = value(green);
    rgb[2] = value(0);
  }
}

}  // namespace auriga
