// Whether the times of a table say when its frames were.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <utility>

namespace auriga {

// Tables of pictures and of some programs have times that are missing, all the same, or run
// backwards: nothing is told by them.
class FrameTimes {
 public:
  // The rows of each face by ascending frame. NaN: there is no time.
  void add(std::int64_t face, std::int64_t frame, double seconds);

  // No time is missing, none is before that of the face's row before, and the last frame's is
  // after the first one's.
  bool told() const;
  // Frame and time of the first and the last frame; of no rows nothing of use.
  std::pair<std::int64_t, double> first() const { return first_; }
  std::pair<std::int64_t, double> last() const { return last_; }

 private:
  std::pair<std::int64_t, double> first_{std::numeric_limits<std::int64_t>::max(), 0}, last_{0, 0};
  std::map<std::int64_t, double> before_;  // by face
  bool ascending_ = true;
};

}  // namespace auriga
