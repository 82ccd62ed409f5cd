// Adds OpenFace's verdict to a tracker that has none of its own.
#pragma once

#include <memory>
#include <vector>

#include "shape/shape_fitter.hpp"
#include "tracking/video_tracker.hpp"
#include "validation/validator.hpp"

namespace auriga {

// Every followed face is looked at by the validator: `confidence` becomes its certainty, and the
// face counts as followed only if that is above Validator::kBoundary, too. The tracker inside goes
// its own way and does not learn of it.
class ValidatedTracker : public VideoTracker {
 public:
  // `model` gives the head's rotation where the tracker's own fit is not that of ShapeFitter (68
  // points, at most 34 modes). `validator` and `model` must outlive this object. Throws
  // Error(model) when the validator is not one of 68 landmarks.
  ValidatedTracker(std::unique_ptr<VideoTracker> tracker, Validator& validator,
                   const ShapeModel& model);

  // Time of the validation counts as Stage::landmarks.
  std::span<const TrackedFace> next(ImageView bgr, StageClock& clock) override;

 private:
  void judge(TrackedFace& face);

  std::unique_ptr<VideoTracker> tracker_;
  Validator& validator_;
  ShapeFitter fitter_;
  Image grey_;
  std::vector<float> landmarks_;
  std::vector<TrackedFace> faces_;
};

}  // namespace auriga
