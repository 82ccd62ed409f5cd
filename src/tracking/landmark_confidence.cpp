#include "tracking/landmark_confidence.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "base/same_math.hpp"

namespace auriga {
namespace {

// Constant, logit or ln of the change (IOD), ln of the residual (IOD), ln of the IOD (px), what is
// above kUsualOutside of the share of the face outside of the picture, halves, parts, contrast,
// roughness.
using Terms = std::array<double, 9>;
// Fitted to 50, 42 and 39 portraits in 81 scenes each, about half of them rendered, the others from
// videos and pictures. By hand: the weight of the share outside, larger than the fit says (-3.2 of
// the mesh, none of PFLD, -3.6 of tables), so that a face cut in half seldom reaches kTrusted.
constexpr Terms kOfMesh{-3.58, 0.29, 0, 0, -4, 0.255, 2.5, 0, 1.115};
constexpr Terms kOfPfld{-31.17, -3.03, -2.58, 1.63, -2, 1.31, 1.12, 0.1, 0};
// Of the picture alone: how far landmarks are from their own shape model says who found them. The
// constant, too, is set by hand, 1 above the fit: landmarks of a table that says success are right
// more often than those of the scenes.
constexpr Terms kOfAny{1.233, 0, 0, 0, -7.2, 3, 2.48, 0, 0.863};

constexpr double kLeastChange = 1e-4;
constexpr double kUsualOutside = 0.25;
constexpr double kLeastResidual = 0.005;  // landmarks that come from a shape model have none

// px. Not std::hypot, whose last bit depends on the machine.
double eye_distance(const Landmarks& landmarks) {
  const double x = static_cast<double>(landmarks.x[45]) - static_cast<double>(landmarks.x[36]);
  const double y = static_cast<double>(landmarks.y[45]) - static_cast<double>(landmarks.y[36]);
  return std::sqrt(x * x + y * y);
}

double probability(const Terms& weights, double logit, const FaceView& view) {
  const double outside = 1 - static_cast<double>(view.patch.inside_share);
  const Terms terms{1,
                    logit,
                    same::log(std::max(kLeastResidual, static_cast<double>(view.residual))),
                    same::log(std::max(1.0, eye_distance(view.landmarks))),
                    std::max(0.0, outside - kUsualOutside),
                    static_cast<double>(view.likeness.halves),
                    static_cast<double>(view.likeness.parts),
                    static_cast<double>(view.likeness.contrast),
                    static_cast<double>(view.likeness.roughness)};
  double sum = 0;
  for (std::size_t i = 0; i < terms.size(); ++i) sum += weights[i] * terms[i];
  return std::isfinite(sum) ? 1 / (1 + same::exp(-sum)) : 0;
}

}  // namespace

double mesh_confidence(float logit, const FaceView& view) {
  return probability(kOfMesh, static_cast<double>(logit), view);
}

double pfld_confidence(const FaceView& view, float change) {
  return probability(kOfPfld, same::log(std::max(kLeastChange, static_cast<double>(change))), view);
}

double plain_confidence(const FaceView& view) { return probability(kOfAny, 0, view); }

void report_trust(TrackedFace& face) {
  face.confidence = face.right;
  face.success = face.success && face.right >= kTrusted;
  face.analysable = face.analysable && face.success;
}

}  // namespace auriga
