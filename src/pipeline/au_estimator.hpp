// The ways of telling action units from a face, behind one interface.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "au/mesh_models.hpp"
#include "au/predictor.hpp"

namespace auriga {

// What one face in one frame tells the estimators; each reads its own part.
struct AuEvidence {
  bool ok = false;  // the landmarks are good enough for action units; else the rest is not read
  // OpenFace's
  std::span<const float> fhog;       // 4464
  std::span<const double> geometry;  // 238
  std::span<const double> scores;    // one per linear model
  // the open one's
  std::span<const float> mesh;  // MeshFeatures::count()
};

// The action units of one person in one video, whose neutral face is learnt. Not thread-safe.
class PersonActionUnits {
 public:
  virtual ~PersonActionUnits() = default;
  virtual void add(const AuEvidence& evidence) = 0;  // the next frame
  virtual void finish() = 0;
  virtual std::int64_t rows() const = 0;
  // After finish(): the final values of a frame.
  virtual void row(std::int64_t i, std::span<double> intensities,
                   std::span<double> presences) const = 0;
};

// Immutable: any number of threads may share one.
class AuEstimator {
 public:
  virtual ~AuEstimator() = default;
  virtual std::vector<std::string> names(AuKind kind) const = 0;
  virtual std::unique_ptr<PersonActionUnits> person() const = 0;
  // Of a face without a history. evidence.ok is set.
  virtual void still(const AuEvidence& evidence, std::span<double> intensities,
                     std::span<double> presences) const = 0;
};

// Both must outlive the estimator.
std::unique_ptr<AuEstimator> make_estimator(const AuPredictor& predictor);
std::unique_ptr<AuEstimator> make_estimator(const MeshAuModels& models);

}  // namespace auriga
