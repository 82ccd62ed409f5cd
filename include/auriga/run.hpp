// Drives a source through a session into sinks.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "auriga/control.hpp"
#include "auriga/scene.hpp"
#include "auriga/session.hpp"
#include "auriga/sink.hpp"
#include "auriga/source.hpp"

namespace auriga {

struct Threads {
  // 1..256: threads of our own, the caller's included, for the time of the call, at most as many as
  // oneTBB may use in this process. 0: those of the oneTBB arena that the caller is in. Never
  // changes a result.
  int workers = 0;
  // Batches of frames under way at a time, 1..4096; 0: one more than threads. Never changes a
  // result.
  int batches_in_flight = 0;
};

struct RunReport {
  StreamInfo stream;
  std::int64_t frames = 0;         // decoded
  std::int64_t faces = 0;          // frames with success (of at least one face)
  std::int64_t rows = 0;           // FaceRows
  std::int64_t rows_lost = 0;      // of them, of a video, without success
  int people = 0;                  // face ids with success
  std::int64_t detector_runs = 0;  // frames that the face detector looked at
  bool complete = true;            // the whole input was decoded without damage
  std::string partial_reason;
  std::vector<std::string> warnings;  // those of the source first
  // What a reader of the results should know, though nothing is wrong: whole sentences.
  std::vector<std::string> notes;
  SourceFacts facts;
  SceneFacts scene;                                      // empty for still pictures
  std::vector<std::pair<int, FaceLight>> light;          // by face id; empty for still pictures
  int faces_visible = 0;                                 // at a time, to the detector: most
  std::vector<std::pair<int, NeutralFacts>> neutral;     // Session::neutral()
  std::optional<TurnedVideo> turn;                       // Session::turn()
  std::vector<std::pair<std::string, double>> stage_ms;  // processor time per stage, whole stream
  // The same frame by frame, without what is computed once at the end: frames x stages, row-major.
  // What a batch of frames shares is divided among them. Empty unless RunOptions::frame_times.
  std::vector<float> frame_ms;
  FinalUnits units;
  std::vector<Written> written;
};

struct RunOptions {
  Threads threads;
  std::int64_t most_frames = 0;  // then the stream counts as ended; 0: all
  bool frame_times = false;      // fill in RunReport::frame_ms
  // A video that seems turned as a whole ends the call at once; sinks are not finished, so that
  // they leave nothing behind. RunReport::turn says how to open the source again.
  bool stop_when_turned = false;
  // false: the caller calls Sink::publish() of every sink after the call, for example to write
  // first what tells of the results.
  bool publish = true;
};

// Reads all frames of `source`, which nobody has read from, into a session that has seen none,
// hands the rows to every sink, finishes and publishes them. Frames are decoded on a thread of
// their own meanwhile; what is held at a time is bounded in bytes, however long and large the
// frames are. An exception of source, session or sink ends the call and is passed on. Error(input)
// for a table of landmarks that is not of this video, before any result is there. A cancelled run
// finishes its sinks with the rows so far and is not complete. Damage makes the report partial.
RunReport run(Source& source, Session& session, std::span<Sink* const> sinks,
              const RunOptions& options = {}, Control control = {});

}  // namespace auriga
