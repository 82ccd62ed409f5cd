// Follows one face through a video.
#pragma once

#include <span>
#include <vector>

#include "auriga/image.hpp"

#include "base/stage_clock.hpp"
#include "detect/retinaface.hpp"
#include "landmarks/pfld.hpp"
#include "shape/shape_model.hpp"
#include "tracking/face_finder.hpp"
#include "tracking/face_memory.hpp"
#include "tracking/face_view.hpp"
#include "tracking/frame_sketch.hpp"
#include "tracking/tracked_face.hpp"
#include "tracking/tracking_confidence.hpp"
#include "tracking/video_tracker.hpp"

namespace auriga {

struct TrackerOptions {
  // Frames after which the detector checks a face that is followed without doubt, >= 1. Rarely
  // finds anything; at 90 it costs 0.1 ms per frame.
  int redetect_every = 90;
  float detection_threshold = 0.5f;  // least score of a face that is begun with, 0..1
  // Follow nobody but the person given to begin(): nothing at the start, and nobody else after a
  // loss.
  bool one_person = false;
};

// The landmarks of a frame are looked for in a square told from those of the frame before. As PFLD
// finds landmarks anywhere, every frame is judged by evidence (tracking_confidence.hpp), above all
// by what the face looked like before. The detector, ten times as expensive, runs when there is
// doubt, as a check every `redetect_every` frames, and while no face is followed: on the first
// frames, then on every sixth.
//
// Which face: the widest at the start, of equally wide ones the one with the higher score. A check
// takes the detection that overlaps most with the followed face, whatever the scores. After a loss
// it is the face that looks like the one that was followed, if it is about as large and within
// reach. Another face, the widest, is begun with when it stands in the place of the old one, when
// the whole scene has changed, or when the old one has been gone for 30 frames, or for as long as
// it was followed if that is less.
//
// Not thread-safe: one object per video. Results depend on nothing but the frames since reset().
// Allocates nothing per frame after warm-up but what the runtime needs inside.
class FaceTracker : public VideoTracker {
 public:
  // `detector`, `landmarker` and `model` (68 points in iBUG order) must outlive the tracker; they
  // may serve several trackers in turn. Throws Error(usage) when an option is out of range.
  FaceTracker(RetinaFace& detector, Pfld& landmarker, const ShapeModel& model,
              const TrackerOptions& options = {});
  // The same with detections from elsewhere, in RetinaFace's convention and with its five points.
  FaceTracker(FaceFinder find, Pfld& landmarker, const ShapeModel& model,
              const TrackerOptions& options = {});

  // The next frame in order: 3 channels, any size, also another one than before. The reference is
  // valid until the next call. Adds the time of the stages detect, landmarks and fit (which
  // includes the judgement) to `clock`.
  const TrackedFace& track(ImageView bgr, StageClock& clock);
  const TrackedFace& track(ImageView bgr);

  std::span<const TrackedFace> next(ImageView bgr, StageClock& clock) override {
    return {&track(bgr, clock), 1};
  }

  // The same for a frame with a new person in `box`, a detection: forgets the one before. Without
  // success when the landmarks do not fit.
  const TrackedFace& begin(ImageView bgr, const FaceBox& box, StageClock& clock);

  // Forgets everything: the next frame is the first of a video.
  void reset();

  // What the last frame was judged by; all zero when nothing was looked at.
  const TrackingEvidence& evidence() const { return evidence_; }

 private:
  bool follow(ImageView bgr, StageClock& clock);
  void consult(ImageView bgr, StageClock& clock);
  bool acquire(ImageView bgr, StageClock& clock);
  bool look_at(ImageView bgr, const FaceBox& box, TrackingEvidence& evidence, StageClock& clock);
  void detect(ImageView bgr, StageClock& clock);
  bool detector_is_due(double confidence);
  bool is_cut() const;
  void meet(const FaceView& face);
  void accept();

  FaceFinder find_;
  FaceViewer viewer_;
  TrackerOptions options_;

  TrackedFace face_;
  TrackingEvidence evidence_;
  FaceMemory memory_;
  FaceView view_, other_view_;
  FrameSketch sketch_{};        // of this frame
  FrameSketch scene_{};         // of the last frame in which the face was followed
  bool sudden_ = false;         // the picture has changed from one frame to the next since then
  int width_ = 0, height_ = 0;  // of the last frame
  std::vector<FaceBox> detections_;  // of this frame, widest first
  bool following_ = false;
  float support_ = 0;      // by the last detection
  int detection_age_ = 0;  // frames since then
  int pauses_ = 0;         // between detections, in a row, while in doubt or lost
  int followed_for_ = 0;   // frames, by the same memory
  int lost_for_ = 0;       // frames
};

}  // namespace auriga
