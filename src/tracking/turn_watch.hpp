// Finds out whether a video is upside down or sideways.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "auriga/face.hpp"
#include "auriga/image.hpp"
#include "auriga/source.hpp"

#include "base/stage_clock.hpp"
#include "media/picture.hpp"
#include "tracking/picture_probe.hpp"
#include "tracking/tracked_face.hpp"

namespace auriga {

// A picture is tried as it is and upside down, and, unless it is upright, on both sides. What
// speaks for a turn: a detection that is surely a face, its eyes level within 30 degrees, its odds
// e^0.7 times those of any other turn in which eyes are about level, with eyes at right angles on a
// side beside it and landmarks that agree. So a head that is tilted by up to 45 degrees turns
// nothing. Five such pictures, two frames or more apart, without an upright one in between make a
// verdict, which is final.
//
// Tried are the first frames with a face, where the tracker does not notice by itself, until two
// pictures were upright or ten said nothing, and so are the first ones after a loss; and frames in
// doubt: nobody is followed, or a head
// lies on its side. Such frames are tried less and less often, at last every 256, so that an hour
// in doubt costs some 420 tries of four detections each.
//
// Results depend on nothing but the frames. Not thread-safe. Without a try allocates nothing.
class TurnWatch {
 public:
  // `probe` must outlive the watch.
  explicit TurnWatch(PictureProbe& probe) : probe_(probe), traits_(probe.traits()) {}

  // The next frame in order, its picture, and the faces that are followed in it. Adds time to the
  // stages detect and landmarks.
  void see(const FrameView& frame, const Picture& picture, std::span<const TrackedFace> faces,
           StageClock& clock);

  const std::optional<TurnedVideo>& verdict() const { return verdict_; }

 private:
  bool is_due(std::span<const TrackedFace> faces);
  std::optional<int> vote(ImageView bgr, StageClock& clock);
  void count(std::optional<int> vote, const FrameView& frame);

  PictureProbe& probe_;
  PictureProbe::Traits traits_;
  std::int64_t frame_ = 0, last_try_ = -1000, next_try_ = 0;
  std::int64_t doubtful_frames_ = 0, confirmed_at_ = 0;
  int pause_ = 1;                  // frames to the next try
  float doubt_ = 0;                // frames in doubt of late
  bool upright_ = false;           // a picture was
  int confirmed_ = 0;              // upright pictures at the start, or since faces were lost
  int unclear_ = 0;                // pictures of a followed face that said nothing
  int turns_ = 0, candidate_ = 0;  // pictures in a row that spoke for that many quarter turns
  int silent_ = 0;                 // pictures in between that said nothing
  TurnedVideo first_;              // told by the first of these pictures
  std::optional<TurnedVideo> verdict_;
};

}  // namespace auriga
