// A way of finding the landmarks of a face, as Follower and StillFaces see it.
#pragma once

#include <optional>

#include "auriga/face.hpp"
#include "auriga/image.hpp"

#include "base/stage_clock.hpp"
#include "media/picture.hpp"
#include "tracking/face_memory.hpp"
#include "tracking/face_view.hpp"
#include "tracking/tracked_face.hpp"

namespace auriga {

// A turned square of the frame, px and rad, in which a landmarker looks for a face. Whether (x, y)
// is its corner or its centre is for the landmarker to say: nobody else reads it.
struct FaceRegion {
  float x = 0, y = 0;
  float side = 0;
  float angle_rad = 0;
};

// One look at a face.
struct FaceLook {
  bool seen = false;      // there are landmarks, and a shape that fits them
  double confidence = 0;  // 0..1; on which scale depends on the landmarker
  double right = 0;       // probability that the landmarks are right (landmark_confidence.hpp)
  double alone = 0;       // the same by this look alone, where the landmarker tells them apart
  float change = -1;      // PfldLandmarker::change() when it was last measured; -1: never
  int change_age = 0;     // looks since then
  bool sure = false;      // enough so to begin with a stranger; of look_at()
  float support = 0;      // what the detector says of it; of look_at() and hear()
  FaceView view;
  std::optional<FaceMesh> mesh;  // in px of the frame, where the landmarker finds one
};

// What is to be done about a look at the followed face. Nothing set: the face is followed.
struct Doubt {
  bool any = false;     // the detector is to be asked, in this frame at first, later now and then
  bool urgent = false;  // it is to be asked in this frame
  bool lost = false;    // it need not be asked: this is no face
  // The looks have changed since the last frame; they are unlike all that the detector confirmed.
  // Both together, or the second where there are several faces, may mean another person.
  bool sudden = false, strange = false;
};

// What is known about the followed face beside the look and the memory.
struct Situation {
  bool cut = false;       // the frame shows another scene than the last one with the face
  float support = 0;      // FaceLook::support when the detector was last asked
  int detection_age = 0;  // frames since then
};

// What the detector's answer comes to.
struct Verdict {
  bool supported = false;  // it sees the face, too
  bool followed = false;   // all in all
};

// Least overlap of what a detection and landmarks tell about where a face is, when they may be
// about one face.
inline constexpr float kSameFace = 0.3f;

// Everything in which landmarkers differ where a face is followed or a picture is searched: how a
// network is asked, and how far its answer is to be believed. Knows nothing of a face but what it
// is told, so one object may serve several followers in turn.
//
// Not thread-safe: one object per thread. `bgr`: 3 channels, any size; asks for no more of it than
// it looks at. Time is added to the stages
// landmarks and fit of `clock`.
class Landmarker {
 public:
  virtual ~Landmarker() = default;

  // Looks for the face in `region`. Where nothing is seen, the view and the mesh are unspecified.
  virtual void look(const Picture& bgr, const FaceRegion& region, FaceLook& look,
                    StageClock& clock) = 0;

  // Looks at a detection and judges it by itself, without regard to who it is. True when it is good
  // enough to be followed; otherwise `look` is unspecified.
  virtual bool look_at(const Picture& bgr, const FaceBox& box, const FaceMemory& memory,
                       FaceLook& look, StageClock& clock) = 0;

  // Landmarks, mesh, confidence and `right` of a detection in a still picture. False, with `face`
  // unspecified, where there are none.
  virtual bool look_at_still(const Picture& bgr, const FaceBox& box, TrackedFace& face) = 0;

  // Where to look in the frame after `look`, which `memory` holds already. `last`: where it was
  // looked for, null for a face that is begun with or found again.
  virtual FaceRegion next_region(const FaceLook& look, const FaceMemory& memory,
                                 const FaceRegion* last) const = 0;

  // What to think of a look() at the followed face, seen or not. Writes its confidence and `right`.
  virtual Doubt judge(FaceLook& look, const FaceMemory& memory,
                      const Situation& situation) const = 0;

  // Intersection over union, 0..1, of the regions told from a detection and from a face seen.
  virtual float overlap(const FaceBox& box, const FaceLook& look) const = 0;

  // Whether landmarks that `box`, an overlapping detection, leads to are better than `look`: then
  // they are in `other`, which is unspecified otherwise.
  virtual bool realign(const Picture& bgr, const FaceBox& box, const FaceMemory& memory,
                       const FaceLook& look, FaceLook& other, StageClock& clock) = 0;

  // Hears the detector about a face that is seen. `box`: its detection, by kSameFace; null when
  // there is none. `doubt`: why it was asked. Writes confidence, `right` and support of `look`.
  virtual Verdict hear(const FaceBox* box, const Doubt& doubt, bool cut, const FaceMemory& memory,
                       FaceLook& look) const = 0;
};

}  // namespace auriga
