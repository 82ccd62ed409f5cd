#include "au/linear/linear_evidence.hpp"

#include <algorithm>
#include <cassert>

namespace auriga {
namespace {

// What face i has of `all`, `size` values each.
template <typename T>
auto part(T& all, int i, std::size_t size) {
  return std::span(all).subspan(static_cast<std::size_t>(i) * size, size);
}

}  // namespace

void LinearEvidence::resize(int faces) {
  assert(faces >= 0);
  faces_ = faces;
  const auto n = static_cast<std::size_t>(faces);
  if (n <= ok_.size()) return;
  ok_.resize(n);
  fhog_.resize(n * kAppearanceFeatures);
  geometry_.resize(n * kGeometryFeatures);
  scores_.resize(n * static_cast<std::size_t>(predictor_.models()));
}

bool LinearEvidence::look(int i, const AuView& view) {
  assert(i >= 0 && i < faces_ && view.fit && view.fhog.size() == kAppearanceFeatures);
  const auto fhog = part(fhog_, i, kAppearanceFeatures);
  std::copy(view.fhog.begin(), view.fhog.end(), fhog.begin());
  descriptor_.compute(*view.fit, part(geometry_, i, kGeometryFeatures).first<kGeometryFeatures>());
  ok_[static_cast<std::size_t>(i)] = 1;
  return true;
}

void LinearEvidence::fail(int i) {
  assert(i >= 0 && i < faces_);
  const auto fhog = part(fhog_, i, kAppearanceFeatures);
  const auto geometry = part(geometry_, i, kGeometryFeatures);
  std::fill(fhog.begin(), fhog.end(), 0.0F);
  std::fill(geometry.begin(), geometry.end(), 0.0);
  ok_[static_cast<std::size_t>(i)] = 0;
}

void LinearEvidence::conclude() {
  const auto n = static_cast<std::size_t>(faces_);
  predictor_.scores(std::span(fhog_).first(n * kAppearanceFeatures),
                    std::span(geometry_).first(n * kGeometryFeatures), faces_,
                    std::span(scores_).first(n * static_cast<std::size_t>(predictor_.models())));
}

std::span<const float> LinearEvidence::fhog(int i) const {
  return part(fhog_, i, kAppearanceFeatures);
}

std::span<const double> LinearEvidence::geometry(int i) const {
  return part(geometry_, i, kGeometryFeatures);
}

std::span<const double> LinearEvidence::scores(int i) const {
  return part(scores_, i, static_cast<std::size_t>(predictor_.models()));
}

}  // namespace auriga
