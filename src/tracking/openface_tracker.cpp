#include "tracking/openface_tracker.hpp"

#include <utility>

#include "tracking/openface_result.hpp"

namespace auriga {
namespace {

std::shared_ptr<const ClmModel> checked(std::shared_ptr<const ClmModel> model) {
  require_face_model(*model);
  return model;
}

void rescale(const PixelScale& scale, ClmShape& shape) {
  scale.apply_to_pose(shape.pose);
  const std::size_t n = shape.landmarks.size() / 2;
  for (std::size_t i = 0; i < n; ++i) {
    const Point2 to = scale.at(shape.landmarks[i], shape.landmarks[n + i]);
    shape.landmarks[i] = to.x;
    shape.landmarks[n + i] = to.y;
  }
}

}  // namespace

OpenFaceTracker::OpenFaceTracker(std::shared_ptr<const ClmModel> model, Validator* validator,
                                 FaceFinder find, const OpenFaceOptions& options)
    : video_(ClmFitter(checked(std::move(model)), validator), options), find_(std::move(find)) {
  reset();
}

std::span<const TrackedFace> OpenFaceTracker::next(const Picture& bgr, StageClock& clock) {
  return track(bgr, nullptr, clock);
}

std::span<const TrackedFace> OpenFaceTracker::next_in_box(const Picture& bgr, const FaceBox& box,
                                                          StageClock& clock) {
  return track(bgr, &box, clock);
}

std::span<const TrackedFace> OpenFaceTracker::track(const Picture& picture, const FaceBox* box,
                                                    StageClock& clock) {
  notice_size(picture);
  const GreyView grey = grey_.begin(picture);
  const bool success = box != nullptr ? video_.next_in_box(picture, grey, *box, find_, clock)
                                      : video_.next(picture, grey, find_, clock);
  read_face(video_.model(), video_.state(), success, face_);
  face_.detector_ran = video_.detector_ran();
  face_.detections = video_.detections();
  return {&face_, 1};
}

void OpenFaceTracker::notice_size(const Picture& picture) {
  if (picture.empty()) return;
  const FrameSize::Change change = size_.next(picture.size());
  if (change == FrameSize::Change::other) reset_face();
  if (change != FrameSize::Change::scaled) return;
  ClmState& state = video_.state();
  rescale(size_.scale(), state.whole);
  for (ClmShape& part : state.parts) rescale(size_.scale(), part);
}

void OpenFaceTracker::reset() {
  size_ = {};
  reset_face();
}

void OpenFaceTracker::reset_face() {
  video_.reset();
  face_ = {};
}

}  // namespace auriga
