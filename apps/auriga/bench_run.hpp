// Runs of a whole session over a clip, for `auriga bench`.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "auriga/engine.hpp"
#include "auriga/run.hpp"
#include "auriga/session.hpp"

#include "bench_report.hpp"

namespace auriga::app {

// One run, with the table of `auriga extract` written to a temporary file.
struct ClipRun {
  WorkerRun run;
  Setup setup;
  StreamInfo stream;
  bool complete = true;
  std::string partial_reason;
  std::int64_t frames = 0, faces = 0, detector_runs = 0;
  std::int64_t warm_up = 0;       // of the frames
  std::vector<StageTime> stages;  // behind the warm-up
  double process_ms = 0;          // processor time of the whole process per frame, likewise
  // Processor time per stage that is spent once, at the end of the video.
  std::vector<std::pair<std::string, double>> end_ms;
  double seconds = 0;  // from opening the video to the finished table
};

// `most_frames`: warm-up + measured frames. Throws Error; an Interrupted after Ctrl-C.
struct Interrupted {};
ClipRun run_clip(const Engine& engine, const SessionOptions& session, const std::string& video,
                 int workers, std::int64_t warm_up, std::int64_t most_frames);

// Frames per second of `video` when its frames are only decoded, by a decoder that may use so many
// threads; the first `warm_up` of `most_frames` frames do not count. 0 when there are no others.
// Throws Error; an Interrupted after Ctrl-C.
double decoded_per_second(const std::string& video, int threads, std::int64_t warm_up,
                          std::int64_t most_frames);

}  // namespace auriga::app
