// Follows one face through a video with BlazeFace and the face mesh.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "auriga/face.hpp"
#include "auriga/image.hpp"

#include "base/stage_clock.hpp"
#include "landmarks/face_mesh.hpp"
#include "shape/shape_fitter.hpp"
#include "shape/shape_model.hpp"
#include "tracking/face_finder.hpp"
#include "tracking/face_memory.hpp"
#include "tracking/face_patch.hpp"
#include "tracking/face_view.hpp"
#include "tracking/frame_sketch.hpp"
#include "tracking/tracked_face.hpp"
#include "tracking/video_tracker.hpp"

namespace auriga {

// A mesh network, as the tracker sees it: FaceMeshNetwork::find.
using MeshFinder =
    std::function<std::optional<float>(ImageView bgr, const FaceRoi& roi, FaceMesh& mesh)>;

struct MeshTrackerOptions {
  int redetect_every = 90;           // frames between two checks by the detector, >= 1
  float detection_threshold = 0.5f;  // least score of a face that is begun with, 0..1
  float presence_threshold = 0.5f;   // least probability that there is a face, 0..1
  float begin_presence = 0.8f;       // the same for a face that is begun with, 0..1
  // Follow nobody but the person given to begin(): nothing at the start, and nobody else after a
  // loss.
  bool one_person = false;
};

// The region of interest of a frame is told from the mesh of the frame before. `confidence` of a
// TrackedFace is the network's probability that there is a face; `success` and `analysable` are
// that it is above the threshold and that the shape could be fitted; `mesh` is set while there is
// success.
//
// Not thread-safe: one object per video. Results depend on nothing but the frames since reset().
class MeshTracker : public VideoTracker {
 public:
  // `find` in BlazeFace's convention. `map` and `model` (68 points in iBUG order) must outlive the
  // tracker. Throws Error(usage) when an option is out of range.
  MeshTracker(FaceFinder find, MeshFinder mesh, const MeshTo68& map, const ShapeModel& model,
              const MeshTrackerOptions& options = {});

  // The next frame in order: 3 channels, any size, also another one than before. Valid until the
  // next call. Adds the time of the stages detect, landmarks and fit to `clock`.
  const TrackedFace& track(ImageView bgr, StageClock& clock);
  std::span<const TrackedFace> next(ImageView bgr, StageClock& clock) override {
    return {&track(bgr, clock), 1};
  }
  // The same for a frame with a new person in `box`, a detection: forgets the one before. Without
  // success when there is no face.
  const TrackedFace& begin(ImageView bgr, const FaceBox& box, StageClock& clock);

  // Forgets everything: the next frame is the first of a video.
  void reset();

 private:
  // One look at a face.
  struct Look {
    FaceMesh mesh;
    float presence = 0;
    FaceView view;  // of the 68 landmarks
  };

  // Why the detector is asked about a face that the network sees.
  struct Doubt {
    bool unsure = false, sudden = false, strange = false;
    bool any() const { return unsure || sudden || strange; }
  };

  void next_frame(ImageView bgr);
  bool look(ImageView bgr, const FaceRoi& roi, Look& look, StageClock& clock);
  bool look_at(ImageView bgr, const FaceBox& box, StageClock& clock);
  bool follow(ImageView bgr, StageClock& clock);
  Doubt doubt_about(const Look& look) const;
  void detect(ImageView bgr, StageClock& clock);
  bool consult(ImageView bgr, const Doubt& doubt, StageClock& clock);
  bool acquire(ImageView bgr, StageClock& clock);
  bool is_cut() const;
  void meet();
  void accept();

  FaceFinder find_;
  MeshFinder mesh_;
  const MeshTo68& map_;
  ShapeFitter fitter_;
  FacePatchSampler sampler_;
  MeshTrackerOptions options_;

  TrackedFace face_;
  FaceMemory memory_;
  FaceRoi roi_;                 // where the face is looked for in the next frame
  Look look_, other_;           // of this frame: what is believed, and a candidate
  FrameSketch sketch_{};        // of this frame
  FrameSketch scene_{};         // of the last frame in which the face was followed
  bool sudden_ = false;         // the picture has changed from one frame to the next since then
  int width_ = 0, height_ = 0;  // of the last frame
  std::vector<FaceBox> detections_;  // of this frame, widest first
  bool following_ = false;
  int detection_age_ = 0;  // frames
  int pauses_ = 0;         // between detections, in a row, while in doubt or lost
  int followed_for_ = 0;   // frames, by the same memory
  int lost_for_ = 0;       // frames
};

}  // namespace auriga
