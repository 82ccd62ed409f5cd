#include "media/video_source.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <new>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

#include "auriga/error.hpp"

#include "base/memory.hpp"
#include "base/stage_clock.hpp"
#include "media/asf_header.hpp"
#include "media/bgr_converter.hpp"
#include "media/file_input.hpp"
#include "media/native_frame.hpp"
#include "media/orientation.hpp"

namespace auriga {

namespace fs = std::filesystem;

namespace {

std::string text_of(int av_error) {
  char text[AV_ERROR_MAX_STRING_SIZE] = "";
  av_strerror(av_error, text, sizeof text);
  return text;
}

// "1 frame", "2 frames".
std::string counted(std::int64_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

[[noreturn]] void fail(const fs::path& file, const std::string& what) {
  require_memory();
  throw Error(ErrorCode::input, file.string() + ": " + what);
}

struct Free {
  void operator()(AVFormatContext* p) const { avformat_close_input(&p); }
  void operator()(AVCodecContext* p) const { avcodec_free_context(&p); }
  void operator()(AVPacket* p) const { av_packet_free(&p); }
};
template <typename T>
using Handle = std::unique_ptr<T, Free>;

template <typename T>
T* checked(T* p) {
  if (p == nullptr) throw std::bad_alloc();
  return p;
}

}  // namespace

class VideoSource final : public Source {
 public:
  VideoSource(const fs::path& file, int threads) : file_(file), input_(file) {
    check_size();
    open_container();
    choose_stream();
    open_decoder(threads);
    describe();
    pending_ = decode();
    if (!pending_) {
      const std::string damage = damage_found();
      fail(file_, "no frame of its video (" + info_.description + ") can be decoded" +
                      (damage.empty() ? "" : ": " + damage) + "; copy or export it again");
    }
    if (!BgrConverter::can_convert(*frame_))
      fail(file_, "its pixel format cannot be converted to BGR; convert it to H.264 in MP4");
    info_.width = orientation_.transpose ? frame_->height : frame_->width;
    info_.height = orientation_.transpose ? frame_->width : frame_->height;
  }

  bool next(Frame& frame) override {
    const double begin_ms = StageClock::now();
    while (pending_ || decode()) {
      pending_ = false;
      if (!BgrConverter::can_convert(*frame_)) {
        ++undecodable_;
        continue;
      }
      frame.timestamp_s = presentation_time();
      frame.index = delivered_++;
      hand_over(frame);
      frame.decode_ms = StageClock::now() - begin_ms;
      return true;
    }
    return false;
  }

  const SourceInfo& info() const override { return info_; }

  SourceStatus status() const override {
    SourceStatus status{delivered_, false, damage_found()};
    status.partial = !status.message.empty();
    if (status.partial)
      status.message = file_.string() + ": " + counted(delivered_, "frame") +
                       (delivered_ == 1 ? " was" : " were") + " read, but " + status.message;
    return status;
  }

 private:
  void check_size() {
    constexpr std::size_t kHeadBytes = 1 << 13;
    missing_bytes_ =
        std::max<std::int64_t>(0, asf_declared_bytes(input_.head(kHeadBytes)) - input_.size());
  }

  void open_container() {
    AVFormatContext* container = checked(avformat_alloc_context());
    container->pb = input_.context();
    // A playlist or a reference in the file may not make libavformat open something else: no
    // protocol has this name.
    AVDictionary* options = nullptr;
    av_dict_set(&options, "protocol_whitelist", "none", 0);
    const int error =
        avformat_open_input(&container, "", nullptr, &options);  // frees `container` when it fails
    av_dict_free(&options);
    if (error < 0)
      fail(file_,
           "expected a video, but its content is of no known container format, or its index is "
           "missing (" +
               text_of(error) + "); check that it was copied completely, or convert it to MP4");
    container_.reset(container);
    if (std::string_view(container_->iformat->name).ends_with("_pipe"))
      fail(file_, "expected a video, found a picture; open it as a picture");
    if (const int failed = avformat_find_stream_info(container_.get(), nullptr); failed < 0)
      fail(file_, "its streams cannot be read (" + text_of(failed) + "); copy or export it again");
  }

  void choose_stream() {
    const auto is_video = [&](int i) {
      const AVStream* stream = container_->streams[i];
      return stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO &&
             (stream->disposition & AV_DISPOSITION_ATTACHED_PIC) == 0;
    };
    const int streams = static_cast<int>(container_->nb_streams);
    int best = av_find_best_stream(container_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
    if (best < 0 || !is_video(best))
      for (best = 0; best < streams && !is_video(best);) ++best;
    if (best >= streams)
      fail(file_, "there is no video stream in it; give a file that holds a video");
    stream_ = container_->streams[best];
    // Where the header does not give the length of each stream, only the packets of all of them
    // show whether the file is as long as it should be. Elsewhere the other streams need not be
    // read.
    if (stream_->nb_frames > 0)
      for (int i = 0; i < streams; ++i)
        if (i != best) container_->streams[i]->discard = AVDISCARD_ALL;
  }

  void open_decoder(int threads) {
    const std::string name = avcodec_get_name(stream_->codecpar->codec_id);
    const AVCodec* codec = avcodec_find_decoder(stream_->codecpar->codec_id);
    if (codec == nullptr)
      fail(file_,
           "there is no decoder for its video codec, " + name + "; convert it to H.264 in MP4");
    decoder_.reset(checked(avcodec_alloc_context3(codec)));
    int error = avcodec_parameters_to_context(decoder_.get(), stream_->codecpar);
    decoder_->pkt_timebase = stream_->time_base;
    decoder_->max_pixels = kMaxVideoPixels;
    // Only pictures that stand alone give the same pixels on any number of threads even where they
    // are damaged. In other codecs what is made of damage depends on how far the other threads have
    // come, and the decoder does not always report it.
    decoder_->thread_count = codec->id == AV_CODEC_ID_MJPEG ? std::max(threads, 1) : 1;
    decoder_->thread_type = FF_THREAD_FRAME | FF_THREAD_SLICE;
    if (error >= 0) error = avcodec_open2(decoder_.get(), codec, nullptr);
    if (error == AVERROR(EAGAIN)) throw std::system_error(EAGAIN, std::generic_category());
    if (error < 0)
      fail(file_, "the decoder of its video codec, " + name + ", refuses it (" + text_of(error) +
                      "); copy or export it again");
  }

  void describe() {
    info_.description = std::string(avcodec_get_name(stream_->codecpar->codec_id)) + " in " +
                        container_->iformat->name;

    const auto valid = [](double fps) {
      return fps > 0 && fps < 1000;
    };  // 1000 and more is a clock, not a rate
    const double guessed = av_q2d(av_guess_frame_rate(container_.get(), stream_, nullptr));
    const double average = av_q2d(stream_->avg_frame_rate);
    info_.fps = valid(guessed) ? guessed : valid(average) ? average : 30;

    // Only a length that is written in the header can show that something is missing; libavformat's
    // estimates from the last packet or from the size of the file cannot.
    // libavformat also shortens the duration of a cut AVI file, whose time base is one frame.
    const double tick_s = av_q2d(stream_->time_base);
    if (std::string_view(container_->iformat->name) == "avi")
      info_.duration_s = static_cast<double>(stream_->nb_frames) * tick_s;
    else if (container_->duration_estimation_method != AVFMT_DURATION_FROM_STREAM)
      info_.duration_s = 0;
    else if (stream_->duration > 0)
      info_.duration_s = static_cast<double>(stream_->duration) * tick_s;
    else if (container_->duration > 0)
      info_.duration_s = static_cast<double>(container_->duration) / AV_TIME_BASE;

    info_.expected_frames = stream_->nb_frames;
    if (const std::int64_t by_time = std::llround(info_.duration_s * info_.fps); by_time > 0)
      info_.expected_frames =
          stream_->nb_frames > 0 ? std::min(stream_->nb_frames, by_time) : by_time;

    std::size_t size = 0;
    const std::uint8_t* matrix = av_stream_get_side_data(stream_, AV_PKT_DATA_DISPLAYMATRIX, &size);
    std::array<std::int32_t, 9> values;
    if (matrix == nullptr || size < sizeof values) return;
    std::memcpy(values.data(), matrix, sizeof values);
    orientation_ = orientation_of_matrix(values);
  }

  // What is in frame_ to `frame`, which shares the decoder's memory and converts when it is asked
  // to.
  void hand_over(Frame& frame) {
    if (!frame.native_) frame.native_ = std::make_unique<Frame::Native>();
    Frame::Native& native = *frame.native_;
    native.clear();
    av_frame_move_ref(native.frame.get(), frame_.get());
    native.orientation = orientation_;
    native.converters = converters_;
    native.describe();
    frame.whole_ = false;
  }

  // The decoder's next frame into frame_; false at the end.
  bool decode() {
    while (true) {
      const int error = avcodec_receive_frame(decoder_.get(), frame_.get());
      if (error == 0) {
        if (frame_->decode_error_flags != 0 || (frame_->flags & AV_FRAME_FLAG_CORRUPT) != 0)
          ++patched_;
        return true;
      }
      if (error == AVERROR(EAGAIN) && !at_end_) {
        at_end_ = !read_packet();
        // At the end a null packet makes the decoder give out what it holds back.
        const int sent = avcodec_send_packet(decoder_.get(), at_end_ ? nullptr : packet_.get());
        if (sent == AVERROR(ENOMEM)) require_memory();
        if (sent < 0) ++undecodable_;
      } else if (error == AVERROR_EOF || error == AVERROR_BUG || error == AVERROR(EAGAIN)) {
        return false;
      } else {
        if (error == AVERROR(ENOMEM)) require_memory();
        ++undecodable_;
      }
    }
  }

  // The next packet of the video into packet_; false at the end of the file.
  bool read_packet() {
    constexpr int kMaxRetries = 1000;
    int retries = 0;
    while (true) {
      av_packet_unref(packet_.get());
      const int error = av_read_frame(container_.get(), packet_.get());
      if (error == AVERROR(EAGAIN) && ++retries < kMaxRetries) continue;
      if (error < 0) {
        if (error == AVERROR(ENOMEM)) require_memory();
        if (error != AVERROR_EOF) read_error_ = error;
        return false;
      }
      // The last packet of a file that was cut within it. (The mark of MPEG streams is another: a
      // gap in the transport.)
      if ((packet_->flags & AV_PKT_FLAG_CORRUPT) != 0 && avio_feof(container_->pb) != 0 &&
          (container_->iformat->flags & AVFMT_TS_DISCONT) == 0) {
        cut_off_ = true;
        continue;
      }
      note_end();
      if (packet_->stream_index != stream_->index || packet_->size == 0) continue;
      return true;
    }
  }

  void note_end() {
    const AVRational time_base = container_->streams[packet_->stream_index]->time_base;
    const std::int64_t at = packet_->pts != AV_NOPTS_VALUE ? packet_->pts : packet_->dts;
    if (at == AV_NOPTS_VALUE) return;
    const double start_s = static_cast<double>(at) * av_q2d(time_base);
    first_s_ = std::min(first_s_, start_s);
    last_s_ =
        std::max(last_s_, start_s + static_cast<double>(packet_->duration) * av_q2d(time_base));
  }

  // Seconds since the first frame, for frame_. A frame without a time, or after the clock of the
  // file has started again, comes at the nominal rate after the one before.
  double presentation_time() {
    constexpr double kRestart_s = 1;  // further back than any reordering
    const double tick_s = av_q2d(stream_->time_base);
    const double nominal_s = delivered_ == 0 ? 0 : previous_s_ + 1 / info_.fps;
    double time_s = nominal_s;
    if (frame_->best_effort_timestamp != AV_NOPTS_VALUE) {
      const auto ticks = static_cast<double>(frame_->best_effort_timestamp);
      if (!has_origin_ || (ticks - origin_ticks_) * tick_s < previous_s_ - kRestart_s)
        origin_ticks_ = ticks - nominal_s / tick_s;
      has_origin_ = true;
      time_s = (ticks - origin_ticks_) * tick_s;
    }
    return previous_s_ = std::max(previous_s_, time_s);
  }

  // Whether the file ended clearly before its header says. Called at the end of the file.
  bool too_short() const {
    // Where the header counts the frames of the stream, its length is exact; else it is often
    // rounded, or that of another stream.
    const double tolerance_s =
        stream_->nb_frames > 0 ? 1.5 / info_.fps : std::max(0.25, 0.02 * info_.duration_s);
    return last_s_ - std::min(first_s_, 0.0) < info_.duration_s - tolerance_s;
  }

  // What is wrong with the file, as far as it was read; empty if nothing.
  std::string damage_found() const {
    std::string text;
    const auto add = [&text](const std::string& what) {
      text += (text.empty() ? "" : ", ") + what;
    };
    if (undecodable_ > 0) add(counted(undecodable_, "packet") + " could not be decoded");
    if (patched_ > 0)
      add(counted(patched_, "frame") + (patched_ == 1 ? " was" : " were") + " damaged");
    if (read_error_ != 0) add("reading stopped early (" + text_of(read_error_) + ")");
    if (cut_off_) add("the file ends within a frame");
    if (missing_bytes_ > 0)
      add("the file is " + counted(missing_bytes_, "byte") + " shorter than its header says");
    if (at_end_ && too_short()) {
      char length[100];
      std::snprintf(length, sizeof length, "it ends after %.2f of %.2f s", std::max(last_s_, 0.0),
                    info_.duration_s);
      add(length);
    }
    return text;
  }

  fs::path file_;
  FileInput input_;
  Handle<AVFormatContext> container_;
  AVStream* stream_ = nullptr;  // of container_
  Handle<AVCodecContext> decoder_;
  Handle<AVPacket> packet_{checked(av_packet_alloc())};
  AvFrame frame_ = make_av_frame();
  std::shared_ptr<BgrConverters> converters_ = std::make_shared<BgrConverters>();
  Orientation orientation_;
  SourceInfo info_;
  bool pending_ = false;  // frame_ is decoded but not delivered
  bool at_end_ = false;   // of the packets
  std::int64_t delivered_ = 0;

  bool has_origin_ = false;
  double origin_ticks_ = 0;  // what the file's clock shows at 0 s
  double previous_s_ = 0;    // timestamp of the frame before

  // What the end of the file is judged by.
  double first_s_ = 0;  // earliest begin and latest end of the packets seen
  double last_s_ = 0;
  std::int64_t undecodable_ = 0;  // packets
  std::int64_t patched_ = 0;      // frames with invented pixels
  bool cut_off_ = false;          // within a packet
  std::int64_t missing_bytes_ = 0;
  int read_error_ = 0;
};

std::unique_ptr<Source> open_video(const fs::path& file, int threads) {
  return std::make_unique<VideoSource>(file, threads);
}

}  // namespace auriga
