// Finds the faces of still pictures.
#pragma once

#include <optional>
#include <vector>

#include "auriga/image.hpp"

#include "base/stage_clock.hpp"
#include "shape/shape_fitter.hpp"
#include "shape/shape_model.hpp"
#include "tracking/face_finder.hpp"
#include "tracking/landmarker.hpp"
#include "tracking/tracked_face.hpp"
#include "tracking/validated_tracker.hpp"
#include "validation/validator.hpp"

namespace auriga {

// All faces of a picture, each looked at by itself: detections that the landmarker has no landmarks
// for, or whose landmarks no shape fits, are left out; what is left is judged by OpenFace's
// validator if there is one.
//
// Not thread-safe: one object per thread. No picture influences another.
class StillFaces {
 public:
  // `find` in the convention that the landmarker expects. `validator` may be null. `landmarker`,
  // `model` (68 points in iBUG order) and `validator` must outlive this object. Throws Error(model)
  // as FaceJudge does.
  StillFaces(FaceFinder find, Landmarker& landmarker, const ShapeModel& model,
             Validator* validator);

  // In the order of the detections, ids counting up from 0; `success` is false where the validator
  // says so. `bgr`: 3 channels, any size. Valid until the next call. Adds the time of the stages
  // detect and landmarks (which includes the validation) to `clock`.
  const std::vector<TrackedFace>& faces(ImageView bgr, StageClock& clock);

 private:
  FaceFinder find_;
  Landmarker& landmarker_;
  ShapeFitter fitter_;
  std::optional<FaceJudge> judge_;
  Image grey_;
  std::vector<TrackedFace> faces_;
};

}  // namespace auriga
