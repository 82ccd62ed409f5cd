// Adds OpenFace's verdict to a tracker that has none of its own.
#pragma once

#include <memory>
#include <vector>

#include "base/grey_view.hpp"
#include "media/grey_canvas.hpp"
#include "shape/shape_fitter.hpp"
#include "tracking/video_tracker.hpp"
#include "validation/validator.hpp"

namespace auriga {

// The verdict on one face: looks at the picture under its landmarks. Not thread-safe.
class FaceJudge {
 public:
  // `model` gives the head's rotation where the face's own fit is not that of ShapeFitter (68
  // points, at most 34 modes). `validator` and `model` must outlive this object. Throws
  // Error(model) when the validator is not one of 68 landmarks.
  FaceJudge(Validator& validator, const ShapeModel& model);

  // `confidence` becomes the validator's certainty, 0 for a face without success, and the face
  // counts as found only if that is above Validator::kBoundary, too. `grey`: of the picture.
  void judge(GreyView grey, TrackedFace& face);

 private:
  Validator& validator_;
  ShapeFitter fitter_;
  std::vector<float> landmarks_;
};

// Every followed face is judged by FaceJudge. The tracker inside goes its own way and does not
// learn of it.
class ValidatedTracker : public VideoTracker {
 public:
  // Arguments and errors as of FaceJudge.
  ValidatedTracker(std::unique_ptr<VideoTracker> tracker, Validator& validator,
                   const ShapeModel& model);

  // Time of the validation counts as Stage::landmarks.
  std::span<const TrackedFace> next(const Picture& bgr, StageClock& clock) override;

 private:
  std::unique_ptr<VideoTracker> tracker_;
  FaceJudge judge_;
  GreyCanvas grey_;
  std::vector<TrackedFace> faces_;
};

}  // namespace auriga
