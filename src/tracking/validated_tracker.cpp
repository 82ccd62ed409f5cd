#include "tracking/validated_tracker.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "auriga/error.hpp"

namespace auriga {

FaceJudge::FaceJudge(Validator& validator, const ShapeModel& model)
    : validator_(validator), fitter_(model), landmarks_(2 * kLandmarks) {
  if (validator.landmarks() != kLandmarks) {
    throw Error(ErrorCode::model, "landmark validator: expected one of " +
                                      std::to_string(kLandmarks) + " landmarks, found " +
                                      std::to_string(validator.landmarks()) +
                                      "; use validator_cnn.txt or validator_cnn_68.txt");
  }
}

ValidatedTracker::ValidatedTracker(std::unique_ptr<VideoTracker> tracker, Validator& validator,
                                   const ShapeModel& model)
    : tracker_(std::move(tracker)), judge_(validator, model) {}

std::span<const TrackedFace> ValidatedTracker::next(const Picture& bgr, StageClock& clock) {
  const std::span<const TrackedFace> faces = tracker_->next(bgr, clock);
  faces_.assign(faces.begin(), faces.end());
  clock.time(Stage::landmarks, [&] {
    const GreyView grey = grey_.begin(bgr);
    for (TrackedFace& face : faces_) judge_.judge(grey, face);
  });
  return faces_;
}

void FaceJudge::judge(GreyView grey, TrackedFace& face) {
  face.confidence = 0;
  if (face.success) {
    ShapeFit fit = face.shape;
    if (!face.shape_is_calc_params) fitter_.fit(face.landmarks, fit);
    std::copy(face.landmarks.x.begin(), face.landmarks.x.end(), landmarks_.begin());
    std::copy(face.landmarks.y.begin(), face.landmarks.y.end(), landmarks_.begin() + kLandmarks);
    const ImageView part = grey.with(Validator::reach(landmarks_, grey.width(), grey.height()));
    face.confidence = validator_.certainty(part, {fit.rx, fit.ry, fit.rz}, landmarks_);
  }
  face.success = face.confidence > Validator::kBoundary;
  face.analysable = face.analysable && face.success;
}

}  // namespace auriga
