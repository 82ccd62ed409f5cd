// Eight-bit images: a view that owns nothing and an image that owns its pixels.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace auriga {

// A rectangle of 8-bit pixels that somebody else owns. Row-major, channels interleaved (B,G,R for
// three channels), `stride` bytes from one row to the next. The centre of the top-left pixel is (0,
// 0); x to the right, y down. Copying a view copies no pixels.
struct ImageView {
  const std::uint8_t* data = nullptr;
  int width = 0;              // px
  int height = 0;             // px
  int channels = 0;           // 1 (grey) or 3 (BGR)
  std::ptrdiff_t stride = 0;  // bytes, >= width * channels

  const std::uint8_t* row(int y) const { return data + y * stride; }
  bool empty() const { return width <= 0 || height <= 0; }
};

// An 8-bit image that owns its pixels, rows packed without gaps. `resize` keeps the buffer when it
// is large enough.
class Image {
 public:
  Image() = default;
  Image(int width, int height, int channels) { resize(width, height, channels); }

  // Contents are unspecified after a resize.
  void resize(int width, int height, int channels) {
    assert(width >= 0 && height >= 0 && channels >= 0);
    width_ = width;
    height_ = height;
    channels_ = channels;
    pixels_.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
                   static_cast<std::size_t>(channels));
  }

  int width() const { return width_; }
  int height() const { return height_; }
  int channels() const { return channels_; }
  bool empty() const { return pixels_.empty(); }
  std::ptrdiff_t stride() const { return static_cast<std::ptrdiff_t>(width_) * channels_; }
  std::uint8_t* data() { return pixels_.data(); }
  const std::uint8_t* data() const { return pixels_.data(); }
  std::uint8_t* row(int y) { return data() + y * stride(); }
  const std::uint8_t* row(int y) const { return data() + y * stride(); }
  std::size_t size_bytes() const { return pixels_.size(); }

  ImageView view() const { return {data(), width_, height_, channels_, stride()}; }
  operator ImageView() const { return view(); }  // NOLINT(google-explicit-constructor)

 private:
  std::vector<std::uint8_t> pixels_;
  int width_ = 0, height_ = 0, channels_ = 0;
};

}  // namespace auriga
