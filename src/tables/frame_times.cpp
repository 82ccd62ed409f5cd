#include "tables/frame_times.hpp"

#include <algorithm>
#include <cmath>

namespace auriga {

void FrameTimes::add(std::int64_t face, std::int64_t frame, double seconds) {
  first_ = std::min(first_, {frame, seconds});
  last_ = std::max(last_, {frame, seconds});
  if (std::isnan(seconds)) ascending_ = false;
  const auto [before, is_first] = before_.try_emplace(face, seconds);
  if (!is_first && !(seconds >= before->second)) ascending_ = false;
  before->second = seconds;
}

bool FrameTimes::told() const {
  return ascending_ && last_.first > first_.first && last_.second > first_.second;
}

}  // namespace auriga
