// The open estimator's action units: small networks on mesh features.
#pragma once

#include <memory>
#include <string>

#include "au/estimator.hpp"
#include "au/mesh/mesh_models.hpp"

namespace auriga {

// Named after the version of the models; `hash` is AuIdentity::models.
std::unique_ptr<AuEstimator> make_mesh_estimator(MeshAuModels models, std::string hash);

}  // namespace auriga
