// A half of a fitted face shape and its reflection, as a whole face.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "auriga/face.hpp"

#include "models/pdm.hpp"
#include "sides/half.hpp"

namespace auriga {

// Points in space without pose, planar: all x (to the right of the picture), all y, all z.
using ShapeInSpace = std::array<double, std::size_t{3} * kLandmarks>;

// Immutable: any number of threads may share one.
class ShapeMirror {
 public:
  // Throws Error(model) unless the model has 68 points and 34 modes that are independent.
  explicit ShapeMirror(const Pdm& pdm);

  // mean + basis p. Does not allocate, as all functions here.
  ShapeInSpace shape(const ShapeFit& fit) const;

  // Replaces a half by the reflection of `half` at the plane that the inner ends of the brows and
  // the chin tell: with c(y) the line through (mean of 21 and 22) and 8, x becomes x - c(y) in the
  // kept half, its opposite in the other, and 0 in the middle. The half of a shape and the other
  // half of its mirror image (x' = -x, points exchanged) give the same bits.
  static ShapeInSpace mirrored(const ShapeInSpace& shape, PictureHalf half);

  // The weights of the modes that come nearest to a shape (least squares), as the `p` of a fit that
  // has no pose.
  ShapeFit fit(const ShapeInSpace& shape) const;

 private:
  std::vector<double> mean_;     // 3 x 68
  std::vector<double> basis_;    // coordinates x modes
  std::vector<double> inverse_;  // coordinates x modes: of each coordinate what it adds to p
};

}  // namespace auriga
