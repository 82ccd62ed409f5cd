// Follows one face through a video.
#pragma once

#include <span>
#include <vector>

#include "auriga/face.hpp"
#include "auriga/image.hpp"

#include "base/stage_clock.hpp"
#include "media/picture.hpp"
#include "tracking/face_finder.hpp"
#include "tracking/face_memory.hpp"
#include "tracking/followed_face.hpp"
#include "tracking/frame_size.hpp"
#include "tracking/frame_sketch.hpp"
#include "tracking/landmarker.hpp"
#include "tracking/tracked_face.hpp"
#include "tracking/video_tracker.hpp"

namespace auriga {

struct FollowerOptions {
  // Frames after which the detector checks a face that is followed without doubt, >= 1. Rarely
  // finds anything; at 90 it costs 0.1 ms per frame.
  int redetect_every = 90;
  float detection_threshold = 0.5f;  // least score of a detection, 0..1
  // Follow nobody but the person given to begin(): nothing at the start, and nobody else after a
  // loss.
  bool one_person = false;
};

// The landmarks of a frame are looked for in a region told from those of the frame before, and what
// is seen is judged by the landmarker, with what is remembered of the face. The detector, ten times
// as expensive, runs when there is doubt, as a check every `redetect_every` frames, and while no
// face is followed: on the first frames, then on every sixth.
//
// Which face: the widest at the start, of equally wide ones the one with the higher score. A check
// takes the detection that overlaps most with the followed face, whatever the scores. After a loss
// it is the face that looks like the one that was followed, if it is about as large and within
// reach. Another face, the widest, is begun with when it stands in the place of the old one, when
// the whole scene has changed, or when the old one has been gone for 30 frames, or for as long as
// it was followed if that is less.
//
// Frames that become larger or smaller in the same proportions show the same picture: the face is
// looked for in the same place of it, and the detector checks that. In other proportions places
// mean nothing, and the face is looked for as after a loss.
//
// Not thread-safe: one object per video. Results depend on nothing but the frames since reset().
// Allocates nothing per frame after warm-up but what networks need inside.
class Follower : public VideoTracker, public FollowedFace {
 public:
  // `find` in the convention that the landmarker expects. `landmarker` must outlive the follower.
  // Throws Error(usage) when an option is out of range.
  Follower(FaceFinder find, Landmarker& landmarker, const FollowerOptions& options = {});

  // The next frame in order: 3 channels, any size, also another one than before. One face, with id
  // 0, valid until the next call. Adds the time of the stages detect, landmarks and fit (which
  // includes the judgement) to `clock`.
  std::span<const TrackedFace> next(const Picture& bgr, StageClock& clock) override {
    return {&follow(bgr, find_, clock), 1};
  }
  // The same with detections from elsewhere.
  const TrackedFace& follow(const Picture& bgr, const FaceFinder& find, StageClock& clock) override;

  // The same for a frame with a new person in `box`, a detection: forgets the one before. Without
  // success when there is no face.
  const TrackedFace& begin(const Picture& bgr, const FaceBox& box, StageClock& clock) override;

  // Forgets everything: the next frame is the first of a video.
  void reset();

 private:
  bool next_frame(const Picture& bgr);
  void rescale(const PixelScale& scale);
  bool keep_up(const Picture& bgr, const FaceFinder& find, StageClock& clock);
  bool consult(const Picture& bgr, const Doubt& doubt, StageClock& clock);
  bool acquire(const Picture& bgr, const FaceFinder& find, StageClock& clock);
  void detect(const Picture& bgr, const FaceFinder& find, StageClock& clock);
  const FaceBox* nearest_detection() const;
  bool is_in_time() const;
  bool is_cut() const;
  void meet();
  void accept();

  FaceFinder find_;
  Landmarker& landmarker_;
  FollowerOptions options_;

  TrackedFace face_;
  FaceMemory memory_;
  FaceRegion region_;      // where the face is looked for in the next frame
  FaceLook look_, other_;  // of this frame: what is believed, and a candidate
  FrameSketch sketch_{};   // of this frame
  Image pixels_;           // that sketches are made of
  FrameSketch scene_{};    // of the last frame in which the face was followed
  bool sudden_ = false;    // the picture has changed from one frame to the next since then
  FrameSize size_;
  std::vector<FaceBox> detections_;  // of this frame, widest first
  bool following_ = false;
  float support_ = 0;      // by the last detection
  int detection_age_ = 0;  // frames since then
  int pauses_ = 0;         // between detections, in a row, while in doubt or lost
  int followed_for_ = 0;   // frames, by the same memory
  int lost_for_ = 0;       // frames
};

}  // namespace auriga
