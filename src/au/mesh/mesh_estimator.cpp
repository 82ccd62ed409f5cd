#include "au/mesh/mesh_estimator.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "au/calibration_check.hpp"
#include "au/mesh/mesh_evidence.hpp"
#include "au/mesh/mesh_features.hpp"
#include "au/mesh/mesh_person.hpp"

namespace auriga {
namespace {

class MeshEstimator : public AuEstimator {
 public:
  MeshEstimator(MeshAuModels models, std::string hash)
      : AuEstimator({models.version, std::move(hash)}), models_(std::move(models)) {}

  Needs needs() const override { return {.mesh = true, .blendshapes = true, .picture = true}; }
  UnitNames units() const override {
    std::vector<std::string> names;
    for (const MeshAuModel& unit : models_.units) names.push_back(unit.name);
    return {names, names};
  }
  std::vector<std::string> experimental() const override {
    std::vector<std::string> names;
    for (const MeshAuModel& unit : models_.units)
      if (unit.experimental) names.push_back(unit.name);
    return names;
  }
  std::unique_ptr<AuEvidence> evidence() const override { return std::make_unique<MeshEvidence>(); }
  void still(const AuEvidence& evidence, int i, std::span<double> intensities,
             std::span<double> presences) const override {
    assert(evidence.ok(i) && dynamic_cast<const MeshEvidence*>(&evidence));
    mesh_still_values(models_, static_cast<const MeshEvidence&>(evidence).features(i), intensities,
                      presences);
  }

  void check(const Calibration& calibration) const override {
    require_numbers("appearance", calibration.appearance, 0);
    require_numbers("geometry", calibration.geometry, 0);
    require_named_numbers("offsets", calibration.offsets, {}, {});
    std::vector<std::string> needed;
    for (const int feature : models_.compared_features())
      needed.emplace_back(MeshFeatures::names()[static_cast<std::size_t>(feature)]);
    std::vector<std::string> known(MeshFeatures::names().begin(), MeshFeatures::names().end());
    std::sort(needed.begin(), needed.end());
    std::sort(known.begin(), known.end());
    require_named_numbers("features", {calibration.features.begin(), calibration.features.end()},
                          needed, known);
  }

 private:
  std::unique_ptr<AuPerson> learning_person(const AuPersonOptions& options) const override {
    return std::make_unique<MeshPerson>(models_, options, identity());
  }

  MeshAuModels models_;
};

}  // namespace

std::unique_ptr<AuEstimator> make_mesh_estimator(MeshAuModels models, std::string hash) {
  return std::make_unique<MeshEstimator>(std::move(models), std::move(hash));
}

}  // namespace auriga
