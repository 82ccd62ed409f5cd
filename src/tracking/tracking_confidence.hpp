// How sure it is that a face is followed.
#pragma once

#include <array>

#include "auriga/face.hpp"

namespace auriga {

// What one frame says about it. Distances are in units of the distance between the outer eye
// corners (IOD).
struct TrackingEvidence {
  float resemblance = 0;  // correlation with the most similar look of the person, -1..1
  float continuity = 0;   // correlation with the last followed frame, -1..1
  float residual = 0;     // mean distance of the landmarks from the fitted shape
  float jump = 0;     // mean distance of the landmarks from where the last frames let expect them
  float outside = 0;  // share of the face that lies outside of the frame, 0..1
  float support = 0;  // of the detector, see `detector_support`; -1 when it saw no such face; fades
                      // with its age
};

// How well a detection and landmarks tell of one face, 0..1: score times overlap (IoU of their
// face_squares) times the agreement of the detector's own five points with the landmarks; 0 when
// the overlap is less than a half. The five points matter: the detector sees a face with a score of
// up to 0.99 in a black rectangle below somebody's hair, but puts the points elsewhere than PFLD
// does.
float detector_support(const FaceBox& box, const Landmarks& landmarks);

// Support that is `frames` old.
float faded(float support, int frames);

// Logistic regression:  confidence = 1 / (1 + exp(- sum_k weight_k term_k)).
inline constexpr int kEvidenceTerms = 7;
std::array<double, kEvidenceTerms> evidence_terms(const TrackingEvidence& evidence);

// Probability that the landmarks are on the followed face.
double tracking_confidence(const TrackingEvidence& evidence);

// Above it a face counts as followed.
inline constexpr double kFollowed = 0.5;

}  // namespace auriga
