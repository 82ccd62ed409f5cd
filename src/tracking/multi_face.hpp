// Follows several faces of a video, each under an id that stays with the person.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "auriga/face.hpp"
#include "auriga/image.hpp"

#include "base/stage_clock.hpp"
#include "clm/clm_model.hpp"
#include "media/picture.hpp"
#include "shape/shape_model.hpp"
#include "tracking/face_finder.hpp"
#include "tracking/face_memory.hpp"
#include "tracking/face_patch.hpp"
#include "tracking/face_view.hpp"
#include "tracking/followed_face.hpp"
#include "tracking/follower.hpp"
#include "tracking/frame_size.hpp"
#include "tracking/frame_sketch.hpp"
#include "tracking/landmarker.hpp"
#include "tracking/openface_options.hpp"
#include "tracking/tracked_face.hpp"
#include "tracking/video_tracker.hpp"

namespace auriga {

inline constexpr int kMostFaces = 16;  // that can be followed at a time

// OpenFace's rules for several faces (spec tracking.md section 10): on every 8th frame, while not
// all places are taken, the detector looks for more; a detection on a followed face is none; a face
// that fails more than 5 times in a row is left; of two trackers on one face one is left. Boxes
// are on one face when they share more than a quarter of the sum of their areas, which is what
// OpenFace's measure comes to.
//
// Different from OpenFace, where a face is known by the place that its tracker has, and the next
// face in that place is taken for the same:
// - ids count up from 0, a new one for everybody new, in reading order where several come in one
//   frame. New faces and the people who are missing,
//   left or failing where the detector sees no face, are put together in pairs by looks and place.
//   Within 22 frames somebody missing is taken for the same wherever a person can have walked to,
//   unless the looks contradict; later when FaceMemory knows the face;
// - a face is reported from its first success on;
// - of two trackers on one face the failing one is left, or else the younger.
//
// Apart from what detector and trackers need, allocates only when people come and go.
class MultiFaceTracker : public VideoTracker {
 public:
  // One tracker per face that can be followed at a time. `model` (68 points in iBUG order) must
  // outlive this object.
  MultiFaceTracker(std::vector<std::unique_ptr<FollowedFace>> trackers, FaceFinder find,
                   const ShapeModel& model);

  std::span<const TrackedFace> next(const Picture& bgr, StageClock& clock) override;

 private:
  struct Box {
    float left = 0, top = 0, right = 0, bottom = 0;  // px
  };
  struct Person {
    int id = -1;  // -1: not yet known
    FaceMemory memory;
    std::int64_t seen_at = 0;  // frame
  };
  struct Place {
    std::unique_ptr<FollowedFace> tracker;
    bool taken = false;
    int failures = 0;  // in a row
    Box box;           // of the landmarks when last followed, or of the detection
    TrackedFace face;
    FaceView view;  // when last followed
    Person person;
  };

  static Box box_of(const FaceBox& box);
  static Box box_of(const Landmarks& landmarks);
  static bool on_one_face(const Box& a, const Box& b);

  std::span<const FaceBox> detections(const Picture& bgr);
  std::span<const FaceBox> free_faces(const Picture& bgr, const Place& asking);
  bool notice_size(const Picture& bgr);
  void look_for_more(const Picture& bgr, StageClock& clock);
  void note(const Picture& bgr, Place& place, const TrackedFace& face);
  void remember(Place& place);
  bool detected(const Place& place) const;
  void identify();
  void sort_for_reading();
  float match(const Person& person, const FaceView& view) const;
  void separate();
  void leave(Place& place);

  std::vector<Place> places_;
  FaceFinder find_;
  FacePatchSampler sampler_;
  std::vector<Person> gone_;  // the longest gone first
  int next_id_ = 0;
  std::int64_t frame_ = 0;
  std::int64_t scene_begin_ = 0;  // frame
  FrameSketch sketch_{};
  Image pixels_;  // that it is made of
  FrameSize size_;
  bool asked_ = false;               // the detector, on this frame
  std::vector<FaceBox> detections_;  // of this frame
  std::vector<FaceBox> free_;
  std::vector<Place*> strangers_;
  std::vector<TrackedFace> faces_;
};

// With OpenFace's landmark models; arguments as OpenFaceTracker's. `reinit_every` has no meaning: a
// tracker never looks for a face by itself. Throws Error(usage) unless `most_faces` is in
// 1..kMostFaces.
std::unique_ptr<VideoTracker> follow_faces(std::shared_ptr<const ClmModel> model,
                                           Validator* validator, FaceFinder find,
                                           const OpenFaceOptions& options, int most_faces);

// With a landmarker, which all followers use; arguments as Follower's, errors as above. `model` (68
// points in iBUG order) must outlive the tracker. `find` is asked at most once per frame, whoever
// asks.
std::unique_ptr<VideoTracker> follow_faces(FaceFinder find, Landmarker& landmarker,
                                           const ShapeModel& model, const FollowerOptions& options,
                                           int most_faces);

}  // namespace auriga
