// The geometry half of the feature vector: the fitted shape without its pose (spec au-core.md
// section 6).
#pragma once

#include <span>
#include <vector>

#include "au/linear/features.hpp"
#include "models/pdm.hpp"

namespace auriga {

// g = [V p, p]: the 204 displacements from the mean shape (68 dx, 68 dy, 68 dz, model mm), then the
// 34 shape parameters. V is the basis of the shape model, p are the parameters fitted to the
// landmarks; both are float32 numbers, the product is computed in float64. Immutable, so any number
// of threads may share it.
class GeometryDescriptor {
 public:
  // Converts the basis once. Throws Error(model) unless the model has 68 points and 34 modes.
  explicit GeometryDescriptor(const Pdm& pdm);

  // Writes the 238 values for `fit.p`; scale, rotation and translation are not used. Does not
  // allocate.
  void compute(const ShapeFit& fit, std::span<double, kGeometryFeatures> geometry) const;

 private:
  std::vector<double> basis_;  // modes x coordinates (padded), so that lanes run over coordinates
};

}  // namespace auriga
