#include "tracking/follower.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <string>
#include <utility>

#include "auriga/error.hpp"

#include "tracking/face_square.hpp"

namespace auriga {
namespace {

// Frames from one detection to the next while doubt or loss last.
constexpr std::array kPauses{1, 1, 1, 2, 4, 6};

constexpr float kSamePlace = 0.2f;  // overlap with the last place
constexpr int kPatience = 30;       // frames without the person before anybody is begun with
constexpr std::size_t kMostCandidates = 4;  // of the widest, per frame

}  // namespace

Follower::Follower(FaceFinder find, Landmarker& landmarker, const FollowerOptions& options)
    : find_(std::move(find)), landmarker_(landmarker), options_(options) {
  if (options.redetect_every < 1) {
    throw Error(ErrorCode::usage, "redetect_every: expected at least 1 frame, found " +
                                      std::to_string(options.redetect_every));
  }
  if (!(options.detection_threshold >= 0 && options.detection_threshold <= 1)) {
    throw Error(ErrorCode::usage, "detection_threshold: expected a score of 0 to 1, found " +
                                      std::to_string(options.detection_threshold));
  }
}

void Follower::reset() {
  face_ = {};
  memory_.clear();
  sketch_ = scene_ = {};
  sudden_ = following_ = false;
  size_ = {};
  support_ = 0;
  detection_age_ = pauses_ = followed_for_ = lost_for_ = 0;
}

const TrackedFace& Follower::begin(const Picture& bgr, const FaceBox& box, StageClock& clock) {
  reset();
  next_frame(bgr);
  face_.detector_ran = true;
  detection_age_ = 0;
  if (!bgr.empty() && landmarker_.look_at(bgr, box, memory_, other_, clock) && other_.sure) {
    std::swap(look_, other_);
    support_ = look_.support;
    meet();
    accept();
  }
  return face_;
}

const TrackedFace& Follower::follow(const Picture& bgr, const FaceFinder& find, StageClock& clock) {
  const bool same_places = next_frame(bgr);
  bool seen = following_ && same_places && keep_up(bgr, find, clock);
  if (!seen) {
    if (std::exchange(following_, false)) pauses_ = 0;
    ++lost_for_;
    seen = !bgr.empty() && acquire(bgr, find, clock);
  }
  if (seen) accept();
  return face_;
}

// False when places of before mean nothing any more.
bool Follower::next_frame(const Picture& bgr) {
  assert(bgr.empty() || bgr.channels() == 3);
  face_.success = face_.analysable = face_.detector_ran = false;
  face_.confidence = face_.right = 0;
  face_.detections = 0;
  face_.mesh.reset();
  ++detection_age_;
  const FrameSketch before = std::exchange(sketch_, sketch(bgr, pixels_));
  if (correlation(sketch_, before) < kSameScene) sudden_ = true;
  switch (size_.next(bgr.size())) {
    case FrameSize::Change::none:
      return true;
    case FrameSize::Change::scaled:
      rescale(size_.scale());
      return true;
    case FrameSize::Change::other:
      break;
  }
  scene_ = {};
  sudden_ = true;
  return false;
}

void Follower::rescale(const PixelScale& scale) {
  memory_.rescale(scale);
  const Point2 at = scale.at(region_.x, region_.y);
  region_ = {at.x, at.y, scale.size() * region_.side, region_.angle_rad};
  scale.apply(face_.landmarks);
  scale.apply_to_pose(face_.shape);
  detection_age_ = std::max(detection_age_, options_.redetect_every);
}

// Looks for the followed face. True when it is followed on; then it is in `look_`.
bool Follower::keep_up(const Picture& bgr, const FaceFinder& find, StageClock& clock) {
  landmarker_.look(bgr, region_, look_, clock);
  const Doubt doubt = clock.time(Stage::fit, [&] {
    return landmarker_.judge(
        look_, memory_, {.cut = is_cut(), .support = support_, .detection_age = detection_age_});
  });
  face_.confidence = look_.confidence;
  face_.right = look_.right;
  if (doubt.lost) return false;
  if (!doubt.any) pauses_ = 0;
  if (!doubt.urgent && !(doubt.any && is_in_time()) && detection_age_ < options_.redetect_every)
    return true;
  detect(bgr, find, clock);
  const bool followed = look_.seen && consult(bgr, doubt, clock);
  face_.confidence = look_.confidence;
  face_.right = look_.right;
  return followed;
}

bool Follower::is_in_time() const {
  return detection_age_ >= kPauses[static_cast<std::size_t>(pauses_)];
}

void Follower::detect(const Picture& bgr, const FaceFinder& find, StageClock& clock) {
  const std::span<const FaceBox> found =
      clock.time(Stage::detect, [&] { return find(bgr.whole()); });
  detections_.assign(found.begin(), found.end());
  std::erase_if(detections_,
                [&](const FaceBox& box) { return !(box.score >= options_.detection_threshold); });
  std::sort(detections_.begin(), detections_.end(), [](const FaceBox& a, const FaceBox& b) {
    return a.w != b.w ? a.w > b.w : a.score > b.score;
  });
  face_.detector_ran = true;
  face_.detections = static_cast<int>(detections_.size());
  detection_age_ = 0;
  pauses_ = std::min(pauses_ + 1, static_cast<int>(kPauses.size()) - 1);
}

// The detection that can be about the face in `look_`; null when there is none.
const FaceBox* Follower::nearest_detection() const {
  const auto shared = [&](const FaceBox& box) { return landmarker_.overlap(box, look_); };
  const auto nearest =
      std::max_element(detections_.begin(), detections_.end(),
                       [&](const FaceBox& a, const FaceBox& b) { return shared(a) < shared(b); });
  return nearest != detections_.end() && shared(*nearest) >= kSameFace ? &*nearest : nullptr;
}

// Hears the detector about the face in `look_`. False when it is none or may be another one.
bool Follower::consult(const Picture& bgr, const Doubt& doubt, StageClock& clock) {
  const FaceBox* box = nearest_detection();
  if (box != nullptr && landmarker_.realign(bgr, *box, memory_, look_, other_, clock))
    std::swap(look_, other_);
  const bool cut = is_cut();
  const Verdict verdict = landmarker_.hear(box, doubt, cut, memory_, look_);
  support_ = look_.support;
  if (!verdict.supported) return verdict.followed;
  const bool other_scene = cut && memory_.resemblance(look_.view.patch) < kLikePerson;
  const bool other_person =
      !other_scene && doubt.strange && (doubt.sudden || detections_.size() > 1);
  if (other_person || (other_scene && options_.one_person)) {
    look_.confidence = look_.right = 0;
    return false;
  }
  if (other_scene) meet();
  memory_.confirm(look_.view);
  return verdict.followed;
}

// Looks for a face to follow, the old one or another. True when there is one: then it is in
// `look_`.
bool Follower::acquire(const Picture& bgr, const FaceFinder& find, StageClock& clock) {
  if (options_.one_person && memory_.empty()) return false;
  if (!face_.detector_ran) {
    if (!is_in_time()) return false;
    detect(bgr, find, clock);
  }
  const bool cut = is_cut();
  const bool anybody = memory_.empty() || cut || lost_for_ > std::min(kPatience, followed_for_);
  const SubpixelSquare last_place = memory_.expected_square();
  float best = -1;  // resemblance if it is the person, 0 for another face
  for (std::size_t i = 0; i < std::min(detections_.size(), kMostCandidates); ++i) {
    if (!landmarker_.look_at(bgr, detections_[i], memory_, other_, clock)) continue;
    const bool is_person = memory_.knows(other_.view, lost_for_, !cut);
    const SubpixelSquare place = face_square(other_.view.landmarks);
    const bool in_its_place = !memory_.empty() && size_ratio(place, last_place) >= kSameSize &&
                              overlap(place, last_place) >= kSamePlace;
    const float rank = is_person ? memory_.resemblance(other_.view.patch) : 0;
    const bool welcome =
        is_person || (!options_.one_person && (in_its_place || anybody) && other_.sure);
    if (!welcome || rank <= best) continue;
    best = rank;
    std::swap(look_, other_);
  }
  if (best < 0) return false;
  support_ = look_.support;
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
bool Follower::is_cut() const { return sudden_ && correlation(sketch_, scene_) < kSameScene; }

void Follower::meet() {
  memory_.restart(look_.view);
  followed_for_ = 0;
}

void Follower::accept() {
  if (following_) memory_.follow(look_.view);
  region_ = landmarker_.next_region(look_, memory_, following_ ? &region_ : nullptr);
  following_ = true;
  lost_for_ = 0;
  ++followed_for_;
  scene_ = sketch_;
  sudden_ = false;
  face_.success = face_.analysable = true;
  face_.confidence = look_.confidence;
  face_.right = look_.right;
  face_.landmarks = look_.view.landmarks;
  face_.shape = look_.view.shape;
  face_.mesh = look_.mesh;
}

}  // namespace auriga
