#include "media/bgr_converter.hpp"

#include <new>

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/mem.h>
#include <libswscale/swscale.h>
}

namespace auriga {

void BgrConverter::FreeContext::operator()(SwsContext* context) const { sws_freeContext(context); }
void BgrConverter::FreeBuffer::operator()(std::uint8_t* buffer) const { av_free(buffer); }

bool BgrConverter::convert(const AVFrame& frame, Orientation orientation, Image& image) {
  const int width = frame.width, height = frame.height;
  const auto format = static_cast<AVPixelFormat>(frame.format);
  context_.reset(sws_getCachedContext(context_.release(), width, height, format, width, height,
                                      AV_PIX_FMT_BGR24, SWS_BICUBIC, nullptr, nullptr, nullptr));
  if (!context_) return false;

  // libswscale writes whole groups of 16 pixels: other widths need room at the end of each row.
  const bool in_place = orientation.upright() && width % 16 == 0;
  std::uint8_t* bgr = nullptr;
  int stride = width * 3;
  if (in_place) {
    image.resize(width, height, 3);
    bgr = image.data();
  } else {
    constexpr int kAlignment = 64;
    stride = (stride + 2 * kAlignment - 1) / kAlignment * kAlignment;
    const std::size_t bytes =
        static_cast<std::size_t>(stride) * static_cast<std::size_t>(height) + kAlignment;
    if (bytes > padded_bytes_) {
      padded_bytes_ = 0;
      padded_.reset(static_cast<std::uint8_t*>(av_malloc(bytes)));
      if (!padded_) throw std::bad_alloc();
      padded_bytes_ = bytes;
    }
    bgr = padded_.get();
  }
  if (sws_scale(context_.get(), frame.data, frame.linesize, 0, height, &bgr, &stride) != height)
    return false;
  if (!in_place) orient({bgr, width, height, 3, stride}, orientation, image);
  return true;
}

}  // namespace auriga
