#include "sinks/tracked_video.hpp"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
}

#include "auriga/engine.hpp"
#include "auriga/error.hpp"
#include "auriga/sinks.hpp"

#include "drawing/overlay.hpp"
#include "files/part_file.hpp"
#include "files/part_name.hpp"
#include "files/written_file.hpp"

namespace auriga {

namespace fs = std::filesystem;

namespace {

constexpr int kMostSide = 8191;  // 13 bits in MPEG-4 part 2
constexpr double kUnknownFps = 30;
constexpr int kQuantiser = 3;  // 1 to 31; 3 shows no blocks
constexpr int kFramesBetweenKeys = 12;

std::string text_of(int av_error) {
  char text[AV_ERROR_MAX_STRING_SIZE];
  av_strerror(av_error, text, sizeof text);
  return text;
}

// An empty file beside the target, which libavformat can open by name.
fs::path create_part(const fs::path& target) {
  std::error_code error;
  const fs::file_status status = fs::status(target, error);
  if (fs::is_directory(status)) fail_output(target, "write", EISDIR);
  if (!target.has_filename()) fail_output(target, "write", ENOENT);
  if (fs::exists(status) && !fs::is_regular_file(status))
    throw Error(ErrorCode::output, fmt::format("cannot write {}: it is a device, pipe or socket, "
                                               "expected a file; choose the name of a file",
                                               target.string()));
  while (true) {
    fs::path part = part_path(target);
    const int descriptor = open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor >= 0) {
      close(descriptor);
      return part;
    }
    if (errno != EEXIST && errno != EINTR) fail_output(target, "write", errno);
  }
}

// Waits until the bytes are on the storage device, as far as the file system can.
void sync(const fs::path& file, const fs::path& target) {
  const int descriptor = open(file.c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) fail_output(target, "write", errno);
  const int failure = fsync(descriptor) == 0 ? 0 : errno;
  close(descriptor);
  if (failure != 0 && failure != EINVAL && failure != ENOTSUP)
    fail_output(target, "write", failure);
}

}  // namespace

struct TrackedVideo::Encoder {
  fs::path target, part;
  AVFormatContext* container = nullptr;
  AVCodecContext* codec = nullptr;
  AVStream* stream = nullptr;
  AVFrame* frame = nullptr;
  AVPacket* packet = nullptr;
  SwsContext* converter = nullptr;
  Image padded;
  std::int64_t frames = 0;

  Encoder() = default;
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
  ~Encoder() {
    sws_freeContext(converter);
    av_packet_free(&packet);
    av_frame_free(&frame);
    avcodec_free_context(&codec);
    if (container != nullptr) avio_closep(&container->pb);
    avformat_free_context(container);
    if (!part.empty()) unlink(part.c_str());
  }

  [[noreturn]] void fail(const std::string& reason) const {
    throw Error(ErrorCode::output,
                fmt::format("cannot write {}: {}; leave out the tracked video, or choose another "
                            "place for it",
                            target.string(), reason));
  }
  void check(int result, const char* doing) const {
    if (result < 0) fail(fmt::format("libav cannot {}: {}", doing, text_of(result)));
  }

  void open(double fps, int width, int height) {
    const AVCodec* mpeg4 = avcodec_find_encoder(AV_CODEC_ID_MPEG4);
    if (mpeg4 == nullptr)
      fail(
          "expected the encoder \"mpeg4\" (MPEG-4 part 2) in libavcodec, found none; install a "
          "libavcodec that has it");
    if (width < 1 || width > kMostSide || height < 1 || height > kMostSide)
      fail(fmt::format("expected frames of 1 to {} px, found {}x{}", kMostSide, width, height));
    if (!(fps >= 0.01 && fps < 1000)) fps = kUnknownFps;
    const AVRational rate = av_d2q(fps, 65535);  // the most that MPEG-4 part 2 can state

    codec = avcodec_alloc_context3(mpeg4);
    frame = av_frame_alloc();
    packet = av_packet_alloc();
    if (codec == nullptr || frame == nullptr || packet == nullptr) check(AVERROR(ENOMEM), "start");
    codec->codec_tag = MKTAG('D', 'I', 'V', 'X');
    codec->width = width;
    codec->height = height;
    codec->pix_fmt = AV_PIX_FMT_YUV420P;
    codec->time_base = av_inv_q(rate);
    codec->framerate = rate;
    codec->gop_size = kFramesBetweenKeys;
    codec->max_b_frames = 0;
    codec->flags |= AV_CODEC_FLAG_BITEXACT | AV_CODEC_FLAG_QSCALE;
    codec->global_quality = kQuantiser * FF_QP2LAMBDA;
    codec->thread_count = 1;
    check(avcodec_open2(codec, mpeg4, nullptr), "open the encoder \"mpeg4\"");
    frame->format = codec->pix_fmt;
    frame->width = width;
    frame->height = height;
    frame->quality = codec->global_quality;
    check(av_frame_get_buffer(frame, 0), "allocate a frame");

    check(avformat_alloc_output_context2(&container, nullptr, "avi", nullptr), "start an AVI");
    container->flags |= AVFMT_FLAG_BITEXACT;
    stream = avformat_new_stream(container, nullptr);
    if (stream == nullptr) check(AVERROR(ENOMEM), "start an AVI");
    stream->time_base = codec->time_base;
    stream->avg_frame_rate = rate;
    check(avcodec_parameters_from_context(stream->codecpar, codec), "start an AVI");
    part = create_part(target);
    // Said to be a file, whatever its name looks like.
    check(avio_open(&container->pb, ("file:" + part.string()).c_str(), AVIO_FLAG_WRITE),
          "open the file");
    check(avformat_write_header(container, nullptr), "write the header");
  }

  // libswscale reads beyond the ends of rows: whole vectors, which it then ignores, and with an odd
  // width the pixel behind the last one, which it uses. So it gets a copy with room behind, and the
  // last pixel twice.
  ImageView with_room_behind(ImageView bgr) {
    constexpr int kRoom_px = 64;
    padded.resize(bgr.width + kRoom_px, bgr.height, 3);
    const auto bytes = 3 * static_cast<std::size_t>(bgr.width);
    for (int y = 0; y < bgr.height; ++y) {
      std::memcpy(padded.row(y), bgr.row(y), bytes);
      std::memcpy(padded.row(y) + bytes, padded.row(y) + bytes - 3, 3);
    }
    return {padded.data(), bgr.width, bgr.height, 3, padded.stride()};
  }

  void convert(ImageView picture) {
    const ImageView bgr = with_room_behind(picture);
    converter = sws_getCachedContext(
        converter, bgr.width, bgr.height, AV_PIX_FMT_BGR24, codec->width, codec->height,
        codec->pix_fmt, SWS_BICUBIC | SWS_ACCURATE_RND | SWS_BITEXACT, nullptr, nullptr, nullptr);
    if (converter == nullptr)
      fail(fmt::format("libswscale cannot convert a frame of {}x{} px", bgr.width, bgr.height));
    check(av_frame_make_writable(frame), "allocate a frame");
    const std::uint8_t* const rows[1] = {bgr.data};
    const int strides[1] = {static_cast<int>(bgr.stride)};
    sws_scale(converter, rows, strides, 0, bgr.height, frame->data, frame->linesize);
    frame->pts = frames++;
  }

  // nullptr: the end.
  void encode(const AVFrame* next) {
    check(avcodec_send_frame(codec, next), "encode a frame");
    while (true) {
      const int received = avcodec_receive_packet(codec, packet);
      if (received == AVERROR(EAGAIN) || received == AVERROR_EOF) return;
      check(received, "encode a frame");
      av_packet_rescale_ts(packet, codec->time_base, stream->time_base);
      packet->stream_index = stream->index;
      packet->duration = av_rescale_q(1, codec->time_base, stream->time_base);
      check(av_write_frame(container, packet), "write a frame");
      check(container->pb->error, "write a frame");  // e.g. a full disk
      av_packet_unref(packet);
    }
  }

  void finish() {
    encode(nullptr);
    check(av_write_trailer(container), "write the index");
    check(container->pb->error, "write the index");
    check(avio_closep(&container->pb), "close the file");
    sync(part, target);
  }

  void publish() {
    if (std::rename(part.c_str(), target.c_str()) != 0) fail_output(target, "write", errno);
    part.clear();
  }
};

TrackedVideo::TrackedVideo(fs::path target, double fps, int width, int height)
    : encoder_(std::make_unique<Encoder>()) {
  std::error_code error;
  // A link to a file stays a link: what it points to is replaced.
  if (fs::is_symlink(target, error) && fs::exists(target, error)) target = fs::canonical(target);
  encoder_->target = std::move(target);
  encoder_->open(fps, width, height);
}

TrackedVideo::~TrackedVideo() = default;
TrackedVideo::TrackedVideo(TrackedVideo&&) noexcept = default;
TrackedVideo& TrackedVideo::operator=(TrackedVideo&&) noexcept = default;

void TrackedVideo::add(ImageView bgr) {
  assert(bgr.channels == 3 && !bgr.empty());
  encoder_->convert(bgr);
  encoder_->encode(encoder_->frame);
}

Written TrackedVideo::complete() {
  encoder_->finish();
  Written written = describe_file(encoder_->part);
  written.path = encoder_->target;
  return written;
}

void TrackedVideo::publish() { encoder_->publish(); }

namespace {

class TrackedVideoSink : public Sink {
 public:
  explicit TrackedVideoSink(fs::path file) : path_(std::move(file)) {}

  Needs needs() const override { return {.gaze = true, .picture = true}; }

  void begin(const StreamInfo& stream, const Setup& setup) override {
    if (stream.still) return;
    camera_ = stream.camera;
    has_gaze_ = setup.has_gaze;
    video_.emplace(path_, stream.fps, stream.width, stream.height);
  }

  void row(const FaceRow& row) override {
    if (video_) faces_.push_back(row.result);
  }

  void frame(const FrameView& frame) override {
    if (!video_) return;
    const ImageView bgr = frame.bgr;
    canvas_.resize(bgr.width, bgr.height, bgr.channels);
    for (int y = 0; y < bgr.height; ++y)
      std::copy_n(bgr.row(y), static_cast<std::size_t>(canvas_.stride()), canvas_.row(y));
    for (const FrameResult& face : faces_) draw_face(canvas_, face, camera_, has_gaze_);
    faces_.clear();
    video_->add(canvas_);
  }

  std::vector<Written> finish(const FinalUnits&) override {
    if (!video_) return {};
    Written written = video_->complete();
    written.path = path_;
    return {std::move(written)};
  }

  void publish() override {
    if (video_) video_->publish();
  }

 private:
  fs::path path_;
  std::optional<TrackedVideo> video_;
  Camera camera_;
  bool has_gaze_ = false;
  std::vector<FrameResult> faces_;  // of the frame under way
  Image canvas_;
};

}  // namespace

std::unique_ptr<Sink> make_tracked_video_sink(fs::path file) {
  return std::make_unique<TrackedVideoSink>(std::move(file));
}

}  // namespace auriga
