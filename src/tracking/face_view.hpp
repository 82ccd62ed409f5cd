// One look at a face: its landmarks and all that is computed of them.
#pragma once

#include <vector>

#include "auriga/face.hpp"
#include "auriga/image.hpp"

#include "base/stage_clock.hpp"
#include "landmarks/pfld.hpp"
#include "shape/shape_fitter.hpp"
#include "tracking/face_patch.hpp"

namespace auriga {

struct FaceView {
  Landmarks landmarks;
  ShapeFit shape;      // fitted to `landmarks`
  float residual = 0;  // mean distance of the landmarks from the fitted shape, in IOD
  FacePatch patch;
};

// Outer eye corners, px: the inter-ocular distance (IOD), the unit of all that is said of landmarks
// here.
float inter_ocular_distance(const Landmarks& landmarks);

// Mean distance of the points, px.
float mean_distance(const Landmarks& a, const Landmarks& b);

// Not thread-safe: one object per thread. `landmarker` and `model` must outlive it. Allocates
// nothing after the first look.
class FaceViewer {
 public:
  FaceViewer(Pfld& landmarker, const ShapeModel& model);

  // Writes what is seen in `square` of `bgr` (3 channels). False, with `view` unspecified, when the
  // square is beyond the frame or the network's answer is not a shape.
  bool look(ImageView bgr, const SubpixelSquare& square, FaceView& view, StageClock& clock);

 private:
  float residual(const FaceView& view);

  Pfld& landmarker_;
  const ShapeModel& model_;
  ShapeFitter fitter_;
  FacePatchSampler sampler_;
  std::vector<float> shape_;    // 3 x 68
  std::vector<float> picture_;  // 2 x 68
};

}  // namespace auriga
