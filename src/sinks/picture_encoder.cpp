#include "sinks/picture_encoder.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>

#include <fmt/core.h>

extern "C" {
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
}

#include "sinks/video_failure.hpp"

namespace auriga {

namespace {

constexpr int kMostSide = 8191;  // 13 bits in MPEG-4 part 2
constexpr double kUnknownFps = 30;
constexpr int kQuantiser = 3;  // of MPEG-4 part 2, 1 to 31; 3 shows no blocks

// What differs from codec to codec. All are set to a quality, not to a bit rate, that shows no
// blocks: details of a face are what the video is looked at for.
void set_up(AVCodecContext& codec, std::string_view name) {
  if (name == "mpeg4") {
    codec.codec_tag = MKTAG('D', 'I', 'V', 'X');
    codec.gop_size = 12;
    codec.flags |= AV_CODEC_FLAG_QSCALE;
    codec.global_quality = kQuantiser * FF_QP2LAMBDA;
    return;
  }
  codec.gop_size = 30;  // near enough for whoever jumps to a frame
  codec.color_range = AVCOL_RANGE_MPEG;
  codec.colorspace = AVCOL_SPC_SMPTE170M;  // BT.601, which libswscale converts BGR with
  codec.color_primaries = AVCOL_PRI_BT709;
  codec.color_trc = AVCOL_TRC_BT709;
  codec.chroma_sample_location = AVCHROMA_LOC_LEFT;
  if (name == "libx264") {
    // The fastest that there is: the analysis waits for it.
    av_opt_set(codec.priv_data, "preset", "ultrafast", 0);
    av_opt_set(codec.priv_data, "crf", "21", 0);
    // The same bytes on every processor.
    av_opt_set(codec.priv_data, "x264-params", "cpu-independent=1", 0);
  } else {  // libopenh264, which knows no constant quality
    const double pixels = static_cast<double>(codec.width) * codec.height;
    codec.bit_rate = std::llround(std::clamp(0.25 * pixels * av_q2d(codec.framerate), 5e5, 5e7));
    codec.profile = FF_PROFILE_H264_CONSTRAINED_BASELINE;
  }
}

// Black in limited-range YUV, outside of a rectangle whose corners are even or those of the frame.
void blacken_around(AVFrame& frame, int left, int top, int width, int height) {
  for (int plane = 0; plane < 3; ++plane) {
    const int shift = plane == 0 ? 0 : 1;
    const auto halved = [&](int length) { return (length + shift) >> shift; };
    const int all = halved(frame.width), rows = halved(frame.height);
    const int x0 = left >> shift, x1 = std::min(all, x0 + halved(width));
    const int y0 = top >> shift, y1 = std::min(rows, y0 + halved(height));
    const int black = plane == 0 ? 16 : 128;
    for (int y = 0; y < rows; ++y) {
      std::uint8_t* row =
          frame.data[plane] + static_cast<std::ptrdiff_t>(y) * frame.linesize[plane];
      const bool outside = y < y0 || y >= y1;
      std::memset(row, black, static_cast<std::size_t>(outside ? all : x0));
      if (!outside) std::memset(row + x1, black, static_cast<std::size_t>(all - x1));
    }
  }
}

}  // namespace

std::span<const PictureCodec> codecs_of_mp4() {
  static constexpr std::array kCodecs = {PictureCodec{"libx264", true},
                                         PictureCodec{"libopenh264", true},
                                         PictureCodec{"mpeg4", true}};
  return kCodecs;
}

std::span<const PictureCodec> codecs_of_avi() {
  static constexpr std::array kCodecs = {PictureCodec{"mpeg4", false}};
  return kCodecs;
}

void PictureEncoder::FreeConverter::operator()(SwsContext* p) const { sws_freeContext(p); }

PictureEncoder::PictureEncoder(std::filesystem::path target, const PictureEncoderOptions& options)
    : target_(std::move(target)), width_(options.width), height_(options.height) {
  if (width_ < 1 || width_ > kMostSide || height_ < 1 || height_ > kMostSide)
    fail_video(target_, fmt::format("expected frames of 1 to {} px, found {}x{}", kMostSide, width_,
                                    height_));
  open(options);
  frame_ = allocate_frame(codec_->width, codec_->height);
}

PictureEncoder::~PictureEncoder() = default;

void PictureEncoder::open(const PictureEncoderOptions& options) {
  const double fps = options.fps >= 0.01 && options.fps < 1000 ? options.fps : kUnknownFps;
  const AVRational rate = av_d2q(fps, 65535);  // the most that MPEG-4 part 2 can state
  std::string names, problem;
  for (const auto& [name, even] : options.codecs) {
    names += (names.empty() ? "" : ", ") + std::string(name);
    const AVCodec* encoder = avcodec_find_encoder_by_name(name);
    if (encoder == nullptr) continue;
    codec_.reset(allocated(avcodec_alloc_context3(encoder)));
    codec_->width = even ? (width_ + 1) / 2 * 2 : width_;
    codec_->height = even ? (height_ + 1) / 2 * 2 : height_;
    codec_->pix_fmt = AV_PIX_FMT_YUV420P;
    // Pictures are counted; the container has their times.
    codec_->time_base = av_inv_q(rate);
    codec_->framerate = rate;
    codec_->max_b_frames = 0;
    codec_->flags |= AV_CODEC_FLAG_BITEXACT;
    if (options.global_header) codec_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    codec_->thread_count = 1;
    set_up(*codec_, name);
    const int opened = avcodec_open2(codec_.get(), encoder, nullptr);
    if (opened >= 0) return;
    problem =
        fmt::format("libav cannot open the encoder \"{}\": {}", name, text_of_av_error(opened));
  }
  fail_video(target_,
             problem.empty()
                 ? fmt::format("expected an encoder of libavcodec for it ({}), found none; "
                               "install a libavcodec that has one",
                               names)
                 : problem);
}

PictureEncoder::FrameHandle PictureEncoder::allocate_frame(int width, int height) const {
  FrameHandle frame(allocated(av_frame_alloc()));
  frame->format = codec_->pix_fmt;
  frame->width = width;
  frame->height = height;
  frame->quality = codec_->global_quality;
  check_video(target_, av_frame_get_buffer(frame.get(), 0), "allocate a frame");
  return frame;
}

// libswscale reads beyond the ends of rows: whole vectors, which it then ignores, and with an odd
// width the pixel behind the last one, which it uses. So it gets a copy with room behind, and the
// last pixel twice.
ImageView PictureEncoder::with_room_behind(ImageView bgr, int width, int height) {
  constexpr int kRoom_px = 64;
  padded_.resize(width + kRoom_px, height, 3);
  const auto bytes = 3 * static_cast<std::size_t>(bgr.width);
  for (int y = 0; y < height; ++y) {
    std::uint8_t* row = padded_.row(y);
    std::memcpy(row, bgr.row(std::min(y, bgr.height - 1)), bytes);
    for (int again = 0; again <= width - bgr.width; ++again)
      std::memcpy(row + bytes + 3 * again, row + bytes - 3, 3);
  }
  return {padded_.data(), width, height, 3, padded_.stride()};
}

void PictureEncoder::convert(ImageView bgr, AVFrame& to) {
  converter_.reset(sws_getCachedContext(
      converter_.release(), bgr.width, bgr.height, AV_PIX_FMT_BGR24, to.width, to.height,
      codec_->pix_fmt, SWS_BICUBIC | SWS_ACCURATE_RND | SWS_BITEXACT, nullptr, nullptr, nullptr));
  if (!converter_)
    fail_video(target_,
               fmt::format("libswscale cannot convert a frame of {}x{} px", bgr.width, bgr.height));
  const std::uint8_t* const rows[1] = {bgr.data};
  const int strides[1] = {static_cast<int>(bgr.stride)};
  sws_scale(converter_.get(), rows, strides, 0, bgr.height, to.data, to.linesize);
}

void PictureEncoder::letterbox(ImageView bgr) {
  const double scale = std::min(static_cast<double>(frame_->width) / bgr.width,
                                static_cast<double>(frame_->height) / bgr.height);
  const auto fitted = [scale](int side, int most) {
    return std::clamp(2 * static_cast<int>(std::lround(side * scale / 2)), std::min(2, most), most);
  };
  const int width = fitted(bgr.width, frame_->width), height = fitted(bgr.height, frame_->height);
  const int left = (frame_->width - width) / 4 * 2, top = (frame_->height - height) / 4 * 2;
  if (!fitted_ || fitted_->width != width || fitted_->height != height)
    fitted_ = allocate_frame(width, height);
  convert(with_room_behind(bgr, bgr.width, bgr.height), *fitted_);
  for (int plane = 0; plane < 3; ++plane) {
    const int shift = plane == 0 ? 0 : 1;
    for (int y = 0; y < (height + shift) >> shift; ++y)
      std::memcpy(frame_->data[plane] +
                      static_cast<std::ptrdiff_t>((top >> shift) + y) * frame_->linesize[plane] +
                      (left >> shift),
                  fitted_->data[plane] + static_cast<std::ptrdiff_t>(y) * fitted_->linesize[plane],
                  static_cast<std::size_t>((width + shift) >> shift));
  }
  blacken_around(*frame_, left, top, width, height);
}

void PictureEncoder::send(ImageView bgr) {
  assert(bgr.channels == 3 && !bgr.empty());
  check_video(target_, av_frame_make_writable(frame_.get()), "allocate a frame");
  if (bgr.width == width_ && bgr.height == height_)
    convert(with_room_behind(bgr, frame_->width, frame_->height), *frame_);
  else
    letterbox(bgr);
  frame_->pts = sent_++;
  check_video(target_, avcodec_send_frame(codec_.get(), frame_.get()), "encode a frame");
}

void PictureEncoder::send_end() {
  check_video(target_, avcodec_send_frame(codec_.get(), nullptr), "encode a frame");
}

bool PictureEncoder::receive(AVPacket& packet) {
  const int received = avcodec_receive_packet(codec_.get(), &packet);
  if (received == AVERROR(EAGAIN) || received == AVERROR_EOF) return false;
  check_video(target_, received, "encode a frame");
  return true;
}

}  // namespace auriga
