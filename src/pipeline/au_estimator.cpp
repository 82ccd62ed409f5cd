#include "pipeline/au_estimator.hpp"

#include "au/calibration.hpp"
#include "au/mesh_calibration.hpp"

namespace auriga {
namespace {

// OpenFace's linear models.
class LinearEstimator : public AuEstimator {
 public:
  explicit LinearEstimator(const AuPredictor& predictor) : predictor_(predictor) {}

  std::vector<std::string> names(AuKind kind) const override { return predictor_.names(kind); }
  std::unique_ptr<PersonActionUnits> person() const override {
    return std::make_unique<Person>(predictor_);
  }
  void still(const AuEvidence& evidence, std::span<double> intensities,
             std::span<double> presences) const override {
    still_image_values(predictor_, evidence.scores, intensities, presences);
  }

 private:
  class Person : public PersonActionUnits {
   public:
    explicit Person(const AuPredictor& predictor)
        : calibration_(predictor, CalibrationMode::offline) {}
    void add(const AuEvidence& evidence) override {
      calibration_.add(evidence.ok, evidence.fhog, evidence.geometry, evidence.scores);
    }
    void finish() override { calibration_.finish(); }
    std::int64_t rows() const override { return calibration_.rows(); }
    void row(std::int64_t i, std::span<double> intensities,
             std::span<double> presences) const override {
      calibration_.row(i, intensities, presences);
    }

   private:
    PersonCalibration calibration_;
  };

  const AuPredictor& predictor_;
};

// The open estimator's networks on mesh features.
class MeshEstimator : public AuEstimator {
 public:
  explicit MeshEstimator(const MeshAuModels& models) : models_(models) {}

  std::vector<std::string> names(AuKind /*kind*/) const override {
    std::vector<std::string> names;
    for (const MeshAuModel& unit : models_.units) names.push_back(unit.name);
    return names;
  }
  std::unique_ptr<PersonActionUnits> person() const override {
    return std::make_unique<Person>(models_);
  }
  void still(const AuEvidence& evidence, std::span<double> intensities,
             std::span<double> presences) const override {
    mesh_still_values(models_, evidence.mesh, intensities, presences);
  }

 private:
  class Person : public PersonActionUnits {
   public:
    explicit Person(const MeshAuModels& models) : calibration_(models) {}
    void add(const AuEvidence& evidence) override { calibration_.add(evidence.ok, evidence.mesh); }
    void finish() override { calibration_.finish(); }
    std::int64_t rows() const override { return calibration_.rows(); }
    void row(std::int64_t i, std::span<double> intensities,
             std::span<double> presences) const override {
      calibration_.row(i, intensities, presences);
    }

   private:
    MeshCalibration calibration_;
  };

  const MeshAuModels& models_;
};

}  // namespace

std::unique_ptr<AuEstimator> make_estimator(const AuPredictor& predictor) {
  return std::make_unique<LinearEstimator>(predictor);
}

std::unique_ptr<AuEstimator> make_estimator(const MeshAuModels& models) {
  return std::make_unique<MeshEstimator>(models);
}

}  // namespace auriga
