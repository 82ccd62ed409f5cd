#include "tracking/pfld_landmarker.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "tracking/face_square.hpp"
#include "tracking/landmark_confidence.hpp"
#include "tracking/tracking_confidence.hpp"

namespace auriga {
namespace {

// Confidence below which the detector is asked. Of the frames of the calibration scenes 0.5 % of
// the good ones are below, and all lost ones but one in a thousand.
constexpr double kDoubt = 0.9;

// When a detection and the landmarks overlap by less, or agree less, the landmarks are looked for
// anew from the detection.
constexpr float kAligned = 0.7f;
constexpr float kWellSupported = 0.4f;

// Of a face to begin with. The lowest of a thousand faces in the calibration scenes is 0.3; a
// blurred one has 0.03.
constexpr float kLeastSupport = 0.15f;

// Looks from one second look, which costs a run of the network, to the next where the face is
// trusted.
constexpr int kSecondLookEvery = 30;
// It is further right and down, and wider, in sides of the square.
constexpr float kAside = 0.05f;
constexpr float kWider = 1.08f;

// Stands for the looks of a face that there is nothing to compare with, so that the fit and the
// detector decide.
constexpr float kUnknownLooks = 0.75f;

// Landmarks that have got lost may still look like a face.
double rightness(const FaceLook& look) { return std::min(look.confidence, look.alone); }

}  // namespace

PfldLandmarker::PfldLandmarker(Pfld& network, const ShapeModel& model)
    : network_(network), viewer_(model) {}

FaceRegion PfldLandmarker::region_of(const SubpixelSquare& square) {
  return {square.x, square.y, square.side, 0};
}

void PfldLandmarker::look(const Picture& bgr, const FaceRegion& region, FaceLook& look,
                          StageClock& clock) {
  look.seen = false;
  look.confidence = look.right = look.alone = 0;
  const std::optional<Landmarks> found = clock.time(Stage::landmarks, [&] {
    return network_.landmarks(bgr, SubpixelSquare{region.x, region.y, region.side});
  });
  if (!found) return;
  look.view.landmarks = *found;
  clock.time(Stage::fit, [&] {
    if (!viewer_.complete(bgr, look.view)) return;
    viewer_.appraise(look.view);
    look.seen = std::isfinite(look.view.residual);
  });
  if (look.seen) look.alone = clock.time(Stage::landmarks, [&] { return trust(bgr, look); });
}

float PfldLandmarker::change(Pfld& network, const Picture& bgr, const Landmarks& landmarks) {
  SubpixelSquare square = face_square(landmarks);
  square.x += (kAside - (kWider - 1) / 2) * square.side;
  square.y += (kAside - (kWider - 1) / 2) * square.side;
  square.side *= kWider;
  const std::optional<Landmarks> again = network.landmarks(bgr, square);
  return again ? mean_distance(*again, landmarks) / inter_ocular_distance(landmarks) : 1;
}

double PfldLandmarker::trust(const Picture& bgr, FaceLook& look) {
  if (look.change >= 0 && ++look.change_age < kSecondLookEvery) {
    const double trust = pfld_confidence(look.view, look.change);
    if (trust >= kTrusted) return trust;
  }
  look.change = change(network_, bgr, look.view.landmarks);
  look.change_age = 0;
  return pfld_confidence(look.view, look.change);
}

bool PfldLandmarker::look_at(const Picture& bgr, const FaceBox& box, const FaceMemory& memory,
                             FaceLook& look, StageClock& clock) {
  look.change = -1;
  this->look(bgr, region_of(face_square(box)), look, clock);
  if (!look.seen) return false;
  TrackingEvidence evidence;
  evidence.resemblance = evidence.continuity =
      std::max(memory.resemblance(look.view.patch), kUnknownLooks);
  evidence.residual = look.view.residual;
  evidence.outside = 1 - look.view.patch.inside_share;
  evidence.support = look.support = detector_support(box, look.view.landmarks);
  look.confidence = tracking_confidence(evidence);
  look.right = rightness(look);
  look.sure = look.support >= kLeastSupport && look.confidence > kFollowed;
  return look.sure;
}

bool PfldLandmarker::look_at_still(const Picture& bgr, const FaceBox& box, TrackedFace& face) {
  const std::optional<Landmarks> found = network_.landmarks(bgr, box);
  if (!found) return false;
  face.landmarks = *found;
  face.confidence = box.score;
  still_.landmarks = *found;
  face.right = 0;
  if (viewer_.complete(bgr, still_)) {
    viewer_.appraise(still_);
    face.right = pfld_confidence(still_, change(network_, bgr, *found));
  }
  return true;
}

FaceRegion PfldLandmarker::next_region(const FaceLook&, const FaceMemory& memory,
                                       const FaceRegion*) const {
  return region_of(memory.expected_square());
}

Doubt PfldLandmarker::judge(FaceLook& look, const FaceMemory& memory,
                            const Situation& situation) const {
  if (look.seen) {
    TrackingEvidence evidence = memory.compare(look.view);
    evidence.support = faded(situation.support, situation.detection_age);
    look.confidence = tracking_confidence(evidence);
    look.right = rightness(look);
  }
  // A confidence that would end it is never left without the detector's opinion.
  return {.any = !(look.confidence >= kDoubt), .urgent = !(look.confidence > kFollowed)};
}

float PfldLandmarker::overlap(const FaceBox& box, const FaceLook& look) const {
  return auriga::overlap(face_square(box), face_square(look.view.landmarks));
}

bool PfldLandmarker::realign(const Picture& bgr, const FaceBox& box, const FaceMemory&,
                             const FaceLook& look, FaceLook& other, StageClock& clock) {
  const float support = detector_support(box, look.view.landmarks);
  if (overlap(box, look) >= kAligned && support >= kWellSupported) return false;
  other.change = -1;
  this->look(bgr, region_of(face_square(box)), other, clock);
  return other.seen && detector_support(box, other.view.landmarks) > support;
}

Verdict PfldLandmarker::hear(const FaceBox* box, const Doubt&, bool, const FaceMemory& memory,
                             FaceLook& look) const {
  const float support = box != nullptr ? detector_support(*box, look.view.landmarks) : 0;
  const bool supported = support > 0;
  TrackingEvidence evidence = memory.compare(look.view);
  evidence.support = look.support = supported ? support : -1;
  if (!supported) {
    // The running mean and the last frame may have drifted away from the face together with the
    // landmarks.
    evidence.resemblance = memory.confirmed_resemblance(look.view.patch);
    evidence.continuity = std::min(evidence.continuity, evidence.resemblance);
  }
  look.confidence = tracking_confidence(evidence);
  look.right = rightness(look);
  return {.supported = supported, .followed = look.confidence > kFollowed};
}

}  // namespace auriga
