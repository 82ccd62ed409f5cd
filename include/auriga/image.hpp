// Eight-bit images: a view that owns nothing and an image that owns its pixels.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
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
  // A copy of the pixels.
  explicit Image(ImageView view) {
    resize(view.width, view.height, view.channels);
    for (int y = 0; y < height_; ++y)
      std::memcpy(row(y), view.row(y), static_cast<std::size_t>(stride()));
  }

  // Contents are unspecified after a resize.
  void resize(int width, int height, int channels) {
    assert(width >= 0 && height >= 0 && channels >= 0);
    width_ = width;
    height_ = height;
    channels_ = channels;
    const std::size_t bytes = static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
                              static_cast<std::size_t>(channels);
    if (bytes > pixels_.capacity()) release_buffer();  // never two buffers side by side
    pixels_.resize(bytes);
  }
  // Likewise, but also gives a buffer back that is much too large: for pictures whose size changes
  // from file to file.
  void fit(int width, int height, int channels) {
    constexpr std::size_t kTimes = 4, kSpare = std::size_t{1} << 20;
    const std::size_t bytes = static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
                              static_cast<std::size_t>(channels);
    if (pixels_.capacity() > kTimes * bytes && pixels_.capacity() > kSpare) release_buffer();
    resize(width, height, channels);
  }
  // Empty, without a buffer.
  void release() {
    release_buffer();
    width_ = height_ = channels_ = 0;
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
  std::size_t capacity_bytes() const { return pixels_.capacity(); }  // of the buffer

  ImageView view() const { return {data(), width_, height_, channels_, stride()}; }
  operator ImageView() const { return view(); }  // NOLINT(google-explicit-constructor)

 private:
  void release_buffer() { std::vector<std::uint8_t>().swap(pixels_); }

  std::vector<std::uint8_t> pixels_;
  int width_ = 0, height_ = 0, channels_ = 0;
};

}  // namespace auriga
