#include "tracking/openface_tracker.hpp"

#include <utility>

#include "base/grey.hpp"
#include "tracking/openface_result.hpp"

namespace auriga {
namespace {

std::shared_ptr<const ClmModel> checked(std::shared_ptr<const ClmModel> model) {
  require_face_model(*model);
  return model;
}

}  // namespace

OpenFaceTracker::OpenFaceTracker(std::shared_ptr<const ClmModel> model, Validator* validator,
                                 FaceFinder find, const OpenFaceOptions& options)
    : video_(ClmFitter(checked(std::move(model)), validator), options), find_(std::move(find)) {
  reset();
}

std::span<const TrackedFace> OpenFaceTracker::next(ImageView bgr, StageClock& clock) {
  return track(bgr, nullptr, clock);
}

std::span<const TrackedFace> OpenFaceTracker::next_in_box(ImageView bgr, const FaceBox& box,
                                                          StageClock& clock) {
  return track(bgr, &box, clock);
}

std::span<const TrackedFace> OpenFaceTracker::track(ImageView bgr, const FaceBox* box,
                                                    StageClock& clock) {
  clock.time(Stage::landmarks, [&] { to_grey(bgr, grey_); });
  const bool success = box != nullptr ? video_.next_in_box(bgr, grey_, *box, find_, clock)
                                      : video_.next(bgr, grey_, find_, clock);
  read_face(video_.model(), video_.state(), success, face_);
  face_.detector_ran = video_.detector_ran();
  face_.detections = video_.detections();
  return {&face_, 1};
}

void OpenFaceTracker::reset() {
  video_.reset();
  face_ = {};
}

}  // namespace auriga
