// Features of the faces of a batch, for the open estimator.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "au/estimator.hpp"
#include "au/mesh/mesh_features.hpp"

namespace auriga {

// A face without a mesh, or with one that MeshFeatures cannot use, tells nothing.
class MeshEvidence : public AuEvidence {
 public:
  void resize(int faces) override;
  bool look(int i, const AuView& view) override;
  void fail(int i) override { ok_[static_cast<std::size_t>(i)] = 0; }
  void conclude() override {}
  bool ok(int i) const override { return ok_[static_cast<std::size_t>(i)] != 0; }

  std::span<const float> features(int i) const;  // MeshFeatures::count(); undefined unless ok(i)
  // Null where there are none, and unless ok(i). Valid until the evidence is used again.
  const Blendshapes* blendshapes(int i) const;

 private:
  MeshFeatures meter_;
  std::vector<char> ok_;
  std::vector<float> features_;  // faces x MeshFeatures::count()
  std::vector<std::optional<Blendshapes>> blendshapes_;
};

}  // namespace auriga
