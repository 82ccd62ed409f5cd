#include "tracking/face_tracker.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>

#include "auriga/error.hpp"

#include "tracking/face_square.hpp"

namespace auriga {
namespace {

// Confidence below which the detector is asked. Of the frames of the calibration scenes 0.5 % of
// the good ones are below, and all lost ones but one in a thousand.
constexpr double kDoubt = 0.9;

// Frames from one detection to the next while doubt or loss last.
constexpr std::array kPauses{1, 1, 1, 2, 4, 6};

// Least overlap of a detection with the landmarks that it can be about.
constexpr float kSameFace = 0.3f;
// When they overlap by less, or agree less, the landmarks are looked for anew from the detection.
constexpr float kAligned = 0.7f;
constexpr float kWellSupported = 0.4f;

constexpr float kSamePlace = 0.2f;  // overlap with the last place
constexpr int kPatience = 30;       // frames without the person before anybody is begun with
// Of a face to begin with. The lowest of a thousand faces in the calibration scenes is 0.3; a
// blurred one has 0.03.
constexpr float kLeastSupport = 0.15f;

// Stands for the looks of a face that there is nothing to compare with, so that the fit and the
// detector decide.
constexpr float kUnknownLooks = 0.75f;

constexpr std::size_t kMostCandidates = 4;  // of the widest, per frame

}  // namespace

FaceTracker::FaceTracker(RetinaFace& detector, Pfld& landmarker, const ShapeModel& model,
                         const TrackerOptions& options)
    : FaceTracker([&detector, threshold = options.detection_threshold](ImageView bgr)
                      -> std::span<const FaceBox> { return detector.detect(bgr, threshold); },
                  landmarker, model, options) {}

FaceTracker::FaceTracker(FaceFinder find, Pfld& landmarker, const ShapeModel& model,
                         const TrackerOptions& options)
    : find_(std::move(find)), viewer_(landmarker, model), options_(options) {
  if (options.redetect_every < 1) {
    throw Error(ErrorCode::usage, "redetect_every: expected at least 1 frame, found " +
                                      std::to_string(options.redetect_every));
  }
  if (!(options.detection_threshold >= 0 && options.detection_threshold <= 1)) {
    throw Error(ErrorCode::usage, "detection_threshold: expected a score of 0 to 1, found " +
                                      std::to_string(options.detection_threshold));
  }
}

void FaceTracker::reset() {
  face_ = {};
  evidence_ = {};
  memory_.clear();
  following_ = false;
  support_ = 0;
  detection_age_ = pauses_ = followed_for_ = lost_for_ = 0;
  width_ = height_ = 0;
  sketch_ = scene_ = {};
  sudden_ = false;
}

const TrackedFace& FaceTracker::track(ImageView bgr) {
  StageClock clock;
  return track(bgr, clock);
}

const TrackedFace& FaceTracker::begin(ImageView bgr, const FaceBox& box, StageClock& clock) {
  reset();
  sketch_ = sketch(bgr);
  width_ = bgr.width;
  height_ = bgr.height;
  face_.detector_ran = true;
  if (!bgr.empty() && look_at(bgr, box, evidence_, clock)) {
    std::swap(view_, other_view_);
    support_ = evidence_.support;
    face_.confidence = tracking_confidence(evidence_);
    face_.success = true;
    meet(view_);
    accept();
  }
  face_.analysable = face_.success;
  return face_;
}

const TrackedFace& FaceTracker::track(ImageView bgr, StageClock& clock) {
  assert(bgr.empty() || bgr.channels == 3);
  face_.success = face_.detector_ran = false;
  face_.confidence = 0;
  evidence_ = {};
  ++detection_age_;

  const FrameSketch before = std::exchange(sketch_, sketch(bgr));
  if (correlation(sketch_, before) < kSameScene) sudden_ = true;
  const bool resized = bgr.width != width_ || bgr.height != height_;
  width_ = bgr.width;
  height_ = bgr.height;
  if (resized) {  // places mean nothing any more
    scene_ = {};
    sudden_ = true;
  }

  if (following_ && !resized) face_.success = follow(bgr, clock);
  if (following_ && !face_.success) pauses_ = 0;
  if (!face_.success) {
    following_ = false;
    ++lost_for_;
    face_.success = !bgr.empty() && acquire(bgr, clock);
  }
  if (face_.success) accept();
  face_.analysable = face_.success;
  return face_;
}

bool FaceTracker::follow(ImageView bgr, StageClock& clock) {
  const bool seen = viewer_.look(bgr, memory_.expected_square(), view_, clock);
  if (seen) {
    clock.time(Stage::fit, [&] { evidence_ = memory_.compare(view_); });
    evidence_.support = faded(support_, detection_age_);
    face_.confidence = tracking_confidence(evidence_);
  }
  if (detector_is_due(face_.confidence)) {
    detect(bgr, clock);
    if (seen) consult(bgr, clock);
  }
  return face_.confidence > kFollowed;
}

// A confidence that would end it is never left without the detector's opinion.
bool FaceTracker::detector_is_due(double confidence) {
  if (confidence >= kDoubt) pauses_ = 0;
  const bool in_doubt =
      confidence < kDoubt && detection_age_ >= kPauses[static_cast<std::size_t>(pauses_)];
  return confidence <= kFollowed || in_doubt || detection_age_ >= options_.redetect_every;
}

void FaceTracker::detect(ImageView bgr, StageClock& clock) {
  const std::span<const FaceBox> found = clock.time(Stage::detect, [&] { return find_(bgr); });
  detections_.assign(found.begin(), found.end());
  std::sort(detections_.begin(), detections_.end(), [](const FaceBox& a, const FaceBox& b) {
    return a.w != b.w ? a.w > b.w : a.score > b.score;
  });
  face_.detector_ran = true;
  detection_age_ = 0;
  pauses_ = std::min(pauses_ + 1, static_cast<int>(kPauses.size()) - 1);
}

// Hears the detector about the face in `view_`.
void FaceTracker::consult(ImageView bgr, StageClock& clock) {
  const auto shared = [&](const FaceBox& box) {
    return overlap(face_square(box), face_square(view_.landmarks));
  };
  const auto nearest =
      std::max_element(detections_.begin(), detections_.end(),
                       [&](const FaceBox& a, const FaceBox& b) { return shared(a) < shared(b); });
  float support = 0;
  if (nearest != detections_.end()) {
    support = detector_support(*nearest, view_.landmarks);
    const bool drifted =
        shared(*nearest) >= kSameFace && (shared(*nearest) < kAligned || support < kWellSupported);
    if (drifted && viewer_.look(bgr, face_square(*nearest), other_view_, clock)) {
      const float other_support = detector_support(*nearest, other_view_.landmarks);
      const TrackingEvidence evidence = memory_.compare(other_view_);
      if (other_support > support) {
        std::swap(view_, other_view_);
        support = other_support;
        evidence_ = evidence;
      }
    }
  }
  support_ = evidence_.support = support > 0 ? support : -1;
  if (support > 0) {
    if (evidence_.resemblance < kLikePerson && is_cut()) {
      if (options_.one_person) {
        face_.confidence = 0;
        return;
      }
      meet(view_);
    }
    memory_.confirm(view_);
  } else {
    // The running mean and the last frame may have drifted away from the face together with the
    // landmarks.
    evidence_.resemblance = memory_.confirmed_resemblance(view_.patch);
    evidence_.continuity = std::min(evidence_.continuity, evidence_.resemblance);
  }
  face_.confidence = tracking_confidence(evidence_);
}

// Looks at a detection and judges it by itself, without regard to who it is. True when it is good
// enough to be followed: then it is in `other_view_`.
bool FaceTracker::look_at(ImageView bgr, const FaceBox& box, TrackingEvidence& evidence,
                          StageClock& clock) {
  if (!viewer_.look(bgr, face_square(box), other_view_, clock)) return false;
  evidence = {};
  evidence.resemblance = evidence.continuity =
      std::max(memory_.resemblance(other_view_.patch), kUnknownLooks);
  evidence.residual = other_view_.residual;
  evidence.outside = 1 - other_view_.patch.inside_share;
  evidence.support = detector_support(box, other_view_.landmarks);
  return evidence.support >= kLeastSupport && tracking_confidence(evidence) > kFollowed;
}

// Looks for a face to follow, the old one or another.
bool FaceTracker::acquire(ImageView bgr, StageClock& clock) {
  if (options_.one_person && memory_.empty()) return false;
  if (!face_.detector_ran) {
    if (detection_age_ < kPauses[static_cast<std::size_t>(pauses_)]) return false;
    detect(bgr, clock);
  }
  const bool cut = is_cut();
  const bool anybody = memory_.empty() || cut || lost_for_ > std::min(kPatience, followed_for_);
  const SubpixelSquare last_place = memory_.expected_square();
  float best = -1;  // resemblance if it is the person, 0 for another face
  for (std::size_t i = 0; i < std::min(detections_.size(), kMostCandidates); ++i) {
    TrackingEvidence evidence;
    if (!look_at(bgr, detections_[i], evidence, clock)) continue;
    const bool is_person = memory_.knows(other_view_, lost_for_, !cut);
    const SubpixelSquare place = face_square(other_view_.landmarks);
    const bool in_its_place = !memory_.empty() && size_ratio(place, last_place) >= kSameSize &&
                              overlap(place, last_place) >= kSamePlace;
    const float rank = is_person ? memory_.resemblance(other_view_.patch) : 0;
    const bool welcome = is_person || (!options_.one_person && (in_its_place || anybody));
    if (!welcome || rank <= best) continue;
    best = rank;
    evidence_ = evidence;
    support_ = evidence.support;
    face_.confidence = tracking_confidence(evidence);
    std::swap(view_, other_view_);
  }
  if (best < 0) return false;
  if (best > 0) {
    memory_.resume(view_);
    memory_.confirm(view_);
  } else {
    meet(view_);
  }
  pauses_ = 0;
  return true;
}

void FaceTracker::meet(const FaceView& face) {
  memory_.restart(face);
  followed_for_ = 0;
}

// A picture that slowly became another one is the same scene.
bool FaceTracker::is_cut() const { return sudden_ && correlation(sketch_, scene_) < kSameScene; }

void FaceTracker::accept() {
  if (following_) memory_.follow(view_);
  following_ = true;
  lost_for_ = 0;
  ++followed_for_;
  scene_ = sketch_;
  sudden_ = false;
  face_.landmarks = view_.landmarks;
  face_.shape = view_.shape;
}

}  // namespace auriga
