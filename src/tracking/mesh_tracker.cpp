#include "tracking/mesh_tracker.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "auriga/error.hpp"

#include "tracking/face_square.hpp"

namespace auriga {
namespace {

// Frames from one detection to the next while doubt or loss last.
constexpr std::array kPauses{1, 1, 1, 2, 4, 6};

// What raises doubt: presence below which the network is not sure, a sudden change of looks
// (correlation with the frame before), and looks unlike all that the detector has seen with us.
constexpr float kSurelyFace = 0.9f;
constexpr float kSudden = 0.6f;
constexpr float kOtherLooks = 0.4f;

// Least overlap of the regions told from a detection and from a mesh that are on one face; below
// the second one the mesh is looked for anew from the detection.
constexpr float kSameFace = 0.3f;
constexpr float kAligned = 0.6f;

// Of small moves of the region half is followed, which takes 2 to 7 % out of the jitter of the
// landmarks; from this share of the side, or angle, on moves are followed at once.
constexpr float kLeastGain = 0.5f;
constexpr float kWholeMove = 0.06f;
constexpr float kWholeTurn = 0.1f;  // rad

constexpr float kSamePlace = 0.2f;  // overlap with the last place
constexpr int kPatience = 30;       // frames without the person before anybody is begun with
constexpr std::size_t kMostCandidates = 4;  // of the widest, per frame

SubpixelSquare square_of(const FaceRoi& roi) {
  return {roi.x - roi.side / 2, roi.y - roi.side / 2, roi.side};
}

float overlap(const FaceRoi& a, const FaceRoi& b) { return overlap(square_of(a), square_of(b)); }

FaceRoi eased(const FaceRoi& from, const FaceRoi& to) {
  const float dx = to.x - from.x, dy = to.y - from.y, dside = to.side - from.side;
  const float turn = std::remainder(to.angle_rad - from.angle_rad, 2 * std::numbers::pi_v<float>);
  const float move = std::max({std::abs(dx), std::abs(dy), std::abs(dside) / 2}) / to.side;
  const float share = std::max(move / kWholeMove, std::abs(turn) / kWholeTurn);
  if (share >= 1) return to;
  const float gain = kLeastGain + (1 - kLeastGain) * share;
  return {from.x + gain * dx, from.y + gain * dy, from.side + gain * dside,
          from.angle_rad + gain * turn};
}

void check_share(const char* name, float value) {
  if (value >= 0 && value <= 1) return;
  throw Error(ErrorCode::usage, std::string(name) + ": expected a probability of 0 to 1, found " +
                                    std::to_string(value));
}

}  // namespace

MeshTracker::MeshTracker(FaceFinder find, MeshFinder mesh, const MeshTo68& map,
                         const ShapeModel& model, const MeshTrackerOptions& options)
    : find_(std::move(find)),
      mesh_(std::move(mesh)),
      map_(map),
      fitter_(model),
      sampler_(model),
      options_(options) {
  if (options.redetect_every < 1) {
    throw Error(ErrorCode::usage, "redetect_every: expected at least 1 frame, found " +
                                      std::to_string(options.redetect_every));
  }
  check_share("detection_threshold", options.detection_threshold);
  check_share("presence_threshold", options.presence_threshold);
  check_share("begin_presence", options.begin_presence);
}

void MeshTracker::reset() {
  face_ = {};
  memory_.clear();
  sketch_ = scene_ = {};
  sudden_ = following_ = false;
  width_ = height_ = 0;
  detection_age_ = pauses_ = followed_for_ = lost_for_ = 0;
}

const TrackedFace& MeshTracker::begin(ImageView bgr, const FaceBox& box, StageClock& clock) {
  reset();
  next_frame(bgr);
  face_.detector_ran = true;
  detection_age_ = 0;
  if (!bgr.empty() && look_at(bgr, box, clock) && other_.presence >= options_.begin_presence) {
    std::swap(look_, other_);
    meet();
    accept();
  }
  return face_;
}

const TrackedFace& MeshTracker::track(ImageView bgr, StageClock& clock) {
  const bool resized = bgr.width != width_ || bgr.height != height_;
  next_frame(bgr);
  bool seen = following_ && !resized && follow(bgr, clock);
  if (!seen) {
    if (std::exchange(following_, false)) pauses_ = 0;
    ++lost_for_;
    seen = !bgr.empty() && acquire(bgr, clock);
  }
  if (seen) accept();
  return face_;
}

void MeshTracker::next_frame(ImageView bgr) {
  assert(bgr.empty() || bgr.channels == 3);
  face_.success = face_.analysable = face_.detector_ran = false;
  face_.confidence = 0;
  face_.mesh.reset();
  ++detection_age_;
  const FrameSketch before = std::exchange(sketch_, sketch(bgr));
  if (correlation(sketch_, before) < kSameScene) sudden_ = true;
  if (bgr.width != width_ || bgr.height != height_) {  // places mean nothing any more
    scene_ = {};
    sudden_ = true;
  }
  width_ = bgr.width;
  height_ = bgr.height;
}

// True when there is a face in the region: then all of `look` is written.
bool MeshTracker::look(ImageView bgr, const FaceRoi& roi, Look& look, StageClock& clock) {
  const std::optional<float> presence =
      clock.time(Stage::landmarks, [&] { return mesh_(bgr, roi, look.mesh); });
  look.presence = presence && *presence >= 0 ? *presence : 0;
  if (!(look.presence >= options_.presence_threshold)) return false;
  return clock.time(Stage::fit, [&] {
    look.view.landmarks = map_.landmarks(look.mesh);
    if (!(inter_ocular_distance(look.view.landmarks) > 0) ||
        fitter_.fit(look.view.landmarks, look.view.shape) == 0)
      return false;
    sampler_.sample(bgr, look.view.landmarks, look.view.patch);
    return true;
  });
}

// Looks at a detection, twice because the network is surer of itself when it sees the region that
// it would ask for. True when there is a face that can be followed: then it is in `other_`.
bool MeshTracker::look_at(ImageView bgr, const FaceBox& box, StageClock& clock) {
  const FaceRoi roi = roi_around(box);
  const std::optional<float> first =
      clock.time(Stage::landmarks, [&] { return mesh_(bgr, roi, other_.mesh); });
  if (!(first.value_or(0.0f) >= options_.presence_threshold)) return false;
  return look(bgr, roi_around(other_.mesh), other_, clock) &&
         overlap(roi_around(other_.mesh), roi) >= kSameFace;
}

bool MeshTracker::follow(ImageView bgr, StageClock& clock) {
  if (!look(bgr, roi_, look_, clock)) {
    face_.confidence = look_.presence;
    return false;
  }
  const Doubt doubt = clock.time(Stage::fit, [&] { return doubt_about(look_); });
  if (!doubt.any()) pauses_ = 0;
  const bool in_time = detection_age_ >= kPauses[static_cast<std::size_t>(pauses_)];
  if (!is_cut() && detection_age_ < options_.redetect_every && !(doubt.any() && in_time))
    return true;
  detect(bgr, clock);
  return consult(bgr, doubt, clock);
}

MeshTracker::Doubt MeshTracker::doubt_about(const Look& look) const {
  return {.unsure = look.presence < kSurelyFace,
          .sudden = memory_.compare(look.view).continuity < kSudden,
          .strange = memory_.confirmed_resemblance(look.view.patch) < kOtherLooks};
}

void MeshTracker::detect(ImageView bgr, StageClock& clock) {
  const std::span<const FaceBox> found = clock.time(Stage::detect, [&] { return find_(bgr); });
  detections_.assign(found.begin(), found.end());
  std::erase_if(detections_,
                [&](const FaceBox& box) { return !(box.score >= options_.detection_threshold); });
  std::sort(detections_.begin(), detections_.end(), [](const FaceBox& a, const FaceBox& b) {
    return a.w != b.w ? a.w > b.w : a.score > b.score;
  });
  face_.detector_ran = true;
  detection_age_ = 0;
  pauses_ = std::min(pauses_ + 1, static_cast<int>(kPauses.size()) - 1);
}

// Hears the detector about the face in `look_`. False when it is none or may be another one.
bool MeshTracker::consult(ImageView bgr, const Doubt& doubt, StageClock& clock) {
  const auto shared = [&](const FaceBox& box) {
    return overlap(roi_around(box), roi_around(look_.mesh));
  };
  const auto nearest =
      std::max_element(detections_.begin(), detections_.end(),
                       [&](const FaceBox& a, const FaceBox& b) { return shared(a) < shared(b); });
  const bool cut = is_cut();
  // To the detector a head that is turned or half covered is no face.
  if (nearest == detections_.end() || shared(*nearest) < kSameFace) return !cut && !doubt.any();
  if (shared(*nearest) < kAligned && look_at(bgr, *nearest, clock)) std::swap(look_, other_);
  if (cut && memory_.resemblance(look_.view.patch) < kLikePerson) {
    if (options_.one_person) return false;
    meet();
  } else if (doubt.strange && (doubt.sudden || detections_.size() > 1)) {
    return false;
  }
  memory_.confirm(look_.view);
  return true;
}

// Looks for a face to follow, the old one or another.
bool MeshTracker::acquire(ImageView bgr, StageClock& clock) {
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
    if (!look_at(bgr, detections_[i], clock)) continue;
    const bool is_person = memory_.knows(other_.view, lost_for_, !cut);
    const SubpixelSquare place = face_square(other_.view.landmarks);
    const bool in_its_place = !memory_.empty() && size_ratio(place, last_place) >= kSameSize &&
                              overlap(place, last_place) >= kSamePlace;
    const float rank = is_person ? memory_.resemblance(other_.view.patch) : 0;
    const bool welcome = is_person || (!options_.one_person && (in_its_place || anybody) &&
                                       other_.presence >= options_.begin_presence);
    if (!welcome || rank <= best) continue;
    best = rank;
    std::swap(look_, other_);
  }
  if (best < 0) return false;
  if (best > 0) {
    memory_.resume(look_.view);
    memory_.confirm(look_.view);
  } else {
    meet();
  }
  pauses_ = 0;
  return true;
}

// A picture that slowly became another one is the same scene.
bool MeshTracker::is_cut() const { return sudden_ && correlation(sketch_, scene_) < kSameScene; }

void MeshTracker::meet() {
  memory_.restart(look_.view);
  followed_for_ = 0;
}

void MeshTracker::accept() {
  const FaceRoi roi = roi_around(look_.mesh);
  roi_ = following_ ? eased(roi_, roi) : roi;
  if (following_) memory_.follow(look_.view);
  following_ = true;
  lost_for_ = 0;
  ++followed_for_;
  scene_ = sketch_;
  sudden_ = false;
  face_.success = face_.analysable = true;
  face_.confidence = look_.presence;
  face_.landmarks = look_.view.landmarks;
  face_.shape = look_.view.shape;
  face_.mesh = look_.mesh;
}

}  // namespace auriga
