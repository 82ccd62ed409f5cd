#include "media/bgr_converter.hpp"

#include <new>
#include <utility>

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/mem.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

#include "base/yuv.hpp"

namespace auriga {

namespace {

// libswscale writes whole groups of pixels: other widths than multiples of this one need room at
// the end of each row.
constexpr int kGroup = 16;

// Has `context` take samples for those of the range that the frame is marked with. Without a mark
// it is the one that libswscale knows the pixel format for: full for yuvj and grey, else limited.
bool set_range(SwsContext& context, AVPixelFormat format, int range) {
  switch (format) {
    case AV_PIX_FMT_YUVJ411P:
    case AV_PIX_FMT_YUVJ420P:
    case AV_PIX_FMT_YUVJ422P:
    case AV_PIX_FMT_YUVJ440P:
    case AV_PIX_FMT_YUVJ444P:
      return true;  // full, by name
    default:
      break;
  }
  const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(format);
  const std::uint64_t other =
      AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_BAYER;
  if (description == nullptr || (description->flags & other) != 0 ||
      (range != AVCOL_RANGE_JPEG && range != AVCOL_RANGE_MPEG))
    return true;
  int *from = nullptr, *to = nullptr;
  int from_full = 0, to_full = 0, brightness = 0, contrast = 0, saturation = 0;
  if (sws_getColorspaceDetails(&context, &from, &from_full, &to, &to_full, &brightness, &contrast,
                               &saturation) < 0)
    return true;
  const int full = range == AVCOL_RANGE_JPEG ? 1 : 0;
  return from_full == full || sws_setColorspaceDetails(&context, from, full, to, to_full,
                                                       brightness, contrast, saturation) >= 0;
}

bool has_half_rows(const AVFrame& frame) {
  return frame.format == AV_PIX_FMT_YUV420P || frame.format == AV_PIX_FMT_YUVJ420P;
}
bool has_whole_rows(const AVFrame& frame) {
  return frame.format == AV_PIX_FMT_YUV422P || frame.format == AV_PIX_FMT_YUVJ422P;
}

YuvPicture yuv_picture(const AVFrame& frame) {
  const bool full_by_name =
      frame.format == AV_PIX_FMT_YUVJ420P || frame.format == AV_PIX_FMT_YUVJ422P;
  return {frame.data[0],        frame.data[1],
          frame.data[2],        frame.linesize[0],
          frame.linesize[1],    frame.linesize[2],
          has_half_rows(frame), full_by_name || frame.color_range == AVCOL_RANGE_JPEG};
}

}  // namespace

void BgrConverter::FreeContext::operator()(SwsContext* context) const { sws_freeContext(context); }
void BgrConverter::FreeBuffer::operator()(std::uint8_t* buffer) const { av_free(buffer); }

bool BgrConverter::can_convert(const AVFrame& frame) {
  const auto format = static_cast<AVPixelFormat>(frame.format);
  if (frame.width <= 0 || frame.height <= 0 || sws_isSupportedInput(format) == 0) return false;
  for (int i = 0; i < av_pix_fmt_count_planes(format); ++i)
    if (frame.data[i] == nullptr) return false;
  return true;
}

bool BgrConverter::can_convert_parts(const AVFrame& frame) {
  return (has_half_rows(frame) || has_whole_rows(frame)) && frame.height % 2 == 0;
}

bool ShownAs::as_stored(const AVFrame& frame) const {
  return orientation.upright() && width == frame.width && height == frame.height;
}

// Makes sws_ one for such pictures.
bool BgrConverter::prepare(const Kind& kind) {
  if (sws_ && kind_ == kind) return true;
  const auto format = static_cast<AVPixelFormat>(kind.format);
  const bool scaled = kind.width != kind.shown_width || kind.height != kind.shown_height;
  sws_.reset(sws_getContext(kind.width, kind.height, format, kind.shown_width, kind.shown_height,
                            AV_PIX_FMT_BGR24, scaled ? SWS_BICUBIC | SWS_ACCURATE_RND : SWS_BICUBIC,
                            nullptr, nullptr, nullptr));
  // libswscale gives no other reason for formats that it knows.
  if (!sws_ && sws_isSupportedInput(format) != 0) throw std::bad_alloc();
  if (!sws_) return false;
  if (!set_range(*sws_, format, kind.range)) {
    sws_.reset();
    return false;
  }
  kind_ = kind;
  return true;
}

bool BgrConverter::convert(const AVFrame& frame, const ShownAs& shown, Image& image) {
  const int width = shown.width, height = shown.height;
  const Orientation orientation = shown.orientation;
  const bool own = can_convert_parts(frame) && width == frame.width && height == frame.height;
  if (!own && !prepare({frame.width, frame.height, frame.format, frame.color_range, width, height}))
    return false;

  const bool in_place = orientation.upright() && (own || width % kGroup == 0);
  std::uint8_t* bgr = nullptr;
  int stride = width * 3;
  if (in_place) {
    image.fit(width, height, 3);
    bgr = image.data();
  } else {
    constexpr int kAlignment = 64;
    stride = (stride + 2 * kAlignment - 1) / kAlignment * kAlignment;
    const std::size_t bytes =
        static_cast<std::size_t>(stride) * static_cast<std::size_t>(height) + kAlignment;
    if (bytes > padded_bytes_) {
      padded_bytes_ = 0;
      padded_.reset();
      padded_.reset(static_cast<std::uint8_t*>(av_malloc(bytes)));
      if (!padded_) throw std::bad_alloc();
      padded_bytes_ = bytes;
    }
    bgr = padded_.get();
  }
  if (own)
    yuv_to_bgr(yuv_picture(frame), {0, 0, width, height}, bgr, stride);
  else if (sws_scale(sws_.get(), frame.data, frame.linesize, 0, frame.height, &bgr, &stride) !=
           height)
    return false;
  if (in_place) return true;
  const ImageView stored{bgr, width, height, 3, stride};
  image.fit(orientation.transpose ? height : width, orientation.transpose ? width : height, 3);
  orient(stored, orientation, image);
  return true;
}

ImageView BgrConverter::convert(const AVFrame& frame, const Region& part, Image& room) {
  room.resize(part.width, part.height, 3);
  yuv_to_bgr(yuv_picture(frame), part, room.data(), room.stride());
  return room;
}

void BgrConverter::convert(const AVFrame& frame, std::span<const int> x, std::span<const int> y,
                           Image& pixels) {
  const YuvPicture picture = yuv_picture(frame);
  for (std::size_t row = 0; row < y.size(); ++row)
    for (std::size_t column = 0; column < x.size(); ++column)
      yuv_to_bgr(picture, {x[column], y[row], 1, 1}, pixels.row(static_cast<int>(row)) + 3 * column,
                 3);
}

std::unique_ptr<BgrConverter> BgrConverters::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<BgrConverter> converter = std::move(idle_.back());
      idle_.pop_back();
      return converter;
    }
  }
  return std::make_unique<BgrConverter>();
}

Image BgrConverters::take_room() {
  const std::lock_guard lock(mutex_);
  if (rooms_.empty()) return {};
  Image room = std::move(rooms_.back());
  rooms_.pop_back();
  return room;
}

void BgrConverters::give_room_back(Image room) {
  constexpr std::size_t kMost = 8;
  const std::lock_guard lock(mutex_);
  if (rooms_.size() < kMost) rooms_.push_back(std::move(room));
}

void BgrConverters::give_back(std::unique_ptr<BgrConverter> converter) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(converter));
}

}  // namespace auriga
