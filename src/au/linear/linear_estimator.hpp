// OpenFace's action units: linear models on appearance and geometry.
#pragma once

#include <memory>

#include "au/estimator.hpp"
#include "au/linear/predictor.hpp"

namespace auriga {

// The set has the shape model that geometry belongs to, and that AuView::fit must be of. Throws
// Error(model) as AuPredictor and GeometryDescriptor do. check() refuses every calibration where
// the set is a static one.
std::unique_ptr<AuEstimator> make_linear_estimator(const AuModelSet& set, PredictorKind kind,
                                                   AuIdentity identity);

}  // namespace auriga
