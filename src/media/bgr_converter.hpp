// Decoded video frames as upright BGR images.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "auriga/image.hpp"
#include "auriga/source.hpp"

#include "media/orientation.hpp"

struct AVFrame;
struct SwsContext;

namespace auriga {

// How a stored picture is shown: scaled to a size, then turned.
struct ShownAs {
  int width = 0, height = 0;  // px, before it is turned
  Orientation orientation;

  // Each pixel where it is stored.
  bool as_stored(const AVFrame& frame) const;
};

// The usual frames, of 8 bits, 4:2:0 or 4:2:2, of even height, are converted by yuv_to_bgr(): to
// what libswscale's fast path without chroma interpolation makes of them on x86, which is what
// OpenCV's VideoCapture delivers, bit for bit. Others are converted by libswscale itself, flag
// SWS_BICUBIC and no other, whose bytes are not those of x86 on every processor; frames that are
// scaled by its slow path, with exact rounding.
//
// The matrix is that of BT.601, whatever a frame is marked with, as OpenFace has it. The range is
// that of the frame: as marked, else as libswscale takes it, by the pixel format. Allocates only
// when size, pixel format or range change. Not thread-safe.
class BgrConverter {
 public:
  // Whether libswscale can read the frame.
  static bool can_convert(const AVFrame& frame);
  // Whether a part can be converted by itself, because each pixel of BGR is a function of its own Y
  // and its block's U and V.
  static bool can_convert_parts(const AVFrame& frame);

  // False where it cannot be converted; `image` is unspecified then.
  bool convert(const AVFrame& frame, const ShownAs& shown, Image& image);
  // A part of a frame that can_convert_parts() and is shown as stored: the same bytes as in the
  // whole. `room` holds the pixels of the view that is returned.
  static ImageView convert(const AVFrame& frame, const Region& part, Image& room);

  // Single pixels of it: those in columns `x` of rows `y`, in as many of `pixels`.
  static void convert(const AVFrame& frame, std::span<const int> x, std::span<const int> y,
                      Image& pixels);

 private:
  struct FreeContext {
    void operator()(SwsContext* context) const;
  };
  struct FreeBuffer {
    void operator()(std::uint8_t* buffer) const;
  };
  // What a conversion depends on.
  struct Kind {
    int width = 0, height = 0, format = -1, range = 0;  // of what is read
    int shown_width = 0, shown_height = 0;

    bool operator==(const Kind&) const = default;
  };

  bool prepare(const Kind& kind);

  // libswscale's, and what it was made for. (It would not know again those of full-range formats.)
  std::unique_ptr<SwsContext, FreeContext> sws_;
  Kind kind_;
  std::unique_ptr<std::uint8_t, FreeBuffer> padded_;
  std::size_t padded_bytes_ = 0;
};

// The converters of one source, for frames that are converted on any thread. Thread-safe.
class BgrConverters {
 public:
  // Calls work(converter) with one that nobody else uses meanwhile.
  template <typename Work>
  auto with_one(Work&& work) {
    std::unique_ptr<BgrConverter> converter = take();
    const auto result = work(*converter);
    give_back(std::move(converter));
    return result;
  }

  // Rooms for parts, which frames have as long as somebody looks at them.
  Image take_room();
  void give_room_back(Image room);

 private:
  std::unique_ptr<BgrConverter> take();
  void give_back(std::unique_ptr<BgrConverter> converter);

  std::mutex mutex_;
  std::vector<std::unique_ptr<BgrConverter>> idle_;
  std::vector<Image> rooms_;
};

}  // namespace auriga
