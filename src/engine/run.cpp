#include "auriga/run.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include "auriga/error.hpp"

#include "base/stage_clock.hpp"
#include "engine/landmarks_check.hpp"
#include "engine/run_findings.hpp"
#include "engine/schedule.hpp"
#include "engine/stream.hpp"
#include "media/read_ahead.hpp"

namespace auriga {
namespace {

void check(const RunOptions& options) {
  const auto in_range = [](const char* option, int value, int least, int most) {
    if (value < least || value > most)
      throw Error(ErrorCode::usage, std::string(option) + " expects " + std::to_string(least) +
                                        " to " + std::to_string(most) + ", found " +
                                        std::to_string(value));
  };
  in_range("--workers", options.threads.workers, 0, 256);
  in_range("--in-flight", options.threads.batches_in_flight, 0, 4096);
  if (options.most_frames < 0)
    throw Error(ErrorCode::usage, "most_frames expects a number of frames, found " +
                                      std::to_string(options.most_frames));
}

StreamInfo describe(const SourceInfo& info, const Session::Stream& stream) {
  StreamInfo described;
  described.format = info.description;
  described.width = info.width;
  described.height = info.height;
  described.fps = info.fps;
  described.average_fps = info.average_fps > 0 ? info.average_fps : info.fps;
  described.clock_s = info.clock_s;
  described.frames_expected = info.expected_frames;
  described.frame_names = info.frame_names;
  described.still = stream.still();
  described.camera = stream.camera(info.width, info.height);
  described.units = stream.units();
  return described;
}

// OpenFace smooths over 3 and 7 frames, whatever their rate. Within these limits, to which the
// rates of film, television and usual cameras belong, the windows are at most half as long again as
// at 30 frames a second, or a quarter shorter.
constexpr double kUsualFps = 30, kLeastFps = 20, kMostFps = 40;

// Nothing where the rate is usual.
std::string rate_warning(double fps) {
  if (!(fps > 0) || (fps >= kLeastFps && fps <= kMostFps)) return {};
  char text[400];
  std::snprintf(
      text, sizeof text,
      "%.1f frames/s: smoothing counts frames (intensities over 3, OpenFace's presences "
      "over 7), which is %.2f and %.2f s here and %.2f and %.2f s at 30 frames/s; --fps 30 "
      "resamples",
      fps, 3 / fps, 7 / fps, 3 / kUsualFps, 7 / kUsualFps);
  return text;
}

// Hands rows to sinks and counts.
class Conclusion {
 public:
  Conclusion(Session::Stream& stream, std::span<Sink* const> sinks, LandmarksCheck& check,
             bool frame_times, Control& control, RunReport& report)
      : stream_(stream),
        sinks_(sinks),
        check_(check),
        frame_times_(frame_times),
        control_(control),
        report_(report),
        findings_(stream.setup().lost_cells_empty, stream.faces()) {}

  int take(FrameBatch& batch, int frame, int face) {
    StageClock& clock = batch.clock(frame);
    const Session::Stream::Concluded concluded = stream_.conclude(batch, frame, face);
    check_.add(batch.frame(frame));
    clock.time(Stage::write, [&] { hand_over(batch.frame(frame), concluded.rows); });
    const double timestamp_s = batch.frame(frame).timestamp_s;
    if (report_.frames == 0) first_s_ = timestamp_s;
    last_s_ = timestamp_s;
    ++report_.frames;
    report_.rows += static_cast<std::int64_t>(concluded.rows.size());
    report_.faces += concluded.success ? 1 : 0;
    report_.detector_runs += concluded.detector_ran ? 1 : 0;
    for (const FaceRow& row : concluded.rows)
      if (row.result.success) people_.insert(row.result.face_id);
    if (!stream_.still()) findings_.add(batch.frame(frame).index, concluded);
    all_ += clock;
    if (frame_times_)
      for (std::size_t stage = 0; stage < kStageNames.size(); ++stage)
        report_.frame_ms.push_back(static_cast<float>(clock.ms(static_cast<Stage>(stage))));
    control_.report(report_.frames, report_.stream.frames_expected);
    return static_cast<int>(concluded.rows.size());
  }

  // Frames a second by their times; 0 where there are too few to be smoothed, or they have no
  // times.
  double fps() const {
    constexpr std::int64_t kWindow = 7;
    return report_.frames >= kWindow && last_s_ > first_s_
               ? static_cast<double>(report_.frames - 1) / (last_s_ - first_s_)
               : 0;
  }

  void finish() {
    report_.people = static_cast<int>(people_.size());
    report_.rows_lost = findings_.rows_lost();
    report_.notes = findings_.notes(report_.rows);
    all_.time(Stage::calibrate, [&] { report_.units = stream_.finish(); });
    report_.neutral = stream_.neutral();
    report_.light = stream_.light();
    report_.faces_visible = findings_.faces_visible();
    if (std::string note = neutral_note(report_.neutral); !note.empty())
      report_.notes.push_back(std::move(note));
    report_.scene = stream_.scene();
    for (std::string& warning : scene_warnings(report_.scene))
      report_.warnings.push_back(std::move(warning));
    all_.time(Stage::write, [&] {
      for (Sink* sink : sinks_) {
        const std::vector<Written> written = sink->finish(report_.units);
        report_.written.insert(report_.written.end(), written.begin(), written.end());
        for (const Written& one : written)
          report_.warnings.insert(report_.warnings.end(), one.warnings.begin(), one.warnings.end());
      }
    });
    for (std::size_t i = 0; i < kStageNames.size(); ++i)
      report_.stage_ms.emplace_back(kStageNames[i], all_.ms(static_cast<Stage>(i)));
  }

 private:
  void hand_over(const FrameView& frame, std::span<const FaceRow> rows) {
    for (Sink* sink : sinks_) {
      for (const FaceRow& row : rows) sink->row(row);
      sink->frame(sink->needs().picture
                      ? frame
                      : FrameView{frame.index, frame.timestamp_s, ImageView(), frame.missing});
    }
  }

  Session::Stream& stream_;
  std::span<Sink* const> sinks_;
  LandmarksCheck& check_;
  bool frame_times_;
  Control& control_;
  RunReport& report_;
  RunFindings findings_;
  double first_s_ = 0, last_s_ = 0;  // times of the first and the last frame
  std::set<int> people_;
  StageClock all_;
};

}  // namespace

RunReport run(Source& source, Session& session, std::span<Sink* const> sinks,
              const RunOptions& options, Control control) {
  check(options);
  Session::Stream& stream = session.stream();
  Needs needs;
  for (const Sink* sink : sinks) needs = needs | sink->needs();
  RunReport report;
  report.stream = describe(source.info(), stream);
  LandmarksCheck landmarks(stream.landmarks_table(), report.stream);
  stream.prepare(needs, true);
  for (Sink* sink : sinks) sink->begin(report.stream, stream.setup());

  Conclusion conclusion(stream, sinks, landmarks, options.frame_times, control, report);
  const int threads = options.threads.workers > 0 ? options.threads.workers
                                                  : tbb::this_task_arena::max_concurrency();
  ReadAhead ahead(source, ReadAhead::budget_for(threads), ReadAhead::kFrames,
                  !stream.looks_at_parts());
  std::int64_t read = 0;
  Schedule schedule;
  const auto stopped_by_turn = [&] {
    const std::optional<TurnedVideo> turn = options.stop_when_turned ? stream.turn() : std::nullopt;
    return turn && turn->whole;
  };
  schedule.next = [&](Frame& frame) {
    if (stopped_by_turn() || control.cancelled() ||
        (options.most_frames > 0 && read == options.most_frames) || !ahead.next(frame))
      return false;
    ++read;
    return true;
  };
  schedule.conclude = [&](FrameBatch& batch, int frame, int face) {
    return conclusion.take(batch, frame, face);
  };
  const auto work = [&] {
    const int concurrency = tbb::this_task_arena::max_concurrency();
    const int batches =
        options.threads.batches_in_flight > 0 ? options.threads.batches_in_flight : concurrency + 1;
    work_through(stream, schedule,
                 std::size_t{3} * static_cast<std::size_t>(report.stream.width) *
                     static_cast<std::size_t>(report.stream.height),
                 batches);
  };
  if (options.threads.workers > 0) {
    const auto allowed = static_cast<int>(std::min<std::size_t>(
        256, tbb::global_control::active_value(tbb::global_control::max_allowed_parallelism)));
    tbb::task_arena arena(std::min(options.threads.workers, allowed));
    arena.execute(work);
  } else {
    work();
  }

  SourceStatus status = ahead.status();
  report.complete = !status.partial;
  report.partial_reason = std::move(status.message);
  report.warnings = std::move(status.warnings);
  for (std::string& warning : stream.warnings()) report.warnings.push_back(std::move(warning));
  report.facts = std::move(status.facts);
  report.facts.sizes = stream.sizes().sizes();
  report.facts.size_changes = stream.sizes().changes();
  report.turn = stream.turn();
  if (stopped_by_turn()) {
    report.complete = false;
    report.partial_reason = "stopped because the picture is turned";
    return report;
  }
  if (control.cancelled()) {
    report.complete = false;
    report.partial_reason = "stopped on request after " + std::to_string(report.frames) + " frames";
  }
  if (report.faces == 0 && !report.stream.still)
    report.warnings.emplace_back("no face was found in any frame");
  landmarks.finish(report.complete && !report.facts.is_section &&
                       (options.most_frames == 0 || read < options.most_frames),
                   report.warnings);
  if (std::string warning = rate_warning(conclusion.fps()); stream.smooths() && !warning.empty())
    report.warnings.push_back(std::move(warning));
  conclusion.finish();
  if (options.publish)
    for (Sink* sink : sinks) sink->publish();
  return report;
}

}  // namespace auriga
