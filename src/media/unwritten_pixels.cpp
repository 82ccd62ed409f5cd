#include "media/unwritten_pixels.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>
#include <utility>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/pixdesc.h>
}

namespace auriga {

namespace {

constexpr std::uint64_t kMark = 0x9C3B5AE17D2446F1;  // in no picture but by chance, once in 2^64
constexpr int kBlock = 16;                           // samples

// Calls visit(place) for the marks of the first plane, until it returns true.
template <typename Visit>
bool any_mark(const AVFrame& frame, Visit&& visit) {
  constexpr int kBefore = static_cast<int>(sizeof kMark) / 2;
  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  if (format == nullptr || (format->flags & AV_PIX_FMT_FLAG_HWACCEL) != 0) return false;
  const int sample = std::max(1, format->comp[0].step);
  for (int y = kBlock / 2; y < frame.height; y += kBlock) {
    std::uint8_t* row = frame.data[0] + static_cast<std::ptrdiff_t>(y) * frame.linesize[0];
    for (int x = kBlock / 2 * sample; x + kBefore <= frame.width * sample; x += kBlock * sample)
      if (visit(row + x - kBefore)) return true;
  }
  return false;
}

}  // namespace

int get_grey_buffer(AVCodecContext* decoder, AVFrame* frame, int flags) noexcept {
  const int error = avcodec_default_get_buffer2(decoder, frame, flags);
  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame->format));
  if (error < 0 || format == nullptr || (format->flags & AV_PIX_FMT_FLAG_HWACCEL) != 0)
    return error;
  // Samples of two bytes stay within the range of 9 bits.
  const int grey = format->comp[0].depth == 8 ? 128 : 1;
  for (const AVBufferRef* buffer : frame->buf)
    if (buffer != nullptr) std::memset(buffer->data, grey, buffer->size);
  return error;
}

int UnwrittenPixels::get_buffer(AVCodecContext& decoder, AVFrame& frame, int flags) noexcept {
  const int error = avcodec_default_get_buffer2(&decoder, &frame, flags);
  if (error < 0 || frame.data[0] == nullptr) return error;
  any_mark(frame, [](std::uint8_t* at) {
    std::memcpy(at, &kMark, sizeof kMark);
    return false;
  });
  try {
    AvFrame marked = make_av_frame();
    if (av_frame_ref(marked.get(), &frame) < 0) return AVERROR(ENOMEM);
    const std::lock_guard lock(mutex_);
    marked_.push_back(std::move(marked));
  } catch (const std::bad_alloc&) {
    return AVERROR(ENOMEM);
  }
  return 0;
}

bool UnwrittenPixels::any_until(const AVFrame& frame) {
  const std::lock_guard lock(mutex_);
  const auto same = [&](const AvFrame& one) { return one->data[0] == frame.data[0]; };
  const auto found = std::find_if(marked_.begin(), marked_.end(), same);
  if (found == marked_.end()) return false;  // looked at before one that is shown earlier
  const auto end = found + 1;
  const bool any = std::any_of(marked_.begin(), end, [](const AvFrame& one) {
    return any_mark(
        *one, [](const std::uint8_t* at) { return std::memcmp(at, &kMark, sizeof kMark) == 0; });
  });
  marked_.erase(marked_.begin(), end);
  return any;
}

}  // namespace auriga
