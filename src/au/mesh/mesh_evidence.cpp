#include "au/mesh/mesh_evidence.hpp"

#include <cassert>

#include "sides/blendshape_pairs.hpp"

namespace auriga {

void MeshEvidence::resize(int faces) {
  assert(faces >= 0);
  const auto n = static_cast<std::size_t>(faces);
  if (n <= ok_.size()) return;
  ok_.resize(n);
  blendshapes_.resize(n);
  expression_.resize(n);
  timestamp_s_.resize(n);
  features_.resize(n * static_cast<std::size_t>(MeshFeatures::count()));
}

bool MeshEvidence::look(int i, const AuView& view) {
  const auto count = static_cast<std::size_t>(MeshFeatures::count());
  const auto k = static_cast<std::size_t>(i);
  const std::span<float> told = std::span(features_).subspan(k * count, count);
  bool ok = view.mesh != nullptr;
  if (ok && view.half) {
    assert(dynamic_cast<const MeshEvidence*>(view.whole));
    ok = static_cast<const MeshEvidence*>(view.whole)->meter_.compute_half(*view.half, told);
  } else if (ok) {
    ok = meter_.compute(view.picture, *view.mesh, told);
  }
  ok_[k] = ok;
  blendshapes_[k] = view.blendshapes ? std::optional<Blendshapes>(*view.blendshapes) : std::nullopt;
  if (view.half && blendshapes_[k]) make_even(*blendshapes_[k], *view.half);
  timestamp_s_[k] = view.timestamp_s;
  if (ok) expression_[k] = expressions_.look(told, blendshapes_[k] ? &*blendshapes_[k] : nullptr);
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
