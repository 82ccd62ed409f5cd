// How long `auriga live` takes for a frame.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "auriga/engine.hpp"
#include "auriga/session.hpp"

namespace auriga::app {

struct LiveLatency {
  Setup setup;
  int width = 0, height = 0;  // px
  double fps = 0;             // at which frames came
  std::int64_t warm_up = 0;   // frames before the first that counts
  std::int64_t faces = 0;     // measured frames with a face
  // Of each frame, ascending: on the clock, and processor time of the thread, which other programs
  // on the machine do not lengthen.
  std::vector<double> ms, processor_ms;
};

// Of values that ascend, q in 0..1; 0 where there are none.
double quantile(const std::vector<double>& values, double q);

// Frames of `video` in BGR, one at a time when they are due, through a session to a line of JSON
// that is written to nowhere. Throws Error.
LiveLatency live_latency(const Engine& engine, const SessionOptions& session,
                         const std::string& video, std::int64_t warm_up, std::int64_t most_frames);

}  // namespace auriga::app
