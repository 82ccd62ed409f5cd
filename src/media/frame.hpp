// One decoded picture with its place in the stream.
#pragma once

#include <cstdint>

#include "auriga/image.hpp"

#include "base/stage_clock.hpp"

namespace auriga {

struct Frame {
  std::int64_t index = 0;  // 0-based, counts decoded frames
  double timestamp_s = 0;  // presentation time since the first frame of the stream
  Image image;             // BGR, display orientation
  StageClock clock;        // of the stages that have worked on it
};

}  // namespace auriga
