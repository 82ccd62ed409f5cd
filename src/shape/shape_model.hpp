// Shapes and their pictures: 3-D shapes from mode weights, weak-perspective projection, boxes (spec
// pdm.md 3, 4, 7).
//
//   S(p) = mean + basis p,   point i = scale (R S_i)_xy + (tx, ty),   R = Rx(rx) Ry(ry) Rz(rz)
//
// Shapes are planar: 3n floats, all x, then all y, then all z, in model units (about mm). Pictures
// of shapes are 2n floats, all x, then all y, in pixels.
#pragma once

#include <span>
#include <vector>

#include "auriga/face.hpp"

#include "models/pdm.hpp"
#include "shape/rotation.hpp"

namespace auriga {

// The rigid parameters of a weak-perspective fit.
struct ShapePose {
  float scale = 1;               // px per model unit
  float rx = 0, ry = 0, rz = 0;  // rad
  float tx = 0, ty = 0;          // px
};

inline ShapePose pose_of(const ShapeFit& fit) {
  return {fit.scale, fit.rx, fit.ry, fit.rz, fit.tx, fit.ty};
}

struct ShapeBox {
  float x = 0, y = 0, w = 0, h = 0;  // left, top, width, height, px
};

// The sums over visible points that the normal equations of a fit consist of. A fit never forms its
// Jacobian: with them, H costs no more for many points than for few.
struct ShapeMoments {
  std::vector<float> mask;      // point_stride: 1 = visible, 0 = invisible or padding
  int visible = 0;              // number of visible points
  float width = 0, height = 0;  // extent of the mean shape, model units
  std::vector<float> sums;      // [b][mode_stride]: sum_i basis_b[i, .]
  // [a][m + 1][b][mode_stride]: row j holds sum_i basis_a[i, j] basis_b[i, .], and row m
  // sum_i mean_a[i] basis_b[i, .]
  std::vector<float> products;
};

// A PDM laid out for arithmetic. Immutable, so any number of threads may share one.
class ShapeModel {
 public:
  explicit ShapeModel(const Pdm& pdm);

  int points() const { return points_; }  // n
  int modes() const { return modes_; }    // m
  std::span<const float> variances() const { return variances_; }

  // S(p): m weights to 3n coordinates. Does not allocate.
  void shape(std::span<const float> p, std::span<float> out) const;

  // Limits every weight to three standard deviations. NaN stays NaN.
  void clamp(std::span<float> p) const;

  // What ShapeFitter works with. Strides are multiples of 8 floats; padding is zero.
  int point_stride() const { return point_stride_; }
  int mode_stride() const { return mode_stride_; }
  // (m + 1) x 3 point_stride: the modes, then the mean; each x | y | z.
  const float* rows() const { return rows_.data(); }
  // 3 point_stride x mode_stride: the basis.
  const float* columns() const { return columns_.data(); }
  const ShapeMoments& moments() const { return moments_; }

  // Moments of the points where `mask` (point_stride, padding 0) is 1; keeps the buffers of
  // `moments`.
  void compute_moments(std::span<const float> mask, ShapeMoments& moments) const;

 private:
  int points_, modes_, point_stride_, mode_stride_;
  std::vector<float> variances_, rows_, columns_;
  ShapeMoments moments_;
};

// Weak-perspective picture of a shape: 3n to 2n floats. Does not allocate.
void project(std::span<const float> shape, const ShapePose& pose, std::span<float> out);

// Of the projected shape.
ShapeBox bounding_box(std::span<const float> shape, const ShapePose& pose);

// The pose that centres the turned shape on the box, with the mean of the scales that width and
// height ask for.
ShapePose pose_from_box(std::span<const float> shape, const ShapeBox& box,
                        const EulerAngles& rotation = {});

}  // namespace auriga
