// Which frame of a video each place of a resampled one shows.
#pragma once

#include <cstdint>
#include <vector>

#include "auriga/source.hpp"

#include "media/frame_index.hpp"

namespace auriga {

struct MappedPlace {
  std::int64_t frame = 0;  // 0-based, of the video as it is
  double timestamp_s = 0;  // of the place
};

// The places of Resampled over the video whose frames have these times, found by it. `info`: of the
// video as it is. Where more frames follow (not `complete`), only as far as these make no
// difference.
std::vector<MappedPlace> map_places(const std::vector<IndexedFrame>& frames, const SourceInfo& info,
                                    double fps, bool complete);

}  // namespace auriga
