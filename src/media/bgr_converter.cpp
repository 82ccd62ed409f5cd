#include "media/bgr_converter.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <utility>

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/mem.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

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
  switch (frame.format) {
    case AV_PIX_FMT_YUV420P:
    case AV_PIX_FMT_YUVJ420P:
    case AV_PIX_FMT_YUV422P:
    case AV_PIX_FMT_YUVJ422P:
      return frame.height % 2 == 0;
    default:
      return false;
  }
}

bool ShownAs::as_stored(const AVFrame& frame) const {
  return orientation.upright() && width == frame.width && height == frame.height;
}

// Makes `context` one for such pictures.
bool BgrConverter::prepare(Context& context, const Kind& kind) {
  if (context.sws && context.kind == kind) return true;
  const auto format = static_cast<AVPixelFormat>(kind.format);
  const bool scaled = kind.width != kind.shown_width || kind.height != kind.shown_height;
  context = {};
  context.sws.reset(sws_getContext(
      kind.width, kind.height, format, kind.shown_width, kind.shown_height, AV_PIX_FMT_BGR24,
      scaled ? SWS_BICUBIC | SWS_ACCURATE_RND : SWS_BICUBIC, nullptr, nullptr, nullptr));
  // libswscale gives no other reason for formats that it knows.
  if (!context.sws && sws_isSupportedInput(format) != 0) throw std::bad_alloc();
  if (!context.sws) return false;
  if (!set_range(*context.sws, format, kind.range)) return false;
  context.kind = kind;
  return true;
}

bool BgrConverter::convert(const AVFrame& frame, const ShownAs& shown, Image& image) {
  const int width = shown.width, height = shown.height;
  const Orientation orientation = shown.orientation;
  if (!prepare(whole_, {frame.width, frame.height, frame.format, frame.color_range, width, height}))
    return false;

  const bool in_place = orientation.upright() && width % kGroup == 0;
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
  if (sws_scale(whole_.sws.get(), frame.data, frame.linesize, 0, frame.height, &bgr, &stride) !=
      height)
    return false;
  if (in_place) return true;
  const ImageView stored{bgr, width, height, 3, stride};
  image.fit(orientation.transpose ? height : width, orientation.transpose ? width : height, 3);
  orient(stored, orientation, image);
  return true;
}

// To make one takes as long as to convert a part, so that they are kept, and are for a few widths.
BgrConverter::Context& BgrConverter::part_context(const Kind& kind) {
  constexpr std::size_t kMost = 16;
  for (Context& context : parts_)
    if (context.kind == kind) return context;
  if (parts_.size() == kMost) parts_.erase(parts_.begin());
  return parts_.emplace_back();
}

ImageView BgrConverter::convert(const AVFrame& frame, const Region& part, Image& room) {
  // Whole blocks of 2 x 2 pixels, which share their U and V.
  constexpr int kWidths = kGroup;
  const int top = part.y / 2 * 2;
  const int height = (part.y + part.height + 1) / 2 * 2 - top;
  const int needed = part.x + part.width - part.x / 2 * 2;
  int width = std::min(frame.width, (needed + kWidths - 1) / kWidths * kWidths);
  int left = std::min(part.x / 2 * 2, (frame.width - width) / 2 * 2);
  // The last column of a frame of odd width.
  if (left + width < part.x + part.width) width = frame.width, left = 0;
  // Of the height of the frame, from the top of which it takes as many rows as there are.
  const Kind kind{width, frame.height, frame.format, frame.color_range, width, frame.height};
  Context& context = part_context(kind);
  if (!prepare(context, kind)) return {};

  room.resize((width + kGroup - 1) / kGroup * kGroup + 2 * kGroup, height, 3);
  const bool half_rows = frame.format == AV_PIX_FMT_YUV420P || frame.format == AV_PIX_FMT_YUVJ420P;
  const auto at = [&](int plane, int x, int y) -> const std::uint8_t* {
    return frame.data[plane] + static_cast<std::ptrdiff_t>(y) * frame.linesize[plane] + x;
  };
  const int colour_row = half_rows ? top / 2 : top;
  const std::array<const std::uint8_t*, 4> planes{at(0, left, top), at(1, left / 2, colour_row),
                                                  at(2, left / 2, colour_row), nullptr};
  std::uint8_t* bgr = room.data();
  const auto stride = static_cast<int>(room.stride());
  if (sws_scale(context.sws.get(), planes.data(), frame.linesize, 0, height, &bgr, &stride) !=
      height)
    return {};
  return {room.row(part.y - top) + std::ptrdiff_t{3} * (part.x - left), part.width, part.height, 3,
          stride};
}

// As a picture of blocks of 2 x 2 pixels, of which the first is the one that is wanted.
bool BgrConverter::convert(const AVFrame& frame, std::span<const int> x, std::span<const int> y,
                           Image& pixels) {
  const auto columns = static_cast<int>(x.size()), rows = static_cast<int>(y.size());
  const int width = 2 * columns, height = 2 * rows;
  if (!prepare(pixels_, {width, height, frame.format, frame.color_range, width, height}))
    return false;
  const bool half_rows = frame.format == AV_PIX_FMT_YUV420P || frame.format == AV_PIX_FMT_YUVJ420P;
  const int stride = (width + kGroup - 1) / kGroup * kGroup + 2 * kGroup;
  const int plane = stride * height;
  gathered_.resize(3 * static_cast<std::size_t>(plane));
  std::uint8_t* const to[] = {gathered_.data(), gathered_.data() + plane,
                              gathered_.data() + 2 * plane};
  for (int row = 0; row < rows; ++row) {
    const auto from = [&](int p, int line) {
      return frame.data[p] + static_cast<std::ptrdiff_t>(line) * frame.linesize[p];
    };
    const int line = y[static_cast<std::size_t>(row)], colour_line = half_rows ? line / 2 : line;
    const int colour_row = half_rows ? row : 2 * row;
    const std::uint8_t *luma = from(0, line), *u = from(1, colour_line), *v = from(2, colour_line);
    for (int column = 0; column < columns; ++column) {
      const int at = x[static_cast<std::size_t>(column)];
      to[0][2 * row * stride + 2 * column] = luma[at];
      to[1][colour_row * stride + column] = u[at / 2];
      to[2][colour_row * stride + column] = v[at / 2];
    }
  }
  blocks_.resize(stride, height, 3);
  const std::uint8_t* const planes[] = {to[0], to[1], to[2], nullptr};
  const int strides[] = {stride, stride, stride, 0};
  std::uint8_t* bgr = blocks_.data();
  const auto bgr_stride = static_cast<int>(blocks_.stride());
  if (sws_scale(pixels_.sws.get(), planes, strides, 0, height, &bgr, &bgr_stride) != height)
    return false;
  for (int row = 0; row < rows; ++row)
    for (int column = 0; column < columns; ++column)
      std::copy_n(blocks_.row(2 * row) + 6 * column, 3, pixels.row(row) + 3 * column);
  return true;
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
