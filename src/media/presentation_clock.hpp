// When frames are shown.
#pragma once

#include <cstdint>

namespace auriga {

// Seconds since the first frame, never decreasing, from the times of the file. A frame without a
// time, or after the clock of the file has started again, comes at the nominal rate after the one
// before.
class PresentationClock {
 public:
  // `tick_s`: seconds of a tick of the file's clock, > 0. `fps`: nominal rate, > 0.
  PresentationClock(double tick_s, double fps) : tick_s_(tick_s), frame_s_(1 / fps) {}

  // Time of the next frame, s. `ticks`: when the file's clock shows it.
  double show(std::int64_t ticks);
  // The same for a frame of which the file does not say.
  double show();

 private:
  double nominal_s() const { return started_ ? previous_s_ + frame_s_ : 0; }
  double shown(double time_s);

  double tick_s_, frame_s_;
  bool started_ = false;
  bool has_origin_ = false;
  double origin_ticks_ = 0;  // what the file's clock shows at 0 s
  double previous_s_ = 0;    // time of the frame before
};

}  // namespace auriga
