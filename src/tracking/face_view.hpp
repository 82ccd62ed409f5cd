// A face in one frame: its landmarks and all that is computed of them.
#pragma once

#include <vector>

#include "auriga/face.hpp"
#include "auriga/image.hpp"

#include "media/picture.hpp"
#include "shape/shape_fitter.hpp"
#include "tracking/face_likeness.hpp"
#include "tracking/face_patch.hpp"

namespace auriga {

struct FaceView {
  Landmarks landmarks;
  ShapeFit shape;      // fitted to `landmarks`
  float residual = 0;  // mean distance of the landmarks from the fitted shape, in IOD; 0: not told
  FacePatch patch;
  Likeness likeness;  // of `patch`
};

// Outer eye corners, px: the inter-ocular distance (IOD), the unit of all that is said of landmarks
// here.
float inter_ocular_distance(const Landmarks& landmarks);

// Mean distance of the points, px.
float mean_distance(const Landmarks& a, const Landmarks& b);

// Computes FaceViews. Not thread-safe: one object per thread. Allocates nothing after the first
// view.
class FaceViewer {
 public:
  // `model`, of 68 points in iBUG order, must outlive this object.
  explicit FaceViewer(const ShapeModel& model);

  // Adds shape and patch to the landmarks of `view`. `bgr`: 3 channels, any size. False, with the
  // rest of `view` unspecified, when the landmarks are not a shape.
  bool complete(const Picture& bgr, FaceView& view);

  // FaceView::residual, of a view that has its shape.
  float residual(const FaceView& view);
  // Adds residual and likeness to a view that complete() has seen.
  void appraise(FaceView& view);

 private:
  const ShapeModel& model_;
  ShapeFitter fitter_;
  FacePatchSampler sampler_;
  FaceLikeness likeness_;
  std::vector<float> shape_;    // 3 x 68
  std::vector<float> picture_;  // 2 x 68
};

}  // namespace auriga
