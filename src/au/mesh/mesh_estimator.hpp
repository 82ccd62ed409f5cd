// The open estimator's action units: small networks on mesh features.
#pragma once

#include <memory>
#include <string>

#include "au/estimator.hpp"
#include "au/mesh/mesh_models.hpp"

namespace auriga {

struct MeshEstimatorOptions {
  std::string hash;          // AuIdentity::models
  bool experimental = true;  // tell experimental units, too
  bool blendshapes = true;   // there is a network for them; without, nothing is lifted
};

// Named after the version of the models, all of which tell whether a face shows an expression.
std::unique_ptr<AuEstimator> make_mesh_estimator(MeshAuModels models,
                                                 const MeshEstimatorOptions& options);

}  // namespace auriga
