#include "media/presentation_clock.hpp"

#include <algorithm>

namespace auriga {

double PresentationClock::show(std::int64_t ticks) {
  constexpr double kRestart_s = 1;  // further back than any reordering
  const auto at = static_cast<double>(ticks);
  if (!has_origin_ || (at - origin_ticks_) * tick_s_ < previous_s_ - kRestart_s)
    origin_ticks_ = at - nominal_s() / tick_s_;
  has_origin_ = true;
  return shown((at - origin_ticks_) * tick_s_);
}

double PresentationClock::show() { return shown(nominal_s()); }

double PresentationClock::shown(double time_s) {
  started_ = true;
  return previous_s_ = std::max(previous_s_, time_s);
}

}  // namespace auriga
