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
  MeshEstimator(MeshAuModels models, const MeshEstimatorOptions& options)
      : AuEstimator({models.version, options.hash}),
        all_(std::move(models)),
        models_(all_),
        blendshapes_(options.blendshapes) {
    if (!options.experimental)
      std::erase_if(models_.units, [](const MeshAuModel& unit) { return unit.experimental; });
    if (!blendshapes_)
      for (MeshAuModel& unit : models_.units) unit.lift.reset();
  }

  Needs needs() const override { return {.mesh = true, .blendshapes = blendshapes_}; }
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
  std::unique_ptr<AuEvidence> evidence() const override {
    return std::make_unique<MeshEvidence>(all_);
  }
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
    for (const MeshAuModel& unit : models_.units)
      if (unit.lift) needed.push_back(unit.lift->name);
    for (const MeshAuModel& unit : all_.units)
      if (unit.lift) known.push_back(unit.lift->name);
    std::sort(needed.begin(), needed.end());
    std::sort(known.begin(), known.end());
    require_named_numbers("features", {calibration.features.begin(), calibration.features.end()},
                          needed, known);
  }

 private:
  std::unique_ptr<AuPerson> learning_person(const AuPersonOptions& options) const override {
    return std::make_unique<MeshPerson>(models_, options, identity());
  }

  MeshAuModels all_;     // with the experimental units
  MeshAuModels models_;  // what is told
  bool blendshapes_;
};

}  // namespace

std::unique_ptr<AuEstimator> make_mesh_estimator(MeshAuModels models,
                                                 const MeshEstimatorOptions& options) {
  return std::make_unique<MeshEstimator>(std::move(models), options);
}

}  // namespace auriga
