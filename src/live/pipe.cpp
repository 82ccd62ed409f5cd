// Frames that another program writes, and cameras of the network.
#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <mutex>
#include <optional>
#include <utility>

#include <fmt/core.h>
#include <poll.h>
#include <unistd.h>

extern "C" {
#include <libavutil/dict.h>
#include <libavutil/mem.h>
}

#include "auriga/error.hpp"
#include "auriga/live.hpp"

#include "live/raw_picture.hpp"
#include "live/source_clock.hpp"
#include "media/bgr_converter.hpp"
#include "media/frame_facts.hpp"
#include "media/libav.hpp"
#include "media/native_frame.hpp"
#include "media/video_decoder.hpp"

namespace auriga {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kPatience{100};
constexpr const char* kName = "standard input";

// Told by the caller, or by stop().
struct Stop {
  std::function<bool()> asked;
  std::atomic<bool> said = false;
  bool now() const { return said || (asked && asked()); }
};

// Bytes of a descriptor.
class PipeReader {
 public:
  PipeReader(int descriptor, Stop& stop) : descriptor_(descriptor), stop_(stop) {}

  // At least one byte, at most as many as fit; 0: nothing within `wait`; -1: the end.
  std::ptrdiff_t read(std::span<std::uint8_t> to, milliseconds wait) {
    if (kept_ > 0) {
      const std::size_t count = std::min(to.size(), kept_);
      std::memcpy(to.data(), head_.data() + kept_from_, count);
      kept_ -= count;
      kept_from_ += count;
      return static_cast<std::ptrdiff_t>(count);
    }
    if (ended_ || stop_.now()) return -1;
    pollfd one{descriptor_, POLLIN, 0};
    const int ready = poll(&one, 1, static_cast<int>(wait.count()));
    if (ready == 0 || (ready < 0 && errno == EINTR)) return 0;
    ssize_t count = 0;
    do {
      count = ::read(descriptor_, to.data(), to.size());
    } while (count < 0 && errno == EINTR);
    if (count < 0 && errno == EAGAIN) return 0;
    if (count < 0)
      throw Error(ErrorCode::input, fmt::format("{}: expected frames, found that it cannot be "
                                                "read: {}",
                                                kName, std::strerror(errno)));
    if (count == 0) ended_ = true;
    return count == 0 ? -1 : count;
  }

  // The first bytes, which are read again later; fewer where there are no more.
  std::span<const std::uint8_t> head() {
    while (kept_ < head_.size()) {
      const std::size_t had = std::exchange(kept_, 0);
      const std::ptrdiff_t count = read(std::span(head_).subspan(had), kPatience);
      kept_ = had + static_cast<std::size_t>(std::max<std::ptrdiff_t>(count, 0));
      if (count < 0) break;
    }
    return std::span(head_).first(kept_);
  }

 private:
  int descriptor_;
  Stop& stop_;
  std::array<std::uint8_t, 16> head_{};
  std::size_t kept_ = 0, kept_from_ = 0;
  bool ended_ = false;
};

[[noreturn]] void refuse(const std::string& found) {
  throw Error(ErrorCode::input,
              fmt::format("{}: expected raw pictures (--raw), JPEG pictures or a video container, "
                          "found {}",
                          kName, found));
}

// Frames at equal distances where that is known, else as they arrive.
class ArrivalClock {
 public:
  explicit ArrivalClock(double fps) : fps_(fps) {}
  void stamp(LiveFrame& frame) {
    frame.captured_at = steady_clock::now();
    if (!first_) first_ = frame.captured_at;
    frame.captured_s = fps_ > 0
                           ? static_cast<double>(frames_) / fps_
                           : std::chrono::duration<double>(frame.captured_at - *first_).count();
    ++frames_;
  }

 private:
  double fps_;
  std::optional<SteadyTime> first_;
  std::int64_t frames_ = 0;
};

class PipeSource : public LiveSource {
 public:
  PipeSource(std::unique_ptr<Stop> stop, PipeReader reader)
      : stop_(std::move(stop)), reader_(std::move(reader)) {}
  const LiveInfo& info() const override { return info_; }
  void stop() noexcept override { stop_->said = true; }

 protected:
  std::unique_ptr<Stop> stop_;
  PipeReader reader_;
  LiveInfo info_;
};

class RawPipe : public PipeSource {
 public:
  RawPipe(std::unique_ptr<Stop> stop, PipeReader reader, const PipeOptions& options)
      : PipeSource(std::move(stop), std::move(reader)), clock_(options.fps) {
    const RawFormat* format = raw_format(options.raw);
    if (format == nullptr)
      throw Error(ErrorCode::usage, fmt::format("--raw expects one of {}, found '{}'",
                                                raw_format_names(), options.raw));
    if (options.width < 1 || options.height < 1 ||
        std::int64_t{options.width} * options.height > kMaxVideoPixels)
      throw Error(ErrorCode::usage,
                  fmt::format("--raw needs the size of the pictures, --size WIDTHxHEIGHT, at most "
                              "{} pixels; found {}x{}",
                              kMaxVideoPixels, options.width, options.height));
    pixels_ = format->pixels;
    info_ = {fmt::format("raw {} {}x{} on {}", options.raw, options.width, options.height, kName),
             options.width, options.height, options.fps, false};
    bytes_.resize(raw_bytes(pixels_, options.width, options.height));
  }

  Got next(LiveFrame& frame, milliseconds wait) override {
    while (have_ < bytes_.size()) {
      const std::ptrdiff_t count = reader_.read(std::span(bytes_).subspan(have_), wait);
      if (count < 0) {
        cut_off_ = have_ > 0 && !stop_->now();
        return Got::end;
      }
      if (count == 0) return Got::nothing;
      have_ += static_cast<std::size_t>(count);
    }
    have_ = 0;
    clock_.stamp(frame);
    if (!converter_.convert(pixels_, info_.width, info_.height, bytes_, 0, frame.picture))
      refuse("pictures that cannot be converted");
    return Got::frame;
  }
  std::vector<std::string> warnings() const override {
    if (!cut_off_) return {};
    return {fmt::format("{} ended within a picture: {} of {} bytes; are --raw and --size right?",
                        kName, have_, bytes_.size())};
  }

 private:
  RawPixels pixels_{};
  std::vector<std::uint8_t> bytes_;
  std::size_t have_ = 0;
  bool cut_off_ = false;
  ArrivalClock clock_;
  RawConverter converter_;
};

class JpegPipe : public PipeSource {
 public:
  JpegPipe(std::unique_ptr<Stop> stop, PipeReader reader, const PipeOptions& options)
      : PipeSource(std::move(stop), std::move(reader)), clock_(options.fps) {
    info_ = {fmt::format("JPEG pictures on {}", kName), 0, 0, options.fps, false};
  }

  Got next(LiveFrame& frame, milliseconds wait) override {
    std::array<std::uint8_t, 1 << 16> room;
    while (true) {
      while (splitter_.next(picture_)) {
        clock_.stamp(frame);
        if (decoder_.decode(picture_, frame.picture)) return Got::frame;
        ++broken_;
        ++frame.lost;
      }
      const std::ptrdiff_t count = reader_.read(room, wait);
      if (count < 0) return Got::end;
      if (count == 0) return Got::nothing;
      splitter_.add(std::span(room).first(static_cast<std::size_t>(count)));
    }
  }
  std::vector<std::string> warnings() const override {
    const std::int64_t broken = broken_ + splitter_.broken();
    if (broken == 0) return {};
    return {fmt::format("{}: {} JPEG pictures were damaged and left out", kName, broken)};
  }

 private:
  ArrivalClock clock_;
  JpegSplitter splitter_;
  JpegDecoder decoder_;
  std::vector<std::uint8_t> picture_;
  std::int64_t broken_ = 0;
};

struct FreeIo {
  void operator()(AVIOContext* io) const {
    av_freep(&io->buffer);
    avio_context_free(&io);
  }
};

// A container that comes bit by bit, by libav.
class StreamedVideo {
 public:
  // Of bytes that `reader` gives.
  StreamedVideo(Stop& stop, PipeReader& reader) : stop_(stop) {
    constexpr int kBuffer = 1 << 14;
    auto* buffer = static_cast<unsigned char*>(av_malloc(kBuffer));
    if (buffer == nullptr) throw std::bad_alloc();
    io_.reset(avio_alloc_context(buffer, kBuffer, 0, &reader, read, nullptr, nullptr));
    if (!io_) {
      av_free(buffer);
      throw std::bad_alloc();
    }
    open("", kName, nullptr);
  }
  // Of a camera in the network.
  StreamedVideo(Stop& stop, const std::string& address) : stop_(stop) {
    AVDictionary* options = nullptr;
    av_dict_set(&options, "protocol_whitelist", "rtsp,rtsps,rtp,srtp,udp,tcp,http,https,tls,crypto",
                0);
    av_dict_set(&options, "rtsp_transport", "tcp", 0);
    constexpr std::int64_t kPatience_us = 10'000'000;
    av_dict_set_int(&options, "rw_timeout", kPatience_us, 0);
    av_dict_set_int(&options, "timeout", kPatience_us, 0);
    open(address, address, options);
  }

  int width() const { return decoder_->width; }
  int height() const { return decoder_->height; }
  double fps() const {
    const AVRational rate = av_guess_frame_rate(format_.get(), stream_, nullptr);
    return rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0;
  }
  std::string kind() const {
    return fmt::format("{} in {}", avcodec_get_name(decoder_->codec_id), format_->iformat->name);
  }
  std::int64_t broken() const { return broken_; }
  SourceFacts facts() const {
    SourceStatus status;
    facts_.report(status);
    return status.facts;
  }

  // False: the end.
  bool next(LiveFrame& frame) {
    while (true) {
      const int got = avcodec_receive_frame(decoder_.get(), decoded_.get());
      if (got == AVERROR_EOF) return false;
      if (got >= 0) {
        const bool good = show(frame);
        av_frame_unref(decoded_.get());
        if (good) return true;
        ++broken_;
        ++frame.lost;
        continue;
      }
      if (stop_.now()) return false;
      if (const int error = av_read_frame(format_.get(), packet_.get()); error < 0) {
        if (error == AVERROR(EAGAIN)) continue;
        if (stop_.now()) return false;
        avcodec_send_packet(decoder_.get(), nullptr);
        continue;
      }
      if (packet_->stream_index == stream_->index &&
          avcodec_send_packet(decoder_.get(), packet_.get()) < 0)
        ++broken_;
      av_packet_unref(packet_.get());
    }
  }

 private:
  static int read(void* opaque, std::uint8_t* to, int size) {
    auto& reader = *static_cast<PipeReader*>(opaque);
    try {
      while (true) {
        const std::ptrdiff_t count =
            reader.read(std::span(to, static_cast<std::size_t>(size)), kPatience);
        if (count < 0) return AVERROR_EOF;
        if (count > 0) return static_cast<int>(count);
      }
    } catch (const Error&) {
      return AVERROR(EIO);
    }
  }

  void open(const std::string& address, const std::string& name, AVDictionary* options) {
    const auto fail = [&](const std::string& found) {
      if (io_) refuse(found);
      throw Error(ErrorCode::input, fmt::format("{}: expected a camera, found {}", name, found));
    };
    AVFormatContext* context = allocated(avformat_alloc_context());
    context->pb = io_.get();
    context->interrupt_callback = {
        [](void* stop) { return static_cast<Stop*>(stop)->now() ? 1 : 0; }, &stop_};
    const int opened = avformat_open_input(&context, address.c_str(), nullptr, &options);
    av_dict_free(&options);
    if (opened < 0) fail("something else (" + text_of_av_error(opened) + ")");
    format_.reset(context);
    context->max_analyze_duration = AV_TIME_BASE / 2;
    if (const int error = avformat_find_stream_info(context, nullptr); error < 0)
      fail("something damaged (" + text_of_av_error(error) + ")");
    const AVCodec* codec = nullptr;
    const int best = av_find_best_stream(context, AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0);
    if (best < 0 || codec == nullptr) fail("no video that can be decoded");
    for (unsigned i = 0; i < context->nb_streams; ++i)
      if (static_cast<int>(i) != best) context->streams[i]->discard = AVDISCARD_ALL;
    stream_ = context->streams[best];
    decoder_.reset(allocated(avcodec_alloc_context3(codec)));
    decoder_->max_pixels = kMaxVideoPixels;
    decoder_->thread_count = 1;  // each more holds a frame back
    if (avcodec_parameters_to_context(decoder_.get(), stream_->codecpar) < 0 ||
        avcodec_open2(decoder_.get(), codec, nullptr) < 0)
      fail("a video that the decoder refuses");
    decoder_->pkt_timebase = stream_->time_base;
  }

  bool show(LiveFrame& frame) {
    const AVFrame& picture = *decoded_;
    if (std::int64_t{picture.width} * picture.height > kMaxVideoPixels ||
        !BgrConverter::can_convert(picture))
      return false;
    frame.captured_at = steady_clock::now();
    std::optional<double> shown_s;
    if (picture.best_effort_timestamp != AV_NOPTS_VALUE)
      shown_s = static_cast<double>(picture.best_effort_timestamp) * av_q2d(stream_->time_base);
    frame.captured_s = clock_.show(shown_s, frame.captured_at);
    // As videos are: with square pixels.
    const ShownAs shown =
        facts_.show(picture, av_guess_sample_aspect_ratio(format_.get(), stream_, decoded_.get()),
                    frame.captured_s);
    return converter_.convert(picture, shown, frame.picture.write_bgr(shown.width, shown.height));
  }

  Stop& stop_;
  std::unique_ptr<AVIOContext, FreeIo> io_;
  AvHandle<AVFormatContext> format_;
  AVStream* stream_ = nullptr;
  AvHandle<AVCodecContext> decoder_;
  AvHandle<AVPacket> packet_{allocated(av_packet_alloc())};
  AvFrame decoded_ = make_av_frame();
  BgrConverter converter_;
  FrameFacts facts_{SourceOptions{}, Orientation{}};
  SourceClock clock_;
  std::int64_t broken_ = 0;
};

std::vector<std::string> damaged(const std::string& name, std::int64_t broken) {
  if (broken == 0) return {};
  return {fmt::format("{}: {} pictures were damaged and left out", name, broken)};
}

class ContainerPipe : public PipeSource {
 public:
  ContainerPipe(std::unique_ptr<Stop> stop, PipeReader reader)
      : PipeSource(std::move(stop), std::move(reader)), video_(*stop_, reader_) {
    info_ = {fmt::format("{} on {}", video_.kind(), kName), video_.width(), video_.height(),
             video_.fps(), false};
  }
  Got next(LiveFrame& frame, milliseconds) override {
    return video_.next(frame) ? Got::frame : Got::end;
  }
  std::vector<std::string> warnings() const override { return damaged(kName, video_.broken()); }
  SourceFacts facts() const override { return video_.facts(); }

 private:
  StreamedVideo video_;
};

class NetworkCamera : public LiveSource {
 public:
  NetworkCamera(std::string address, std::function<bool()> stopped)
      : address_(std::move(address)), stop_{std::move(stopped)}, video_(stop_, address_) {
    info_ = {fmt::format("{}, {}", video_.kind(), address_), video_.width(), video_.height(),
             video_.fps(), true};
  }
  const LiveInfo& info() const override { return info_; }
  void stop() noexcept override { stop_.said = true; }
  Got next(LiveFrame& frame, milliseconds) override {
    return video_.next(frame) ? Got::frame : Got::end;
  }
  std::vector<std::string> warnings() const override { return damaged(address_, video_.broken()); }
  SourceFacts facts() const override { return video_.facts(); }

 private:
  std::string address_;
  Stop stop_;
  LiveInfo info_;
  StreamedVideo video_;
};

}  // namespace

std::unique_ptr<LiveSource> open_pipe(int descriptor, const PipeOptions& options,
                                      std::function<bool()> stopped) {
  auto stop = std::make_unique<Stop>();
  stop->asked = std::move(stopped);
  PipeReader reader(descriptor, *stop);
  if (!options.raw.empty())
    return std::make_unique<RawPipe>(std::move(stop), std::move(reader), options);
  const std::span<const std::uint8_t> head = reader.head();
  if (head.empty()) refuse("nothing: it ended at once");
  const bool jpeg = head.size() > 1 && head[0] == 0xFF && head[1] == 0xD8;
  // The head of multipart pictures, as cameras send them.
  const bool multipart = head.size() > 1 && head[0] == '-' && head[1] == '-';
  if (jpeg || multipart)
    return std::make_unique<JpegPipe>(std::move(stop), std::move(reader), options);
  return std::make_unique<ContainerPipe>(std::move(stop), std::move(reader));
}

bool is_network_address(std::string_view text) {
  for (const std::string_view scheme : {"rtsp://", "rtsps://", "http://", "https://"})
    if (text.starts_with(scheme)) return true;
  return false;
}

std::unique_ptr<LiveSource> open_network_camera(const std::string& address,
                                                std::function<bool()> stopped) {
  if (!is_network_address(address))
    throw Error(ErrorCode::usage, address +
                                      ": expected the address of a camera, rtsp://, rtsps://, "
                                      "http:// or https://");
  return std::make_unique<NetworkCamera>(address, std::move(stopped));
}

}  // namespace auriga
