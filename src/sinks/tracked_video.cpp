#include "sinks/tracked_video.hpp"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include "auriga/engine.hpp"
#include "auriga/error.hpp"
#include "auriga/sinks.hpp"

#include "drawing/overlay.hpp"
#include "files/part_file.hpp"
#include "files/part_name.hpp"
#include "files/written_file.hpp"
#include "sinks/background.hpp"
#include "sinks/soundtrack.hpp"
#include "sinks/video_failure.hpp"

namespace auriga {

namespace fs = std::filesystem;

namespace {

constexpr int kTicksPerSecond = 90000;  // of an MP4

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

// When frames are shown, in ticks.
class FrameTicks {
 public:
  explicit FrameTicks(double fps) : frame_ticks_(kTicksPerSecond / fps) {}

  // Of the next frame; each has a tick of its own.
  std::int64_t next(double time_s) {
    constexpr double kMost_s = 1e9;
    has_times_ |= time_s > 0;
    const double at = has_times_ ? std::min(time_s, kMost_s) * kTicksPerSecond
                                 : static_cast<double>(frames_) * frame_ticks_;
    ++frames_;
    if (latest_) previous_ = *latest_;
    const std::int64_t tick = std::llround(at);
    latest_ = latest_ ? std::max(*latest_ + 1, tick) : tick;
    return *latest_;
  }
  // How long the latest stays, by what is known of those before.
  std::int64_t latest_lasts() const {
    if (latest_ && previous_) return *latest_ - *previous_;
    return std::max<std::int64_t>(1, std::llround(frame_ticks_));
  }

 private:
  double frame_ticks_;
  bool has_times_ = false;
  std::int64_t frames_ = 0;
  std::optional<std::int64_t> latest_, previous_;
};

// Removes the file that has not become a result.
struct Part {
  fs::path path;
  Part() = default;
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;
  ~Part() {
    if (!path.empty()) unlink(path.c_str());
  }
};

struct CloseOutput {
  void operator()(AVFormatContext* container) const {
    avio_closep(&container->pb);
    avformat_free_context(container);
  }
};

double valid_fps(double fps) { return fps >= 0.01 && fps < 1000 ? fps : 30; }

}  // namespace

// One container with its file. Frames are written when the time of the next one is known.
struct TrackedVideo::Writer {
  struct Track {
    AVStream* stream;
    AVRational tick;  // of the packets that come
  };

  fs::path target;
  bool mp4;
  Part part;
  PictureEncoder encoder;
  std::unique_ptr<Soundtrack> sound;
  std::unique_ptr<AVFormatContext, CloseOutput> container;
  AVStream* pictures = nullptr;
  std::vector<Track> tracks;  // of sound
  AvHandle<AVPacket> packet{allocated(av_packet_alloc())};
  AvHandle<AVPacket> held{allocated(av_packet_alloc())};
  bool has_held = false;
  FrameTicks clock;
  std::deque<std::int64_t> ticks;  // of frames whose packets have not come
  std::int64_t frames = 0;         // of an AVI
  double latest_s = 0;             // time of the latest frame as it was given
  std::vector<std::string> warnings;

  Writer(fs::path file, const TrackedVideoOptions& options)
      : target(std::move(file)),
        mp4(target.extension() != ".avi"),
        encoder(target, {options.fps, options.width, options.height,
                         !options.codecs.empty() ? options.codecs
                         : mp4                   ? codecs_of_mp4()
                                                 : codecs_of_avi(),
                         mp4}),
        clock(valid_fps(options.fps)) {
    if (mp4 && !options.sound.empty())
      sound = std::make_unique<Soundtrack>(options.sound, options.sound_clock_s);
    part.path = create_part(target);
    if (mp4 && encoder.codec().codec_id != AV_CODEC_ID_H264)
      warnings.push_back(
          "the drawn video is MPEG-4 part 2, which browsers do not play: this libavcodec has no "
          "encoder for H.264 (libx264 or libopenh264)");
    const bool with_sound = sound && !sound->tracks().empty();
    int error = begin(with_sound);
    if (error < 0 && with_sound) {
      warnings.push_back("the drawn video is without sound: libav cannot write it to an MP4 (" +
                         text_of_av_error(error) + ")");
      error = begin(false);
    }
    check_video(target, error, "write the header");
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // An error of libav where it does not take what is in the streams.
  int begin(bool with_sound) {
    const std::string name = "file:" + part.path.string();  // a file, whatever its name looks like
    AVFormatContext* made = nullptr;
    container.reset();
    check_video(target,
                avformat_alloc_output_context2(&made, nullptr, mp4 ? "mp4" : "avi", name.c_str()),
                "start a video");
    container.reset(made);
    container->flags |= AVFMT_FLAG_BITEXACT;
    container->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;  // FLAC in MP4, for FFmpeg 5.1
    pictures = add_stream();
    check_video(target, avcodec_parameters_from_context(pictures->codecpar, &encoder.codec()),
                "start a video");
    if (mp4) pictures->codecpar->codec_tag = 0;
    pictures->time_base = mp4 ? AVRational{1, kTicksPerSecond} : encoder.codec().time_base;
    pictures->avg_frame_rate = encoder.codec().framerate;
    tracks.clear();
    if (with_sound) add_tracks();
    check_video(target, avio_open(&container->pb, name.c_str(), AVIO_FLAG_WRITE), "open the file");
    AVDictionary* options = nullptr;
    if (mp4) {
      // The index in front, so that players need not have all of it. Times of edit lists as fine
      // as those of frames.
      av_dict_set(&options, "movflags", "+faststart", 0);
      av_dict_set_int(&options, "movie_timescale", kTicksPerSecond, 0);
      av_dict_set_int(&options, "video_track_timescale", kTicksPerSecond, 0);
    }
    const int written = avformat_write_header(container.get(), &options);
    av_dict_free(&options);
    check_video(target, container->pb->error, "write the header");
    return written;
  }

  AVStream* add_stream() {
    AVStream* stream = avformat_new_stream(container.get(), nullptr);
    if (stream == nullptr) check_video(target, AVERROR(ENOMEM), "start a video");
    return stream;
  }

  void add_tracks() {
    for (const Soundtrack::Track& track : sound->tracks()) {
      AVStream* stream = add_stream();
      check_video(target, avcodec_parameters_copy(stream->codecpar, track.parameters),
                  "start a video");
      stream->time_base = track.time_base;
      if (!track.language.empty())
        av_dict_set(&stream->metadata, "language", track.language.c_str(), 0);
      if (track.preferred) stream->disposition |= AV_DISPOSITION_DEFAULT;
      tracks.push_back({stream, track.time_base});
    }
  }

  void add(ImageView bgr, double time_s) {
    latest_s = time_s;
    ticks.push_back(mp4 ? clock.next(time_s) : frames++);
    encoder.send(bgr);
    take_packets();
  }

  void take_packets() {
    while (encoder.receive(*packet)) {
      if (ticks.empty()) fail_video(target, "the encoder gave more frames than it got");
      packet->pts = packet->dts = ticks.front();
      ticks.pop_front();
      if (has_held) {
        if (sound) sound->advance(static_cast<double>(held->pts) / kTicksPerSecond, take_sound());
        write_held(packet->pts - held->pts);
      }
      av_packet_unref(held.get());
      av_packet_move_ref(held.get(), packet.get());
      has_held = true;
    }
  }

  void write_held(std::int64_t lasts) {
    held->stream_index = pictures->index;
    held->duration = lasts;
    if (mp4) av_packet_rescale_ts(held.get(), {1, kTicksPerSecond}, pictures->time_base);
    check_video(target, av_write_frame(container.get(), held.get()), "write a frame");
    check_video(target, container->pb->error, "write a frame");  // e.g. a full disk
  }

  Soundtrack::Take take_sound() {
    return [this](AVPacket& sample, std::size_t track) {
      if (track >= tracks.size()) return false;
      const auto& [stream, tick] = tracks[track];
      const double begin_s = static_cast<double>(sample.pts) * av_q2d(tick);
      av_packet_rescale_ts(&sample, tick, stream->time_base);
      sample.stream_index = stream->index;
      const int written = av_write_frame(container.get(), &sample);
      check_video(target, container->pb->error, "write the sound");
      if (written >= 0) return true;
      warnings.push_back(fmt::format(
          "the sound of the drawn video ends at {:.2f} s: libav cannot write more of it ({})",
          begin_s, text_of_av_error(written)));
      return false;
    };
  }

  void finish() {
    encoder.send_end();
    take_packets();
    if (has_held) {
      std::int64_t lasts = mp4 ? clock.latest_lasts() : 1;
      if (sound) {
        // The reader of the sound has come to the last frame, whose length it may know.
        sound->advance(static_cast<double>(held->pts + 1) / kTicksPerSecond, take_sound());
        const auto told = [&] {
          const auto lasts_s = sound->picture_lasts(latest_s);
          if (lasts_s) lasts = std::max<std::int64_t>(1, std::llround(*lasts_s * kTicksPerSecond));
          return lasts_s.has_value();
        };
        const bool known = told();
        sound->finish(latest_s, static_cast<double>(held->pts + lasts) / kTicksPerSecond,
                      take_sound());
        if (!known) told();  // it lay behind sound that is later
      }
      write_held(lasts);
    }
    check_video(target, av_write_trailer(container.get()), "write the index");
    check_video(target, container->pb->error, "write the index");
    check_video(target, avio_closep(&container->pb), "close the file");
    sync(part.path, target);
    if (sound) warnings.insert(warnings.end(), sound->warnings().begin(), sound->warnings().end());
  }

  void publish() {
    if (std::rename(part.path.c_str(), target.c_str()) != 0) fail_output(target, "write", errno);
    part.path.clear();
  }
};

TrackedVideo::TrackedVideo(fs::path target, const TrackedVideoOptions& options) {
  std::error_code error;
  // A link to a file stays a link: what it points to is replaced.
  if (fs::is_symlink(target, error) && fs::exists(target, error)) target = fs::canonical(target);
  writer_ = std::make_unique<Writer>(std::move(target), options);
}

TrackedVideo::~TrackedVideo() = default;
TrackedVideo::TrackedVideo(TrackedVideo&&) noexcept = default;
TrackedVideo& TrackedVideo::operator=(TrackedVideo&&) noexcept = default;

void TrackedVideo::add(ImageView bgr, double time_s) {
  assert(bgr.channels == 3 && !bgr.empty());
  writer_->add(bgr, time_s);
}

Written TrackedVideo::complete() {
  writer_->finish();
  Written written = describe_file(writer_->part.path);
  written.path = writer_->target;
  written.warnings = writer_->warnings;
  return written;
}

void TrackedVideo::publish() { writer_->publish(); }

namespace {

// Frames that wait to be encoded.
constexpr std::size_t kMostWaiting = 4, kMostWaitingBytes = std::size_t{24} << 20;

// Pictures that go round between two threads.
class Canvases {
 public:
  std::shared_ptr<Image> take() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return std::make_shared<Image>();
    std::shared_ptr<Image> canvas = std::move(free_.back());
    free_.pop_back();
    return canvas;
  }
  void give_back(std::shared_ptr<Image> canvas) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(canvas));
  }

 private:
  std::mutex mutex_;
  std::vector<std::shared_ptr<Image>> free_;
};

class TrackedVideoSink : public Sink {
 public:
  TrackedVideoSink(fs::path file, TrackedVideoSinkOptions options)
      : path_(std::move(file)), options_(std::move(options)) {}

  Needs needs() const override { return {.gaze = options_.drawn, .picture = true}; }

  void begin(const StreamInfo& stream, const Setup& setup) override {
    if (stream.still) return;
    has_gaze_ = setup.has_gaze;
    TrackedVideoOptions options{.fps = stream.fps, .width = stream.width, .height = stream.height};
    // In an AVI, whose frames are equally long, the average rate keeps the length of the input.
    if (path_.extension() == ".avi" && stream.average_fps > 0) options.fps = stream.average_fps;
    std::error_code ignored;  // what cannot be opened has no sound
    if (fs::is_regular_file(options_.sound, ignored)) options.sound = options_.sound;
    options.sound_clock_s = stream.clock_s;
    video_.emplace(path_, options);
    const std::size_t bytes = std::size_t{3} * static_cast<std::size_t>(stream.width) *
                              static_cast<std::size_t>(stream.height);
    background_.emplace(std::clamp<std::size_t>(kMostWaitingBytes / std::max<std::size_t>(bytes, 1),
                                                1, kMostWaiting));
  }

  void row(const FaceRow& row) override {
    if (video_ && options_.drawn) faces_.push_back(row.result);
  }

  void frame(const FrameView& frame) override {
    if (!video_) return;
    const ImageView bgr = frame.bgr;
    std::shared_ptr<Image> canvas = canvases_.take();
    canvas->resize(bgr.width, bgr.height, bgr.channels);
    for (int y = 0; y < bgr.height; ++y)
      std::copy_n(bgr.row(y), static_cast<std::size_t>(canvas->stride()), canvas->row(y));
    background_->add([this, canvas = std::move(canvas), faces = std::exchange(faces_, {}),
                      time_s = frame.timestamp_s] {
      for (const FrameResult& face : faces) draw_face(*canvas, face, face.camera, has_gaze_);
      video_->add(*canvas, time_s);
      canvases_.give_back(canvas);
    });
  }

  std::vector<Written> finish(const FinalUnits&) override {
    if (!video_) return {};
    background_->finish();
    Written written = video_->complete();
    written.path = path_;
    return {std::move(written)};
  }

  void publish() override {
    if (video_) video_->publish();
  }

 private:
  fs::path path_;
  TrackedVideoSinkOptions options_;
  std::optional<TrackedVideo> video_;
  bool has_gaze_ = false;
  std::vector<FrameResult> faces_;  // of the frame under way
  Canvases canvases_;
  std::optional<Background> background_;  // draws and encodes; ends before what it uses
};

}  // namespace

std::unique_ptr<Sink> make_tracked_video_sink(fs::path file, TrackedVideoSinkOptions options) {
  return std::make_unique<TrackedVideoSink>(std::move(file), std::move(options));
}

}  // namespace auriga
