#include "media/presentation_clock.hpp"

#include <algorithm>
#include <cmath>

namespace auriga {

PresentationClock::PresentationClock(double tick_s, double start_s, double fps, double average_fps)
    : tick_s_(tick_s), start_s_(start_s), frame_s_(1 / fps), average_s_(1 / average_fps) {}

double PresentationClock::show(std::int64_t ticks) {
  constexpr double kRestart_s = 1;  // further back than any reordering
  const auto at = static_cast<double>(ticks);
  if (!has_origin_) {
    first_picture_s_ = at * tick_s_;
    // A start that is the frame's own time but for rounding is that time.
    const double start = start_s_ / tick_s_;
    origin_ticks_ = frames_ > 0 ? at - nominal_s() / tick_s_ : start < at - 1e-3 ? start : at;
    has_origin_ = true;
  } else if ((at - origin_ticks_) * tick_s_ < previous_s_ - kRestart_s) {
    origin_ticks_ = at - nominal_s() / tick_s_;
  }
  return shown((at - origin_ticks_) * tick_s_);
}

double PresentationClock::show() { return shown(nominal_s()); }

double PresentationClock::shown(double time_s) {
  if (frames_ == 0) {
    first_s_ = previous_s_ = time_s;
  } else {
    time_s = std::max(previous_s_, time_s);
    const double interval_s = time_s - previous_s_;
    least_s_ = frames_ == 1 ? interval_s : std::min(least_s_, interval_s);
    largest_s_ = std::max(largest_s_, interval_s);
  }
  off_average_s_ =
      std::max(off_average_s_, std::abs(time_s - static_cast<double>(frames_) * average_s_));
  ++frames_;
  return previous_s_ = time_s;
}

TimeFacts PresentationClock::facts() const {
  TimeFacts facts;
  facts.file_start_s = has_origin_ ? std::min(start_s_, first_picture_s_) : start_s_;
  facts.first_picture_s = first_picture_s_;
  facts.off_average_rate_s = off_average_s_;
  if (frames_ < 2) return facts;
  facts.mean_interval_s = (previous_s_ - first_s_) / static_cast<double>(frames_ - 1);
  facts.least_interval_s = least_s_;
  facts.largest_interval_s = largest_s_;
  // Times that are rounded to a tick of the clock, a millisecond at most, differ by so much.
  constexpr double kSame = 0.1, kRounding_s = 1e-6;
  facts.variable = largest_s_ - least_s_ >
                   std::max(kSame * facts.mean_interval_s, std::min(tick_s_, 1e-3) + kRounding_s);
  return facts;
}

}  // namespace auriga
