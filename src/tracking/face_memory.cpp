#include "tracking/face_memory.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "base/same_math.hpp"
#include "tracking/face_square.hpp"

namespace auriga {
namespace {

constexpr float kMeanRate = 0.1f;  // the running mean forgets half in 7 frames
constexpr float kNewView = 0.8f;   // correlation below which a look is a new one

// Of small moves of the square half is followed, which takes a third out of the jitter of the
// landmarks; from this share of the side on, moves are followed at once.
constexpr float kLeastGain = 0.5f;
constexpr float kWholeMove = 0.06f;

// A face that moves by less than this share of the square's side per frame is not expected to go on
// moving.
constexpr float kSlow = 0.02f;

constexpr float kSurelyPerson = 0.9f;  // correlation, where nothing else speaks for the person
// How far the centre of a lost face may get, in sides of its square, at once and per frame.
constexpr float kReach = 0.5f;
constexpr float kReachPerFrame = 0.05f;

Point2 mean_shift(const Landmarks& from, const Landmarks& to) {
  Point2 sum;
  for (std::size_t i = 0; i < kLandmarks; ++i)
    sum.x += to.x[i] - from.x[i], sum.y += to.y[i] - from.y[i];
  return {sum.x / kLandmarks, sum.y / kLandmarks};
}

Landmarks shifted(Landmarks landmarks, const Point2& by) {
  for (float& x : landmarks.x) x += by.x;
  for (float& y : landmarks.y) y += by.y;
  return landmarks;
}

}  // namespace

float size_ratio(const SubpixelSquare& a, const SubpixelSquare& b) {
  return std::min(a.side, b.side) / std::max(a.side, b.side);
}

void FaceMemory::restart(const FaceView& face) {
  mean_ = face.patch;
  view_[0] = face.patch;
  views_ = 1;
  resume(face);
}

void FaceMemory::resume(const FaceView& face) {
  landmarks_ = face.landmarks;
  square_ = face_square(face.landmarks);
  velocity_ = {};
  last_ = face.patch;
}

void FaceMemory::follow(const FaceView& face) {
  const SubpixelSquare expected = expected_square(), seen = face_square(face.landmarks);
  const float dx = seen.x + seen.side / 2 - expected.x - expected.side / 2;
  const float dy = seen.y + seen.side / 2 - expected.y - expected.side / 2;
  const float dside = seen.side - expected.side;
  const float move = std::max({std::abs(dx), std::abs(dy), std::abs(dside) / 2}) / seen.side;
  const float gain = std::min(1.0f, kLeastGain + (1 - kLeastGain) * move / kWholeMove);
  const float side = expected.side + gain * dside;
  square_ = {expected.x + expected.side / 2 + gain * dx - side / 2,
             expected.y + expected.side / 2 + gain * dy - side / 2, side};

  const Point2 shift = mean_shift(landmarks_, face.landmarks);
  const float speed = same::length(shift.x, shift.y) / seen.side;
  const float trust = std::clamp(speed / kSlow - 1, 0.0f, 1.0f);
  velocity_ = {trust * shift.x, trust * shift.y};
  landmarks_ = face.landmarks;
  last_ = face.patch;
  blend(face.patch, kMeanRate, mean_);
}

void FaceMemory::rescale(const PixelScale& scale) {
  scale.apply(landmarks_);
  const Point2 corner = scale.at(square_.x, square_.y);
  square_ = {corner.x, corner.y, scale.size() * square_.side};
  velocity_ = {scale.x * velocity_.x, scale.y * velocity_.y};
}

void FaceMemory::confirm(const FaceView& face) {
  if (confirmed_resemblance(face.patch) >= kNewView) return;
  view_[static_cast<std::size_t>(views_++ % kViews)] = face.patch;
}

TrackingEvidence FaceMemory::compare(const FaceView& face) const {
  TrackingEvidence evidence;
  evidence.resemblance = resemblance(face.patch);
  evidence.continuity = correlation(face.patch, last_);
  evidence.residual = face.residual;
  // Motion that stops is no more of a jump than motion that goes on.
  evidence.jump = std::min(mean_distance(face.landmarks, landmarks_),
                           mean_distance(face.landmarks, shifted(landmarks_, velocity_))) /
                  inter_ocular_distance(landmarks_);
  evidence.outside = 1 - face.patch.inside_share;
  return evidence;
}

float FaceMemory::resemblance(const FacePatch& patch) const {
  return empty() ? 0 : std::max(correlation(patch, mean_), confirmed_resemblance(patch));
}

float FaceMemory::confirmed_resemblance(const FacePatch& patch) const {
  if (empty()) return 0;
  float best = -1;
  for (int i = 0; i < std::min(views_, kViews); ++i) {
    best = std::max(best, correlation(patch, view_[static_cast<std::size_t>(i)]));
  }
  return best;
}

float FaceMemory::distance(const FaceView& face) const {
  const SubpixelSquare a = face_square(face.landmarks), b = expected_square();
  return same::length(a.x + a.side / 2 - b.x - b.side / 2, a.y + a.side / 2 - b.y - b.side / 2) /
         b.side;
}

float FaceMemory::size_ratio(const FaceView& face) const {
  return auriga::size_ratio(face_square(face.landmarks), square_);
}

bool FaceMemory::within_reach(const FaceView& face, int lost_for) const {
  return !empty() && size_ratio(face) >= kSameSize &&
         distance(face) <= kReach + kReachPerFrame * static_cast<float>(lost_for);
}

bool FaceMemory::knows(const FaceView& face, int lost_for, bool same_scene) const {
  const bool place_agrees = same_scene && within_reach(face, lost_for);
  return !empty() && resemblance(face.patch) >= (place_agrees ? kLikePerson : kSurelyPerson);
}

SubpixelSquare FaceMemory::expected_square() const {
  return {square_.x + velocity_.x, square_.y + velocity_.y, square_.side};
}

}  // namespace auriga
