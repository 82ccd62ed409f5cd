// What `auriga bench` makes of its measurements: statistics, bottlenecks, advice.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace auriga::app {

struct Summary {
  double mean = 0;
  double median = 0;  // of an even number of values the mean of the two in the middle
  double p95 = 0;     // the smallest value that at least 95 % of the values do not exceed
  double min = 0, max = 0;
};

// All zero for no values.
Summary summarise(std::vector<double> values);

struct StageTime {
  std::string name;
  Summary ms;                           // processor time per frame
  double share = 0;                     // of the mean of all stages together, 0..1
  std::string_view class_name() const;  // critical, major, minor, or empty
};

// From frames x names.size() values, row-major, of which the first `skipped` frames are left out.
std::vector<StageTime> stage_times(const std::vector<std::string>& names,
                                   const std::vector<float>& frame_ms, std::int64_t skipped);

// The clip once through with so many workers.
struct WorkerRun {
  int workers = 1;
  double frames_per_second = 0;  // behind the warm-up
  double peak_memory_mb = 0;     // of the process so far
  std::string sha256;            // of the table
  // Of the same frames when they are only decoded, by a decoder that may use as many threads; 0:
  // not measured.
  double decoded_per_second = 0;
};

// Frames of warm-up in a clip of `frames`: those asked for, but at most half of the frames, in
// whole batches.
std::int64_t warm_up_frames(std::int64_t asked, std::int64_t frames);
inline constexpr std::int64_t kBatchFrames = 8;  // that travel together through the pipeline

// What advice depends on.
struct Findings {
  std::vector<StageTime> stages;
  std::vector<WorkerRun> runs;  // ascending workers; the first with one
  double detector_share = 0;    // of the frames that the detector looked at
  // Of the run with one worker: time on the wall by processor time. Above 1 it waited.
  double waiting = 1;
  int cores = 1;
  double memory_mb = 0;  // that programs can have now; 0: unknown
  std::string predictor = "batched";
  // Whose landmark models are here, too.
  std::vector<std::string> other_presets;
};

// In the order of what they may bring; empty: nothing to say.
std::vector<std::string> advice(const Findings& findings);

// "1,2,4": ascending, each once, 1 added where it is missing. Throws Error(usage).
std::vector<int> parse_worker_list(std::string_view text);

}  // namespace auriga::app
