#include "au/mesh/mesh_evidence.hpp"

#include <cassert>

namespace auriga {

void MeshEvidence::resize(int faces) {
  assert(faces >= 0);
  const auto n = static_cast<std::size_t>(faces);
  if (n <= ok_.size()) return;
  ok_.resize(n);
  blendshapes_.resize(n);
  features_.resize(n * static_cast<std::size_t>(MeshFeatures::count()));
}

bool MeshEvidence::look(int i, const AuView& view) {
  const auto count = static_cast<std::size_t>(MeshFeatures::count());
  const auto k = static_cast<std::size_t>(i);
  const bool ok = view.mesh && meter_.compute(view.picture, *view.mesh,
                                              std::span(features_).subspan(k * count, count));
  ok_[k] = ok;
  blendshapes_[k] = view.blendshapes ? std::optional<Blendshapes>(*view.blendshapes) : std::nullopt;
  return ok;
}

const Blendshapes* MeshEvidence::blendshapes(int i) const {
  const auto k = static_cast<std::size_t>(i);
  return ok(i) && blendshapes_[k] ? &*blendshapes_[k] : nullptr;
}

std::span<const float> MeshEvidence::features(int i) const {
  const auto count = static_cast<std::size_t>(MeshFeatures::count());
  return std::span(features_).subspan(static_cast<std::size_t>(i) * count, count);
}

}  // namespace auriga
