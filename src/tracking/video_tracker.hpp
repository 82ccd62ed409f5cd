// What the pipeline asks for the faces of a video.
#pragma once

#include <span>

#include "auriga/image.hpp"

#include "base/stage_clock.hpp"
#include "media/picture.hpp"
#include "tracking/picture_probe.hpp"
#include "tracking/tracked_face.hpp"

namespace auriga {

// Not thread-safe: one object per video. Results depend on nothing but the frames since the
// beginning.
class VideoTracker {
 public:
  virtual ~VideoTracker() = default;

  // The faces of the next frame in order: `bgr` has 3 channels and any size, and all of it is
  // converted only where faces are detected. A tracker of one face gives one entry per frame, also
  // when it has none (success false); a tracker of several gives those that are followed, by
  // ascending id. Valid until the next call. Adds its time to `clock`.
  virtual std::span<const TrackedFace> next(const Picture& bgr, StageClock& clock) = 0;

  // Instead of next() for a frame whose picture is missing.
  virtual void pass_over() {}
  // Its detector and landmarker, to be asked about other pictures between two frames; lives as long
  // as the tracker. Null: it has none.
  virtual PictureProbe* probe() { return nullptr; }
};

}  // namespace auriga
