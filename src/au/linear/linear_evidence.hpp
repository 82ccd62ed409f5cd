// Appearance, geometry and scores of the faces of a batch, for OpenFace's linear models.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "au/estimator.hpp"
#include "au/linear/geometry.hpp"
#include "au/linear/predictor.hpp"

namespace auriga {

// The scores of all faces are one product of matrices, in conclude(). Zero where !ok(i), apart from
// the scores, which then mean nothing.
class LinearEvidence : public AuEvidence {
 public:
  // Both must outlive this object.
  LinearEvidence(const GeometryDescriptor& descriptor, const AuPredictor& predictor)
      : descriptor_(descriptor), predictor_(predictor) {}

  void resize(int faces) override;
  bool look(int i, const AuView& view) override;
  void fail(int i) override;
  void conclude() override;
  bool ok(int i) const override { return ok_[static_cast<std::size_t>(i)] != 0; }

  std::span<const float> fhog(int i) const;       // 4464
  std::span<const double> geometry(int i) const;  // 238
  std::span<const double> scores(int i) const;    // one per model, without the person's median

 private:
  const GeometryDescriptor& descriptor_;
  const AuPredictor& predictor_;
  int faces_ = 0;
  std::vector<char> ok_;
  std::vector<float> fhog_;
  std::vector<double> geometry_, scores_;
};

}  // namespace auriga
