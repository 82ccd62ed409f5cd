// Runs of the whole extractor over a clip, for `auriga bench`.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "auriga/extract.hpp"

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

// `options` as for the extractor, with most_frames = warm-up + measured frames. Throws Error; an
// Interrupted after Ctrl-C.
struct Interrupted {};
ClipRun run_clip(ExtractOptions options, const std::string& video, int workers,
                 std::int64_t warm_up);

}  // namespace auriga::app
