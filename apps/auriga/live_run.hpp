// A live source through a session into sinks, step by step; prints nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "auriga/engine.hpp"
#include "auriga/live.hpp"
#include "auriga/session.hpp"
#include "auriga/sink.hpp"

#include "live_online.hpp"

namespace auriga::app {

struct LiveRunOptions {
  SessionOptions session;  // needs are filled in
  std::optional<OneEuroOptions> smooth;
  std::optional<double> neutral_s;  // the first seconds with a face
  bool baseline = false;            // a neutral face was given
  StreamInfo stream;                // format, fps; the rest is filled in
};

// One stream. One thread at a time.
class LiveRun {
 public:
  // `live` take values of the moment, `results` those that a video would give. All must outlive
  // this. One that throws is left out from then on, and the others go on.
  LiveRun(const Engine& engine, LiveRunOptions options, std::vector<LiveSink*> live,
          std::vector<Sink*> results, OnlineValues* online);

  // The first throws what the sinks do that cannot begin.
  void frame(LiveFrame& frame);
  // The next second with a face, or so many seconds, shows the neutral one.
  void show_neutral(double seconds = 1);
  void forget_neutral();
  // What became of it since the last call, for people; empty: nothing.
  std::string news();
  // "running", "showing", "shown", "given", "none".
  const char* neutral() const { return neutral_word_; }

  // Ends the stream for whoever takes values of the moment.
  FinalUnits finish();
  // Of those that take results, which still do.
  std::vector<Sink*> results() const;
  bool compares() const { return online_ != nullptr; }

  const StreamInfo& stream() const { return options_.stream; }
  Session& session() { return session_; }
  std::int64_t frames() const { return frames_; }
  std::int64_t rows() const { return rows_; }
  std::int64_t frames_with_face() const { return frames_with_face_; }
  std::int64_t rows_lost() const { return rows_lost_; }
  const LivePacket& packet() const { return packet_; }  // the latest
  // Sinks that threw, and what.
  const std::vector<std::string>& failures() const { return failures_; }
  double last_face_s() const { return last_face_s_; }  // below 0: none yet
  double latest_s() const { return packet_.captured_s; }

 private:
  struct Smoothed {
    std::vector<OneEuro> filters;
    std::vector<double> intensities;
  };

  void begin(const LiveFrame& frame);
  void follow_neutral(bool face, double captured_s);
  void make_faces(std::span<const FaceRow> rows, double captured_s);
  template <typename Taker, typename Call>
  void give(Taker*& taker, const std::string& name, const Call& call);
  void each_live(const std::function<void(LiveSink&)>& call);
  void each_result(const std::function<void(Sink&)>& call);
  const char* usual_neutral() const;

  const Engine& engine_;
  LiveRunOptions options_;
  std::vector<LiveSink*> live_;  // null: it threw
  std::vector<Sink*> results_;   // likewise
  OnlineValues* online_;         // likewise, or nobody wants a comparison
  Session session_;
  bool begun_ = false;
  std::int64_t frames_ = 0, rows_ = 0, rows_lost_ = 0, frames_with_face_ = 0;
  double last_face_s_ = -1;
  std::chrono::steady_clock::time_point start_;
  double start_unix_s_ = 0;
  std::vector<LiveFace> faces_;
  LivePacket packet_;
  std::map<int, Smoothed> smoothed_;  // by face id
  std::vector<std::string> failures_;

  const char* neutral_word_ = "running";
  double neutral_for_s_ = 0;               // that is being shown; 0: it is not
  std::optional<double> neutral_begin_s_;  // since a face is seen meanwhile
  std::string news_;
};

}  // namespace auriga::app
