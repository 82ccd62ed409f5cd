#include "live_run.hpp"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "auriga/error.hpp"

namespace auriga::app {
namespace {

using std::chrono::duration;
using std::chrono::steady_clock;

SessionOptions with_needs(SessionOptions session, const std::vector<LiveSink*>& live,
                          const std::vector<Sink*>& results, bool final_units) {
  session.needs.units_now = true;
  for (const LiveSink* sink : live) session.needs = session.needs | sink->needs();
  for (const Sink* sink : results) session.needs = session.needs | sink->needs();
  session.needs.picture = false;  // pushed frames are there anyway
  session.final_units = final_units;
  return session;
}

// Filters of a face: intensities, then head pose and gaze.
constexpr std::size_t kAngles = 8;

}  // namespace

LiveRun::LiveRun(const Engine& engine, LiveRunOptions options, std::vector<LiveSink*> live,
                 std::vector<Sink*> results, OnlineValues* online)
    : engine_(engine),
      options_(std::move(options)),
      live_(std::move(live)),
      results_(std::move(results)),
      online_(online),
      session_(engine, with_needs(options_.session, live_, results_, online != nullptr)),
      start_(steady_clock::now()),
      start_unix_s_(duration<double>(std::chrono::system_clock::now().time_since_epoch()).count()) {
  options_.stream.units = session_.units();
  neutral_word_ = usual_neutral();
  if (options_.neutral_s) show_neutral(*options_.neutral_s);
}

void LiveRun::begin(const LiveFrame& frame) {
  begun_ = true;
  StreamInfo& stream = options_.stream;
  stream.width = frame.picture.width();
  stream.height = frame.picture.height();
  stream.camera = session_.camera(stream.width, stream.height);
  for (LiveSink* sink : live_) sink->begin(stream, engine_.setup());
  for (Sink* sink : results_) sink->begin(stream, engine_.setup());
}

template <typename Taker, typename Call>
void LiveRun::give(Taker*& taker, const std::string& name, const Call& call) {
  if (taker == nullptr) return;
  try {
    call(*taker);
  } catch (const Error& error) {
    failures_.push_back(name + error.what());
    taker = nullptr;
  }
}

void LiveRun::each_live(const std::function<void(LiveSink&)>& call) {
  for (LiveSink*& sink : live_)
    give(sink, sink == nullptr ? std::string() : sink->name() + ": ", call);
}

void LiveRun::each_result(const std::function<void(Sink&)>& call) {
  for (Sink*& sink : results_) give(sink, {}, call);
}

std::vector<Sink*> LiveRun::results() const {
  std::vector<Sink*> all = results_;
  std::erase(all, nullptr);
  return all;
}

const char* LiveRun::usual_neutral() const {
  if (!options_.session.calibrate || options_.session.static_aus) return "none";
  return options_.baseline ? "given" : "running";
}

void LiveRun::show_neutral(double seconds) {
  session_.show_neutral(true);
  neutral_for_s_ = seconds;
  neutral_begin_s_.reset();
  neutral_word_ = "showing";
}

void LiveRun::forget_neutral() {
  session_.forget_neutral();
  neutral_for_s_ = 0;
  neutral_word_ = usual_neutral();
  news_ = "the neutral face that was shown is forgotten";
}

std::string LiveRun::news() { return std::exchange(news_, {}); }

void LiveRun::follow_neutral(bool face, double captured_s) {
  if (neutral_for_s_ == 0) return;
  if (face && !neutral_begin_s_) neutral_begin_s_ = captured_s;
  if (!neutral_begin_s_ || captured_s - *neutral_begin_s_ < neutral_for_s_) return;
  if (session_.show_neutral(false)) {
    neutral_word_ = "shown";
    news_ = fmt::format("the neutral face is that of {:.1f} s to {:.1f} s", *neutral_begin_s_,
                        captured_s);
    neutral_for_s_ = 0;
  } else {  // seen, but with nothing that could be learnt
    show_neutral(neutral_for_s_);
  }
}

void LiveRun::make_faces(std::span<const FaceRow> rows, double captured_s) {
  faces_.clear();
  for (const FaceRow& row : rows) {
    LiveFace face{row.result,      row.intensities, row.presences,  row.result.pose,
                  row.result.gaze, row.mesh,        row.blendshapes};
    if (options_.smooth) {
      Smoothed& smoothed = smoothed_[row.result.face_id];
      smoothed.filters.resize(row.intensities.size() + kAngles, OneEuro(*options_.smooth));
      smoothed.intensities.assign(row.intensities.begin(), row.intensities.end());
      if (!row.result.success) {
        // What comes back somewhere else is no movement.
        for (OneEuro& filter : smoothed.filters) filter.reset();
      } else {
        std::size_t i = 0;
        for (double& value : smoothed.intensities)
          value = smoothed.filters[i++].next(value, captured_s);
        const auto smooth = [&](float& value) {
          value = static_cast<float>(smoothed.filters[i++].next(value, captured_s));
        };
        for (float& value : face.pose.translation_mm) smooth(value);
        for (float& value : face.pose.rotation_rad) smooth(value);
        for (float& value : face.gaze.angle_rad) smooth(value);
      }
      face.intensities = smoothed.intensities;
    }
    faces_.push_back(face);
  }
}

void LiveRun::frame(LiveFrame& frame) {
  if (!begun_) begin(frame);
  const FrameView view = frame.view();
  const std::span<const FaceRow> rows = session_.push(view);
  make_faces(rows, frame.captured_s);
  const bool face =
      std::any_of(rows.begin(), rows.end(), [](const FaceRow& row) { return row.result.success; });
  const auto now = steady_clock::now();
  const auto unix_s = [&](SteadyTime at) {
    return start_unix_s_ + duration<double>(at - start_).count();
  };
  packet_ = {.frame = frame.index,
             .captured_s = frame.captured_s,
             .captured_unix_s = unix_s(frame.captured_at),
             .sent_unix_s = unix_s(now),
             .latency_ms = duration<double, std::milli>(now - frame.captured_at).count(),
             .captured_at = frame.captured_at,
             .lost = frame.lost,
             .width = frame.picture.width(),
             .height = frame.picture.height(),
             .neutral = neutral_word_,
             .faces = faces_};
  each_live([&](LiveSink& one) { one.packet(packet_); });
  each_result([&](Sink& one) {
    for (const FaceRow& row : rows) one.row(row);
    one.frame(view);
  });
  for (const LiveFace& one : faces_) {
    give(online_, {}, [&](OnlineValues& online) {
      online.add(frame.captured_s, one.result.success, one.intensities, one.presences);
    });
    ++rows_;
    rows_lost_ += one.result.success ? 0 : 1;
  }
  ++frames_;
  frames_with_face_ += face ? 1 : 0;
  if (face) last_face_s_ = frame.captured_s;
  follow_neutral(face, frame.captured_s);
}

FinalUnits LiveRun::finish() {
  each_live([](LiveSink& one) { one.finish(); });
  return session_.finish();
}

}  // namespace auriga::app
