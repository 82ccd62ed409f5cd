#include "media/video_source.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "auriga/error.hpp"

#include "base/memory.hpp"
#include "base/stage_clock.hpp"
#include "media/bgr_converter.hpp"
#include "media/container.hpp"
#include "media/damage.hpp"
#include "media/deinterlacer.hpp"
#include "media/frame_facts.hpp"
#include "media/native_frame.hpp"
#include "media/presentation_clock.hpp"
#include "media/video_pictures.hpp"

namespace auriga {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail(const fs::path& file, const std::string& what) {
  require_memory();
  throw Error(ErrorCode::input, file.string() + ": " + what);
}

}  // namespace

class VideoSource final : public Source {
 public:
  VideoSource(const fs::path& file, const SourceOptions& options)
      : file_(file),
        container_(file),
        pictures_(file, container_, options.threads),
        clock_(av_q2d(container_.stream()->time_base), container_.start_s(),
               container_.nominal_fps(), container_.average_fps()),
        deinterlacer_(options.deinterlace ? std::make_unique<Deinterlacer>() : nullptr),
        facts_(options, container_.orientation()) {
    describe();
    pending_ = pictures_.decode();
    if (!pending_) {
      const std::string damage = damage_found();
      fail(file_, "no frame of its video (" + info_.description + ") can be decoded" +
                      (damage.empty() ? "" : ": " + damage) + "; copy or export it again");
    }
    const AVFrame& first = pictures_.frame();
    if (!BgrConverter::can_convert(first))
      fail(file_, "its pixel format cannot be converted to BGR; convert it to H.264 in MP4");
    const ShownAs shown =
        FrameFacts(options, container_.orientation()).show(first, container_.aspect_of(first), 0);
    info_.width = shown.orientation.transpose ? shown.height : shown.width;
    info_.height = shown.orientation.transpose ? shown.width : shown.height;
  }

  bool next(Frame& frame) override {
    const double begin_ms = StageClock::now();
    AVFrame* picture = read();
    if (picture == nullptr) return false;
    const std::int64_t ticks = picture->best_effort_timestamp;
    frame.timestamp_s = ticks != AV_NOPTS_VALUE ? clock_.show(ticks) : clock_.show();
    frame.index = delivered_++;
    hand_over(*picture, frame);
    frame.decode_ms = StageClock::now() - begin_ms;
    return true;
  }

  const SourceInfo& info() const override { return info_; }

  SourceStatus status() const override {
    SourceStatus status{delivered_, false, damage_found()};
    facts_.report(status);
    status.partial = !status.message.empty();
    if (status.partial)
      status.message = file_.string() + ": " + counted(delivered_, "frame") +
                       (delivered_ == 1 ? " was" : " were") + " read, but " + status.message;
    status.facts.times = times();
    return status;
  }

 private:
  void describe() {
    AVStream* stream = container_.stream();
    info_.description =
        std::string(avcodec_get_name(stream->codecpar->codec_id)) + " in " + container_.name();
    info_.fps = container_.nominal_fps();
    info_.average_fps = container_.average_fps();
    info_.clock_s = container_.start_s();
    info_.duration_s = container_.declared_s();
    info_.bytes_under_way = pictures_.bytes_under_way();
    info_.expected_frames = stream->nb_frames;
    if (const std::int64_t by_time = std::llround(info_.duration_s * info_.fps); by_time > 0)
      info_.expected_frames =
          stream->nb_frames > 0 ? std::min(stream->nb_frames, by_time) : by_time;
  }

  // The next picture, to be taken over; null at the end.
  AVFrame* read() {
    while (true) {
      if (deinterlacer_ && deinterlacer_->pull(*whole_)) return whole_.get();
      if (!pending_ && !pictures_.decode()) {
        if (!deinterlacer_) return nullptr;
        deinterlacer_->end();
        return deinterlacer_->pull(*whole_) ? whole_.get() : nullptr;
      }
      pending_ = false;
      if (!BgrConverter::can_convert(pictures_.frame())) {
        pictures_.reject();
        continue;
      }
      facts_.note_decoded(pictures_.frame());
      // Goes with the picture through the deinterlacer, which is a frame behind.
      pictures_.frame().best_effort_timestamp = pictures_.shown_at();
      if (!deinterlacer_) return &pictures_.frame();
      deinterlacer_->push(pictures_.frame());
    }
  }

  // `picture` to `frame`, which shares its memory and converts when it is asked to.
  void hand_over(AVFrame& picture, Frame& frame) {
    frame.let_parts_go();
    if (!frame.native_) frame.native_ = std::make_unique<Frame::Native>();
    Frame::Native& native = *frame.native_;
    native.clear();
    av_frame_move_ref(native.frame.get(), &picture);
    native.shown =
        facts_.show(*native.frame, container_.aspect_of(*native.frame), frame.timestamp_s);
    native.converters = converters_;
    native.describe();
    frame.missing = false;
    frame.whole_ = false;
  }

  TimeFacts times() const {
    TimeFacts facts = clock_.facts();
    facts.hidden_frames = container_.hidden_frames();
    facts.dropped_frames = container_.dropped_frames();
    facts.packets_before_key_frame = pictures_.packets_before_key_frame();
    return facts;
  }

  // What is wrong with the file, as far as it was read; empty if nothing.
  std::string damage_found() const {
    DamageText found;
    found.add(pictures_.damage());
    found.add(container_.damage());
    return found.text();
  }

  fs::path file_;
  Container container_;
  VideoPictures pictures_;
  PresentationClock clock_;
  std::shared_ptr<BgrConverters> converters_ = std::make_shared<BgrConverters>();
  std::unique_ptr<Deinterlacer> deinterlacer_;  // null: pictures are as decoded
  AvFrame whole_ = make_av_frame();             // of the deinterlacer
  FrameFacts facts_;
  SourceInfo info_;
  bool pending_ = false;  // the decoder's picture is not delivered yet
  std::int64_t delivered_ = 0;
};

std::unique_ptr<Source> open_video(const fs::path& file, const SourceOptions& options) {
  return std::make_unique<VideoSource>(file, options);
}

}  // namespace auriga
