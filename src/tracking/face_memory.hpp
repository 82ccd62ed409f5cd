// What is known of the followed face from the frames before.
#pragma once

#include <array>

#include "auriga/face.hpp"

#include "landmarks/face_crop.hpp"
#include "tracking/face_view.hpp"
#include "tracking/frame_size.hpp"
#include "tracking/tracking_confidence.hpp"

namespace auriga {

// Correlation from which on a face is the person that was followed, where nothing else speaks
// against it. Between six people half of the pairs of frames are above 0.67 and 2 % above 0.84; of
// the same person half are above 0.88.
inline constexpr float kLikePerson = 0.75f;

// Ratio of the sides of two squares, smaller by larger, above which a face is as large as the
// other.
inline constexpr float kSameSize = 0.7f;
float size_ratio(const SubpixelSquare& a, const SubpixelSquare& b);

// Where it is expected, and what it looks like: a running mean, which follows light and slow
// changes, and a few views that the mean forgets, of other poses, expressions and light. Allocates
// only when it meets the first face.
class FaceMemory {
 public:
  bool empty() const { return views_ == 0; }
  void clear() { views_ = 0; }

  // Begins with another person.
  void restart(const FaceView& face);

  // The same person after a pause: keeps the looks, forgets the motion.
  void resume(const FaceView& face);

  // Frames have become larger or smaller: the same place in pixels of the next ones.
  void rescale(const PixelScale& scale);

  // The next frame in which the person is followed.
  void follow(const FaceView& face);

  // The detector, too, sees the face: becomes a view, in place of the oldest one, when the person
  // has not looked so before.
  void confirm(const FaceView& face);

  // All evidence but the detector's. `face`: of the frame after the last one followed.
  TrackingEvidence compare(const FaceView& face) const;

  // Correlation with the most similar look; 0 for nobody.
  float resemblance(const FacePatch& patch) const;
  // The same with the views alone, which cannot have drifted to something else as the running mean
  // can.
  float confirmed_resemblance(const FacePatch& patch) const;

  // Of the face from where it is expected, between the centres, in sides of the expected square.
  float distance(const FaceView& face) const;
  float size_ratio(const FaceView& face) const;
  // Whether it is the person: alike and within reach, or so much alike that the place does not
  // matter. `same_scene`: places still mean something.
  bool knows(const FaceView& face, int lost_for, bool same_scene) const;

  // Where to look in the next frame.
  SubpixelSquare expected_square() const;

 private:
  static constexpr int kViews = 4;

  // About as large, and where the person can have got `lost_for` frames after the last one
  // followed.
  bool within_reach(const FaceView& face, int lost_for) const;

  Landmarks landmarks_;
  SubpixelSquare square_;  // around the landmarks, less their jitter
  Point2 velocity_;        // px per frame
  FacePatch last_, mean_;
  std::array<FacePatch, kViews> view_;
  int views_ = 0;  // confirmed since the restart, the last kViews of which are kept
};

}  // namespace auriga
