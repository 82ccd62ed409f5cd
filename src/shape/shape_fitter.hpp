// Fits the shape model to landmarks: pose and mode weights by regularised Gauss-Newton (spec pdm.md
// section 8, CalcParams).
//
//   minimise  || L - project(mean + basis p, pose) ||^2 + sum_j p_j^2 / variance_j
//
// Steps are 0.75 of Gauss-Newton's, and the third step in all that lowers the error by less than
// 0.1 % is the last. Both are the reference's; so are the start (mean shape, no rotation) and the
// absence of limits on p.
#pragma once

#include <span>
#include <vector>

#include "shape/fit_kernels.hpp"
#include "shape/shape_model.hpp"

namespace auriga {

// One per thread: it owns the workspace, so that fit() does not allocate. The model is shared and
// must outlive it.
class ShapeFitter {
 public:
  explicit ShapeFitter(const ShapeModel& model);
  explicit ShapeFitter(ShapeModel&&) = delete;

  // `landmarks`: 2n floats, all x, then all y, px. A point whose x is exactly 0 is invisible and
  // left out. Writes the pose and the m weights; returns the number of iterations, 1 to 1000.
  //
  // Returns 0, with pose (scale, too) and weights all zero, when there is no fit: a visible point
  // that is not finite, fewer than two visible points or all of them in one place, coordinates so
  // large that squared errors overflow, or a fit that diverges.
  int fit(std::span<const float> landmarks, ShapePose& pose, std::span<float> weights);

  // The same for the 68-point models with up to 34 modes; weights beyond the model's are 0. `fit`
  // has scale 0 when there is no fit.
  int fit(const Landmarks& landmarks, ShapeFit& fit);

 private:
  int fit_seen(ShapePose& pose, std::span<float> weights);
  bool start(ShapePose& pose);
  int iterate(ShapePose& pose, std::span<float> weights);
  void build_system(const WeakPerspective& camera, std::span<const float> weights);

  const ShapeModel& model_;
  const ShapeMoments* moments_;  // of the visible points: the model's or `subset_`
  ShapeMoments subset_;          // of the last pattern of visibility that left out a point
  int size_, stride_;            // of the normal equations, padded to multiples of 8
  std::vector<float> seen_;      // landmarks at point_stride, x | y
  std::vector<float> mask_;
  std::vector<float> shape_;           // S(p), x | y | z
  std::vector<float> gradient_;        // of the squared error by the shape
  std::vector<float> combination_;     // p and 1: S = combination . rows of the model
  std::vector<float> shape_products_;  // [a][b][mode_stride]: sum_i S_a[i] basis_b[i, .]
  std::vector<float> mode_gradient_;
  std::vector<float> system_;  // [H | b]
  std::vector<float> step_;
};

}  // namespace auriga
