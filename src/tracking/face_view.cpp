#include "tracking/face_view.hpp"

#include <cmath>
#include <cstddef>
#include <span>

#include "base/same_math.hpp"

namespace auriga {

float inter_ocular_distance(const Landmarks& landmarks) {
  return same::length(landmarks.x[45] - landmarks.x[36], landmarks.y[45] - landmarks.y[36]);
}

float mean_distance(const Landmarks& a, const Landmarks& b) {
  float sum = 0;
  for (std::size_t i = 0; i < kLandmarks; ++i)
    sum += same::length(a.x[i] - b.x[i], a.y[i] - b.y[i]);
  return sum / kLandmarks;
}

FaceViewer::FaceViewer(const ShapeModel& model)
    : model_(model),
      fitter_(model),
      sampler_(model),
      likeness_(sampler_),
      shape_(3 * kLandmarks),
      picture_(2 * kLandmarks) {}

bool FaceViewer::complete(const Picture& bgr, FaceView& view) {
  if (!(inter_ocular_distance(view.landmarks) > 0) || fitter_.fit(view.landmarks, view.shape) == 0)
    return false;
  sampler_.sample(bgr, view.landmarks, view.patch);
  return true;
}

float FaceViewer::residual(const FaceView& view) {
  const std::size_t modes = static_cast<std::size_t>(model_.modes());
  model_.shape(std::span(view.shape.p).first(modes), shape_);
  project(shape_, pose_of(view.shape), picture_);
  float sum = 0;
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    sum += same::length(view.landmarks.x[i] - picture_[i],
                        view.landmarks.y[i] - picture_[kLandmarks + i]);
  }
  return sum / kLandmarks / inter_ocular_distance(view.landmarks);
}

void FaceViewer::appraise(FaceView& view) {
  view.residual = residual(view);
  view.likeness = likeness_.of(view.patch);
}

}  // namespace auriga
