// What a decoder left in a frame.
#pragma once

#include <array>
#include <cstddef>
#include <memory>

extern "C" {
#include <libavutil/frame.h>
}

#include "auriga/source.hpp"

#include "media/bgr_converter.hpp"

namespace auriga {

struct FreeAvFrame {
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
};
using AvFrame = std::unique_ptr<AVFrame, FreeAvFrame>;
// An empty one. Throws std::bad_alloc.
AvFrame make_av_frame();

struct Frame::Native {
  AvFrame frame = make_av_frame();  // without a buffer: nothing is left
  ShownAs shown;
  std::shared_ptr<BgrConverters> converters;
  PixelFormat format = PixelFormat::other;
  std::array<Plane, 3> planes{};
  std::size_t plane_count = 0;

  bool empty() const { return frame->buf[0] == nullptr; }
  int width() const { return shown.orientation.transpose ? shown.height : shown.width; }
  int height() const { return shown.orientation.transpose ? shown.width : shown.height; }
  // Notes format and planes of `frame`.
  void describe();
  void clear();
};

}  // namespace auriga
