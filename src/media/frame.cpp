// Frame: a picture as the decoder left it, and in BGR once somebody asks.
#include <algorithm>
#include <cassert>
#include <new>
#include <string>
#include <utility>

extern "C" {
#include <libavutil/pixdesc.h>
}

#include "auriga/error.hpp"
#include "auriga/source.hpp"

#include "base/memory.hpp"
#include "base/stage_clock.hpp"
#include "media/native_frame.hpp"
#include "media/orientation.hpp"

namespace auriga {

namespace {

PixelFormat format_of(int av_format) {
  switch (av_format) {
    case AV_PIX_FMT_BGR24:
      return PixelFormat::bgr24;
    case AV_PIX_FMT_YUV420P:
    case AV_PIX_FMT_YUVJ420P:
      return PixelFormat::yuv420p;
    case AV_PIX_FMT_YUV422P:
    case AV_PIX_FMT_YUVJ422P:
      return PixelFormat::yuv422p;
    case AV_PIX_FMT_YUV444P:
    case AV_PIX_FMT_YUVJ444P:
      return PixelFormat::yuv444p;
    case AV_PIX_FMT_NV12:
      return PixelFormat::nv12;
    default:
      return PixelFormat::other;
  }
}

bool holds(const Region& whole, const Region& part) {
  return part.x >= whole.x && part.y >= whole.y && part.x + part.width <= whole.x + whole.width &&
         part.y + part.height <= whole.y + whole.height;
}

}  // namespace

AvFrame make_av_frame() {
  AvFrame frame(av_frame_alloc());
  if (!frame) throw std::bad_alloc();
  return frame;
}

void Frame::Native::describe() {
  const int width = frame->width, height = frame->height;
  const auto plane = [&](std::size_t i, int samples, int rows) {
    planes[i] = {frame->data[i], samples, rows, frame->linesize[i]};
    plane_count = i + 1;
  };
  format = format_of(frame->format);
  plane_count = 0;
  const int half_width = (width + 1) / 2, half_height = (height + 1) / 2;
  switch (format) {
    case PixelFormat::bgr24:
      plane(0, 3 * width, height);
      break;
    case PixelFormat::nv12:
      plane(0, width, height), plane(1, 2 * half_width, half_height);
      break;
    case PixelFormat::yuv420p:
      plane(0, width, height), plane(1, half_width, half_height), plane(2, half_width, half_height);
      break;
    case PixelFormat::yuv422p:
      plane(0, width, height), plane(1, half_width, height), plane(2, half_width, height);
      break;
    case PixelFormat::yuv444p:
      plane(0, width, height), plane(1, width, height), plane(2, width, height);
      break;
    case PixelFormat::other:
      break;
  }
}

void Frame::Native::clear() {
  av_frame_unref(frame.get());
  converters.reset();
  plane_count = 0;
}

Frame::Frame() = default;
Frame::~Frame() = default;

Frame::Frame(Frame&& other) noexcept { *this = std::move(other); }

Frame& Frame::operator=(Frame&& other) noexcept {
  if (this == &other) return *this;
  index = std::exchange(other.index, 0);
  timestamp_s = std::exchange(other.timestamp_s, 0);
  decode_ms = std::exchange(other.decode_ms, 0);
  missing = std::exchange(other.missing, false);
  native_ = std::move(other.native_);
  bgr_ = std::exchange(other.bgr_, {});
  parts_ = std::exchange(other.parts_, {});
  another_ = std::exchange(other.another_, {});
  converted_px_ = std::exchange(other.converted_px_, 0);
  whole_ = std::exchange(other.whole_, false);
  return *this;
}

int Frame::width() const {
  return whole_ ? bgr_.width() : native_ && !native_->empty() ? native_->width() : 0;
}

int Frame::height() const {
  return whole_ ? bgr_.height() : native_ && !native_->empty() ? native_->height() : 0;
}

PixelFormat Frame::format() const {
  return native_ && !native_->empty() ? native_->format : PixelFormat::bgr24;
}

std::span<const Plane> Frame::planes() const {
  if (native_ && !native_->empty()) return {native_->planes.data(), native_->plane_count};
  if (!whole_) return {};
  bgr_plane_ = {bgr_.data(), 3 * bgr_.width(), bgr_.height(), bgr_.stride()};
  return {&bgr_plane_, 1};
}

ImageView Frame::bgr() {
  if (whole_) return bgr_;
  if (!native_ || native_->empty()) return {};
  const double begin_ms = StageClock::now();
  const bool converted = native_->converters->with_one([&](BgrConverter& converter) {
    return converter.convert(*native_->frame, native_->shown, bgr_);
  });
  if (!converted) {
    require_memory();
    const char* format = av_get_pix_fmt_name(static_cast<AVPixelFormat>(native_->frame->format));
    throw Error(ErrorCode::input, "frame " + std::to_string(index) + ": its pixel format, " +
                                      (format != nullptr ? format : "an unknown one") +
                                      ", cannot be converted to BGR; convert it to H.264 in MP4");
  }
  whole_ = true;
  decode_ms += StageClock::now() - begin_ms;
  return bgr_;
}

ImageView Frame::bgr(const Region& region) {
  assert(region.x >= 0 && region.y >= 0 && region.width >= 0 && region.height >= 0 &&
         region.x + region.width <= width() && region.y + region.height <= height());
  if (region.width == 0 || region.height == 0)
    return {nullptr, region.width, region.height, 3, std::ptrdiff_t{3} * region.width};
  const auto area = [](std::int64_t columns, std::int64_t rows) { return columns * rows; };
  const std::int64_t pixels = converted_px_ + area(region.width, region.height);
  if (!whole_)
    for (const Part& part : parts_)
      if (holds(part.region, region))
        return {part.view.row(region.y - part.region.y) +
                    std::ptrdiff_t{3} * (region.x - part.region.x),
                region.width, region.height, 3, part.view.stride};
  if (converts_parts() && pixels <= area(width(), height())) {
    converted_px_ = pixels;
    return convert(region);
  }
  const ImageView all = bgr();
  return {all.row(region.y) + std::ptrdiff_t{3} * region.x, region.width, region.height, 3,
          all.stride};
}

// Of a frame that converts parts.
ImageView Frame::convert(const Region& region) {
  constexpr std::size_t kMostKept = 4;
  // One that the part makes superfluous makes room.
  auto place = std::find_if(parts_.begin(), parts_.end(),
                            [&](const Part& part) { return holds(region, part.region); });
  if (place == parts_.end() && parts_.size() < kMostKept)
    place = parts_.insert(place, Part{{}, {}, native_->converters->take_room()});
  Image& room = place != parts_.end() ? place->room : another_;
  if (place != parts_.end()) place->region = {};
  const double begin_ms = StageClock::now();
  const ImageView part = BgrConverter::convert(*native_->frame, region, room);
  decode_ms += StageClock::now() - begin_ms;
  if (place != parts_.end()) place->region = region, place->view = part;
  return part;
}

void Frame::let_parts_go() {
  if (native_ && native_->converters)
    for (Part& part : parts_) native_->converters->give_room_back(std::move(part.room));
  parts_.clear();
  converted_px_ = 0;
}

void Frame::bgr_at(std::span<const int> x, std::span<const int> y, Image& pixels) {
  pixels.fit(static_cast<int>(x.size()), static_cast<int>(y.size()), 3);
  if (converts_parts()) {
    const double begin_ms = StageClock::now();
    BgrConverter::convert(*native_->frame, x, y, pixels);
    decode_ms += StageClock::now() - begin_ms;
    return;
  }
  const ImageView all = bgr();
  for (std::size_t row = 0; row < y.size(); ++row)
    for (std::size_t column = 0; column < x.size(); ++column)
      std::copy_n(all.row(y[row]) + std::ptrdiff_t{3} * x[column], 3,
                  pixels.row(static_cast<int>(row)) + 3 * column);
}

bool Frame::converts_parts() const {
  return !whole_ && native_ && !native_->empty() && native_->shown.as_stored(*native_->frame) &&
         BgrConverter::can_convert_parts(*native_->frame);
}

void Frame::convert() {
  bgr();
  let_parts_go();
  another_.release();
  if (native_) native_->clear();
}

Image& Frame::write_bgr() {
  let_parts_go();
  if (native_) native_->clear();
  decode_ms = 0;
  missing = false;
  whole_ = true;
  return bgr_;
}

Image& Frame::write_bgr(int width, int height) {
  write_bgr().fit(width, height, 3);
  return bgr_;
}

void Frame::assign(const Frame& other) {
  if (this == &other) return;
  index = other.index;
  timestamp_s = other.timestamp_s;
  decode_ms = 0;
  let_parts_go();
  if (native_) native_->clear();
  if (other.native_ && !other.native_->empty()) {
    if (!native_) native_ = std::make_unique<Native>();
    if (av_frame_ref(native_->frame.get(), other.native_->frame.get()) < 0) throw std::bad_alloc();
    native_->shown = other.native_->shown;
    native_->converters = other.native_->converters;
    native_->describe();
  }
  whole_ = other.whole_;
  if (!whole_) return;
  bgr_.fit(other.bgr_.width(), other.bgr_.height(), other.bgr_.channels());
  orient(other.bgr_, {}, bgr_);
}

std::size_t Frame::bytes() const {
  std::size_t bytes = bgr_.capacity_bytes() + another_.capacity_bytes();
  for (const Part& part : parts_) bytes += part.room.capacity_bytes();
  if (!native_) return bytes;
  for (const AVBufferRef* buffer : native_->frame->buf)
    if (buffer != nullptr) bytes += buffer->size;
  return bytes;
}

void Frame::forget() {
  const bool made = whole_ && native_ && !native_->empty();
  let_parts_go();
  if (native_) native_->clear();
  if (made) bgr_.release();
  whole_ = false;
}

void Frame::release() { *this = Frame(); }

}  // namespace auriga
