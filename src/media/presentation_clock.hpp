// When frames are shown.
#pragma once

#include <cstdint>

#include "auriga/source.hpp"

namespace auriga {

// Seconds since the start of the file, never decreasing, from the times in it, and what is to be
// said of them. A frame without a time, or after the clock of the file has started again, comes at
// the nominal rate after the one before.
class PresentationClock {
 public:
  // `tick_s`: seconds of a tick of the file's clock, > 0. `start_s`: what the clock shows at the
  // start of the file; a first frame that is shown earlier is the start itself. `fps`,
  // `average_fps`: nominal rate and frames by duration, > 0.
  PresentationClock(double tick_s, double start_s, double fps, double average_fps);

  // Time of the next frame, s. `ticks`: when the file's clock shows it.
  double show(std::int64_t ticks);
  // The same for a frame of which the file does not say.
  double show();

  // Of the frames so far; counts of frames and packets are 0.
  TimeFacts facts() const;

 private:
  double nominal_s() const { return frames_ > 0 ? previous_s_ + frame_s_ : 0; }
  double shown(double time_s);

  double tick_s_, start_s_, frame_s_, average_s_;
  bool has_origin_ = false;
  double origin_ticks_ = 0;     // what the file's clock shows at 0 s
  double first_picture_s_ = 0;  // what it shows at the first frame
  std::int64_t frames_ = 0;
  double first_s_ = 0, previous_s_ = 0;  // times of the first frame and of the one before
  double least_s_ = 0, largest_s_ = 0;   // interval
  double off_average_s_ = 0;
};

}  // namespace auriga
