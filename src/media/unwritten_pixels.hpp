// Whether a decoder has written all of a picture.
#pragma once

#include <cstddef>
#include <deque>
#include <mutex>

#include "media/native_frame.hpp"

struct AVCodecContext;

namespace auriga {

// For AVCodecContext::get_buffer2, as libavcodec's own, but with a picture of plain grey. Where
// data are missing, decoders of HEVC and VP8 leave a picture as it is and say nothing, and others
// look at what is there to make something up. That is what its memory held, which depends on who
// has let go of an earlier picture by then.
int get_grey_buffer(AVCodecContext* decoder, AVFrame* frame, int flags) noexcept;

// The same for a stream that is sound until somebody finds that it is not. Pictures get marks
// before they are decoded, eight bytes in the middle of every 16 x 16 pixels, the least that a
// decoder passes over: that costs a tenth of painting them. Notes pictures from any thread; the
// rest is the caller's.
class UnwrittenPixels {
 public:
  // For AVCodecContext::get_buffer2: as libavcodec's own, with marks. May be called by several
  // threads at a time, in the order in which pictures are decoded.
  int get_buffer(AVCodecContext& decoder, AVFrame& frame, int flags) noexcept;

  // Whether `frame`, or one that was decoded before it and not yet looked at, has a mark left. They
  // must be complete; `frame` refers to no other.
  bool any_until(const AVFrame& frame);

 private:
  std::mutex mutex_;
  std::deque<AvFrame> marked_;  // in the order of decoding
};

}  // namespace auriga
