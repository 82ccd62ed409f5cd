// Times of frames by a clock that may jump.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace auriga {

// Seconds since the first frame, never decreasing. Where the clock of the source jumps back, or
// ahead by more than kMostGap_s, or tells nothing, the time that passed between arrivals counts.
class SourceClock {
 public:
  static constexpr double kMostGap_s = 10;

  double show(std::optional<double> source_s, std::chrono::steady_clock::time_point arrived) {
    if (arrived_) {
      const double passed_s = std::chrono::duration<double>(arrived - *arrived_).count();
      const double told_s = source_s && source_s_ ? *source_s - *source_s_ : -1;
      now_s_ += told_s >= 0 && told_s <= std::max(kMostGap_s, 2 * passed_s)
                    ? told_s
                    : std::max(0.0, passed_s);
    }
    arrived_ = arrived;
    source_s_ = source_s;
    return now_s_;
  }

 private:
  double now_s_ = 0;
  std::optional<double> source_s_;
  std::optional<std::chrono::steady_clock::time_point> arrived_;
};

}  // namespace auriga
