// How many frames a person is seen in per second.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

namespace auriga {

// From the times of the frames with the face. Constant memory. Not thread-safe.
class FrameRate {
 public:
  void add(double timestamp_s) {
    if (last_) {
      const double step = timestamp_s - *last_;
      if (step > kLongest) slow_ = true;
      if (step > 0 && step <= kLongest) {
        seconds_ += step;
        ++steps_;
      }
    }
    last_ = timestamp_s;
  }
  // 5..1000. Steps of more than two seconds are absences, or frames so far apart that each tells as
  // much as others do in a fifth of a second. 30 where times do not advance.
  double per_second() const {
    if (steps_ == 0) return slow_ ? kSlowest : kUnknown;
    return std::clamp(static_cast<double>(steps_) / seconds_, kSlowest, kFastest);
  }

 private:
  static constexpr double kLongest = 2;  // s
  static constexpr double kSlowest = 5, kFastest = 1000, kUnknown = 30;

  std::optional<double> last_;
  double seconds_ = 0;
  std::int64_t steps_ = 0;
  bool slow_ = false;
};

}  // namespace auriga
