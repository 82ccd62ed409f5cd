#include "media/picture.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace auriga {

ImageView Picture::with(const Region& region) const {
  if (frame_ == nullptr || !frame_->converts_parts()) return whole();
  const int left = std::clamp(region.x, 0, width()), top = std::clamp(region.y, 0, height());
  const int right = std::clamp(region.x + region.width, left, width());
  const int bottom = std::clamp(region.y + region.height, top, height());
  if (left == right || top == bottom) return size();
  const ImageView part = frame_->bgr({left, top, right - left, bottom - top});
  if (!frame_->converts_parts()) return whole();  // the part could not be had by itself
  // The pixel (0, 0) lies before the part: its place is for reckoning only.
  const auto origin = reinterpret_cast<std::uintptr_t>(part.data) -
                      static_cast<std::uintptr_t>(top * part.stride + std::ptrdiff_t{3} * left);
  return {reinterpret_cast<const std::uint8_t*>(origin), width(), height(), 3, part.stride};
}

void Picture::pixels(std::span<const int> x, std::span<const int> y, Image& pixels) const {
  if (frame_ != nullptr) return frame_->bgr_at(x, y, pixels);
  pixels.fit(static_cast<int>(x.size()), static_cast<int>(y.size()), all_.channels);
  const int channels = all_.channels;
  for (std::size_t row = 0; row < y.size(); ++row)
    for (std::size_t column = 0; column < x.size(); ++column)
      std::copy_n(all_.row(y[row]) + static_cast<std::ptrdiff_t>(channels) * x[column], channels,
                  pixels.row(static_cast<int>(row)) + static_cast<std::size_t>(channels) * column);
}

Region region_around(float left, float top, float right, float bottom, int margin, int width,
                     int height) {
  if (!std::isfinite(left + top + right + bottom)) return {};
  const auto at = [](float value, int by, int most) {
    return static_cast<int>(
        std::clamp(std::floor(static_cast<double>(value)) + by, 0.0, static_cast<double>(most)));
  };
  Region region{at(left, -margin, width), at(top, -margin, height), 0, 0};
  region.width = std::max(0, at(right, margin + 2, width) - region.x);
  region.height = std::max(0, at(bottom, margin + 2, height) - region.y);
  return region;
}

}  // namespace auriga
