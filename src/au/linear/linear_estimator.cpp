#include "au/linear/linear_estimator.hpp"

#include <cassert>
#include <utility>

#include "auriga/error.hpp"

#include "au/calibration_check.hpp"
#include "au/linear/geometry.hpp"
#include "au/linear/linear_evidence.hpp"
#include "au/linear/linear_person.hpp"

namespace auriga {
namespace {

class LinearEstimator : public AuEstimator {
 public:
  LinearEstimator(const AuModelSet& set, PredictorKind kind, AuIdentity identity)
      : AuEstimator(std::move(identity)), geometry_(set.pdm), predictor_(set, kind) {}

  Needs needs() const override { return {.fhog = true}; }
  UnitNames units() const override {
    return {predictor_.names(AuKind::intensity), predictor_.names(AuKind::presence)};
  }
  std::unique_ptr<AuEvidence> evidence() const override {
    return std::make_unique<LinearEvidence>(geometry_, predictor_);
  }
  void still(const AuEvidence& evidence, int i, std::span<double> intensities,
             std::span<double> presences) const override {
    assert(evidence.ok(i) && dynamic_cast<const LinearEvidence*>(&evidence));
    still_image_values(predictor_, static_cast<const LinearEvidence&>(evidence).scores(i),
                       intensities, presences);
  }

  void check(const Calibration& calibration) const override {
    if (!predictor_.dynamic())
      throw Error(ErrorCode::usage,
                  "the static models compare a face with nobody's neutral face; a calibration is "
                  "for the dynamic ones");
    require_numbers("appearance", calibration.appearance, kAppearanceFeatures);
    require_numbers("geometry", calibration.geometry, kGeometryFeatures);
    require_named_numbers("features", {calibration.features.begin(), calibration.features.end()},
                          {}, {});
    std::vector<std::string> with_offset;
    for (const AuTarget& target : predictor_.targets())
      if (target.kind == AuKind::intensity && target.has_offset())
        with_offset.push_back(target.name);
    require_named_numbers("offsets", calibration.offsets, with_offset, with_offset);
  }

 private:
  std::unique_ptr<AuPerson> learning_person(const AuPersonOptions& options) const override {
    return std::make_unique<LinearPerson>(predictor_, options, identity());
  }

  GeometryDescriptor geometry_;
  AuPredictor predictor_;
};

}  // namespace

std::unique_ptr<AuEstimator> make_linear_estimator(const AuModelSet& set, PredictorKind kind,
                                                   AuIdentity identity) {
  return std::make_unique<LinearEstimator>(set, kind, std::move(identity));
}

}  // namespace auriga
