// How sure it is that the landmarks of one look at a face are right.
#pragma once

#include "tracking/face_view.hpp"
#include "tracking/tracked_face.hpp"

namespace auriga {

// Landmarks are right where their mean distance from the true ones is at most 5 % of the distance
// between the outer eye corners. From this probability on that they are a face counts as found.
inline constexpr double kTrusted = 0.5;

// Probability, 0..1, that the landmarks of `view`, which has its shape, residual and likeness, are
// right: logistic regressions, fitted to made scenes (tests/accuracy/face_scenes.hpp) of rendered
// people and of videos, measured on other people (docs/accuracy.md).
//
// Of the face mesh, whose network says `logit` of there being a face; 0 for one that is not finite.
double mesh_confidence(float logit, const FaceView& view);
// Of PFLD, which says nothing but landmarks, so that it takes a second look a little aside:
// `change` is the mean distance of its landmarks from those of the first one, in IOD.
double pfld_confidence(const FaceView& view, float change);
// Of landmarks from anywhere.
double plain_confidence(const FaceView& view);

// Reports the probability that the landmarks are right: it becomes the confidence, and the face is
// a success only from kTrusted on.
void report_trust(TrackedFace& face);

}  // namespace auriga
