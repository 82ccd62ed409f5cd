#include "live/raw_picture.hpp"

#include <algorithm>
#include <array>
#include <cstring>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/frame.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
}

#include "media/bgr_converter.hpp"
#include "media/libav.hpp"
#include "media/native_frame.hpp"
#include "media/video_decoder.hpp"

namespace auriga {
namespace {

constexpr std::array<RawFormat, 7> kFormats = {{{RawPixels::bgr24, "bgr24", 24},
                                                {RawPixels::rgb24, "rgb24", 24},
                                                {RawPixels::gray, "gray", 8},
                                                {RawPixels::yuyv422, "yuyv422", 16},
                                                {RawPixels::uyvy422, "uyvy422", 16},
                                                {RawPixels::nv12, "nv12", 12},
                                                {RawPixels::yuv420p, "yuv420p", 12}}};

AVPixelFormat av_format(RawPixels pixels) {
  switch (pixels) {
    case RawPixels::bgr24:
      return AV_PIX_FMT_BGR24;
    case RawPixels::rgb24:
      return AV_PIX_FMT_RGB24;
    case RawPixels::gray:
      return AV_PIX_FMT_GRAY8;
    case RawPixels::yuyv422:
      return AV_PIX_FMT_YUYV422;
    case RawPixels::uyvy422:
      return AV_PIX_FMT_UYVY422;
    case RawPixels::nv12:
      return AV_PIX_FMT_NV12;
    case RawPixels::yuv420p:
      break;
  }
  return AV_PIX_FMT_YUV420P;
}

bool fits(int width, int height) {
  return width > 0 && height > 0 && std::int64_t{width} * height <= kMaxVideoPixels;
}

bool to_bgr(BgrConverter& converter, const AVFrame& frame, Frame& to) {
  if (!fits(frame.width, frame.height) || !BgrConverter::can_convert(frame)) return false;
  return converter.convert(frame, ShownAs{frame.width, frame.height, {}},
                           to.write_bgr(frame.width, frame.height));
}

}  // namespace

const RawFormat* raw_format(std::string_view name) {
  const auto found = std::find_if(kFormats.begin(), kFormats.end(),
                                  [&](const RawFormat& one) { return one.name == name; });
  return found == kFormats.end() ? nullptr : &*found;
}

const RawFormat& raw_format(RawPixels pixels) { return kFormats[static_cast<std::size_t>(pixels)]; }

std::string raw_format_names() {
  std::string names;
  for (const RawFormat& one : kFormats)
    names += (names.empty() ? "" : ", ") + std::string(one.name);
  return names;
}

std::size_t raw_bytes(RawPixels pixels, int width, int height) {
  const int bytes = av_image_get_buffer_size(av_format(pixels), width, height, 1);
  return bytes < 0 ? 0 : static_cast<std::size_t>(bytes);
}

struct RawConverter::State {
  AvFrame frame = make_av_frame();
  BgrConverter converter;
};

RawConverter::RawConverter() : state_(std::make_unique<State>()) {}
RawConverter::~RawConverter() = default;

bool RawConverter::convert(RawPixels pixels, int width, int height,
                           std::span<const std::uint8_t> bytes, std::size_t stride, Frame& to) {
  if (!fits(width, height)) return false;
  AVFrame& frame = *state_->frame;
  const AVPixelFormat format = av_format(pixels);
  if (av_image_fill_arrays(frame.data, frame.linesize, bytes.data(), format, width, height, 1) < 0)
    return false;
  std::size_t needed = raw_bytes(pixels, width, height);
  if (stride > 0 && stride != static_cast<std::size_t>(frame.linesize[0])) {
    // Cameras pad rows; their further planes follow with rows that are padded likewise.
    if (stride < static_cast<std::size_t>(frame.linesize[0])) return false;
    const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(format);
    const std::size_t rows = static_cast<std::size_t>(height);
    const std::size_t colour_rows = (rows + 1) / 2;
    frame.linesize[0] = static_cast<int>(stride);
    needed = stride * rows;
    if (pixels == RawPixels::nv12) {
      frame.linesize[1] = static_cast<int>(stride);
      frame.data[1] = frame.data[0] + needed;
      needed += stride * colour_rows;
    } else if (pixels == RawPixels::yuv420p) {
      const std::size_t half = stride / 2;
      frame.linesize[1] = frame.linesize[2] = static_cast<int>(half);
      frame.data[1] = frame.data[0] + needed;
      frame.data[2] = frame.data[1] + half * colour_rows;
      needed += 2 * half * colour_rows;
    } else if (description == nullptr) {
      return false;
    }
  }
  if (bytes.size() < needed) return false;
  frame.format = format;
  frame.width = width;
  frame.height = height;
  return to_bgr(state_->converter, frame, to);
}

struct JpegDecoder::State {
  AvHandle<AVCodecContext> decoder;
  AvHandle<AVPacket> packet{allocated(av_packet_alloc())};
  AvFrame frame = make_av_frame();
  BgrConverter converter;
  std::vector<std::uint8_t> padded;

  State() {
    const AVCodec* codec = avcodec_find_decoder(AV_CODEC_ID_MJPEG);
    if (codec == nullptr) return;
    decoder.reset(allocated(avcodec_alloc_context3(codec)));
    decoder->thread_count = 1;
    decoder->max_pixels = kMaxVideoPixels;
    if (avcodec_open2(decoder.get(), codec, nullptr) < 0) decoder.reset();
  }
};

JpegDecoder::JpegDecoder() : state_(std::make_unique<State>()) {}
JpegDecoder::~JpegDecoder() = default;

bool JpegDecoder::decode(std::span<const std::uint8_t> bytes, Frame& to) {
  State& state = *state_;
  if (!state.decoder || bytes.empty()) return false;
  state.padded.assign(bytes.begin(), bytes.end());
  state.padded.resize(bytes.size() + AV_INPUT_BUFFER_PADDING_SIZE, 0);
  state.packet->data = state.padded.data();
  state.packet->size = static_cast<int>(bytes.size());
  const int sent = avcodec_send_packet(state.decoder.get(), state.packet.get());
  state.packet->data = nullptr;
  state.packet->size = 0;
  if (sent < 0) return false;
  bool converted = false;
  while (avcodec_receive_frame(state.decoder.get(), state.frame.get()) >= 0) {
    converted = (state.frame->flags & AV_FRAME_FLAG_CORRUPT) == 0 &&
                to_bgr(state.converter, *state.frame, to);
    av_frame_unref(state.frame.get());
  }
  return converted;
}

void JpegSplitter::add(std::span<const std::uint8_t> bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

void JpegSplitter::drop(std::size_t count) {
  bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(count));
  at_ = 0;
  within_ = in_scan_ = false;
}

// A picture is FF D8, then segments FF marker length ..., of which SOS is followed by compressed
// data, in which FF stands only before 00 or a restart marker, then FF D9.
bool JpegSplitter::next(std::vector<std::uint8_t>& picture) {
  constexpr std::uint8_t kStart = 0xD8, kEnd = 0xD9, kScan = 0xDA;
  while (true) {
    if (!within_) {
      const std::uint8_t mark[] = {0xFF, kStart};
      const auto start = std::search(bytes_.begin(), bytes_.end(), mark, mark + 2);
      if (start == bytes_.end()) {
        const bool half = !bytes_.empty() && bytes_.back() == 0xFF;
        drop(bytes_.size() - (half ? 1 : 0));
        return false;
      }
      drop(static_cast<std::size_t>(start - bytes_.begin()));
      within_ = true;
      at_ = 2;
    }
    if (in_scan_) {
      const auto* found = static_cast<const std::uint8_t*>(
          std::memchr(bytes_.data() + at_, 0xFF, bytes_.size() - at_));
      at_ = found == nullptr ? bytes_.size() : static_cast<std::size_t>(found - bytes_.data());
    }
    if (bytes_.size() > kMostBytes) {
      ++broken_;
      drop(2);
      continue;
    }
    if (at_ + 2 > bytes_.size()) return false;
    const std::uint8_t marker = bytes_[at_ + 1];
    if (bytes_[at_] != 0xFF) {  // damage between segments
      ++at_;
    } else if (marker == kEnd) {
      picture.assign(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(at_ + 2));
      drop(at_ + 2);
      return true;
    } else if (marker == kStart) {  // another one begins: this has no end
      ++broken_;
      drop(at_);
    } else if (marker == 0xFF) {  // fill bytes
      ++at_;
    } else if (marker == 0 || (marker >= 0xD0 && marker <= 0xD7) || marker == 1) {
      at_ += 2;
    } else {
      if (at_ + 4 > bytes_.size()) return false;
      const std::size_t length = std::size_t{bytes_[at_ + 2]} << 8 | bytes_[at_ + 3];
      if (length < 2) {
        ++broken_;
        drop(at_ + 2);
        continue;
      }
      if (at_ + 2 + length > bytes_.size()) return false;
      in_scan_ = marker == kScan;
      at_ += 2 + length;
    }
  }
}

}  // namespace auriga
