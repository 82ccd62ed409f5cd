// What MultiFaceTracker asks of the trackers of its faces.
#pragma once

#include "auriga/face.hpp"
#include "auriga/image.hpp"

#include "base/stage_clock.hpp"
#include "media/picture.hpp"
#include "tracking/face_finder.hpp"
#include "tracking/tracked_face.hpp"

namespace auriga {

// A tracker of one face that is told where to begin. Both results are valid until the next call.
// Not thread-safe.
class FollowedFace {
 public:
  virtual ~FollowedFace() = default;
  // Leaves the face of before for the one in `box`.
  virtual const TrackedFace& begin(const Picture& bgr, const FaceBox& box, StageClock& clock) = 0;
  // The next frame in order. `find` gives the detections that may be the face.
  virtual const TrackedFace& follow(const Picture& bgr, const FaceFinder& find,
                                    StageClock& clock) = 0;
};

}  // namespace auriga
