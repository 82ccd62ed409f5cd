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

// Correlation from which on a face is the person that was followed, where nothing else speaks
// against it, and where nothing else speaks for it. Between six people half of the pairs of frames
// are above 0.67 and 2 % above 0.84; of the same person half are above 0.88.
constexpr float kLikePerson = 0.75f;
constexpr float kSurelyPerson = 0.9f;
// Ratio of the sizes of two squares, smaller by larger, above which a face is as large as the
// other.
constexpr float kSameSize = 0.7f;
constexpr float kSamePlace = 0.2f;  // overlap with the last place
// How far the centre of a lost face may get, in sides of its square, at once and per frame.
constexpr float kReach = 0.5f;
constexpr float kReachPerFrame = 0.05f;
constexpr int kPatience = 30;  // frames without the person before anybody is begun with
// Correlation of sketches below which the frame shows something else altogether. Between four
// videos it is below 0.59, from frame to frame of one of them above 0.90, and above 0.92 when a
// face of a sixth of the frame's width is covered.
constexpr float kSameScene = 0.7f;

// Of a face to begin with. The lowest of a thousand faces in the calibration scenes is 0.3; a
// blurred one has 0.03.
constexpr float kLeastSupport = 0.15f;

// Stands for the looks of a face that there is nothing to compare with, so that the fit and the
// detector decide.
constexpr float kUnknownLooks = 0.75f;

constexpr std::size_t kMostCandidates = 4;  // of the widest, per frame

float size_ratio(const SubpixelSquare& a, const SubpixelSquare& b) {
  return std::min(a.side, b.side) / std::max(a.side, b.side);
}

float distance(const SubpixelSquare& a, const SubpixelSquare& b) {
  return std::hypot(a.x + a.side / 2 - b.x - b.side / 2, a.y + a.side / 2 - b.y - b.side / 2);
}

}  // namespace

FaceTracker::FaceTracker(RetinaFace& detector, Pfld& landmarker, const ShapeModel& model,
                         const TrackerOptions& options)
    : detector_(detector), viewer_(landmarker, model), options_(options) {
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
  const std::vector<FaceBox>& found =
      clock.time(Stage::detect, [&]() -> const std::vector<FaceBox>& {
        return detector_.detect(bgr, options_.detection_threshold);
      });
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
    if (evidence_.resemblance < kLikePerson && is_cut()) begin(view_);
    memory_.confirm(view_);
  } else {
    // The running mean and the last frame may have drifted away from the face together with the
    // landmarks.
    evidence_.resemblance = memory_.confirmed_resemblance(view_.patch);
    evidence_.continuity = std::min(evidence_.continuity, evidence_.resemblance);
  }
  face_.confidence = tracking_confidence(evidence_);
}

// Looks for a face to follow, the old one or another.
bool FaceTracker::acquire(ImageView bgr, StageClock& clock) {
  if (!face_.detector_ran) {
    if (detection_age_ < kPauses[static_cast<std::size_t>(pauses_)]) return false;
    detect(bgr, clock);
  }
  const bool cut = is_cut();
  const bool anybody = memory_.empty() || cut || lost_for_ > std::min(kPatience, followed_for_);
  const SubpixelSquare last_place = memory_.expected_square();
  const float reach = kReach + kReachPerFrame * static_cast<float>(lost_for_);
  float best = -1;  // resemblance if it is the person, 0 for another face
  for (std::size_t i = 0; i < std::min(detections_.size(), kMostCandidates); ++i) {
    const FaceBox& box = detections_[i];
    if (!viewer_.look(bgr, face_square(box), other_view_, clock)) continue;
    const float support = detector_support(box, other_view_.landmarks);
    const float resemblance = memory_.resemblance(other_view_.patch);
    TrackingEvidence evidence;
    evidence.resemblance = evidence.continuity = std::max(resemblance, kUnknownLooks);
    evidence.residual = other_view_.residual;
    evidence.outside = 1 - other_view_.patch.inside_share;
    evidence.support = support;
    const double confidence = tracking_confidence(evidence);
    if (support < kLeastSupport || confidence <= kFollowed) continue;

    const SubpixelSquare place = face_square(other_view_.landmarks);
    const bool as_large = !memory_.empty() && size_ratio(place, last_place) >= kSameSize;
    const bool within_reach = distance(place, last_place) <= reach * last_place.side;
    const bool is_person =
        resemblance >= (as_large && within_reach && !cut ? kLikePerson : kSurelyPerson);
    const bool in_its_place = as_large && overlap(place, last_place) >= kSamePlace;
    const float rank = is_person ? resemblance : 0;
    if (!(is_person || in_its_place || anybody) || rank <= best) continue;
    best = rank;
    evidence_ = evidence;
    support_ = support;
    face_.confidence = confidence;
    std::swap(view_, other_view_);
  }
  if (best < 0) return false;
  if (best > 0) {
    memory_.resume(view_);
    memory_.confirm(view_);
  } else {
    begin(view_);
  }
  pauses_ = 0;
  return true;
}

void FaceTracker::begin(const FaceView& face) {
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
