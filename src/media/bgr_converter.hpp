// Decoded video frames as upright BGR images.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "auriga/image.hpp"

#include "media/orientation.hpp"

struct AVFrame;
struct SwsContext;

namespace auriga {

// Converts with libswscale, flag SWS_BICUBIC and no other: for the usual 8-bit 4:2:0 frames of even
// height that is its fast path without chroma interpolation, which is what OpenCV's VideoCapture
// delivers, bit for bit. Allocates only when size or pixel format change. Not thread-safe.
class BgrConverter {
 public:
  // False where libswscale cannot read the frame's pixel format; `image` is unspecified then.
  bool convert(const AVFrame& frame, Orientation orientation, Image& image);

 private:
  struct FreeContext {
    void operator()(SwsContext* context) const;
  };
  struct FreeBuffer {
    void operator()(std::uint8_t* buffer) const;
  };
  std::unique_ptr<SwsContext, FreeContext> context_;
  std::unique_ptr<std::uint8_t, FreeBuffer> padded_;
  std::size_t padded_bytes_ = 0;
};

}  // namespace auriga
