#include "tracking/turn_watch.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

#include "base/same_math.hpp"
#include "media/orientation.hpp"

namespace auriga {
namespace {

constexpr float kDegree = std::numbers::pi_v<float> / 180;
constexpr float kLevel = 30 * kDegree;       // eyes of a face that a turn makes upright
constexpr float kAboutLevel = 50 * kDegree;  // eyes of a face that may be upright
constexpr float kRightAngle = 35 * kDegree;  // deviation from one
constexpr float kMargin = 0.7f;              // of logits
constexpr float kSurest = 9;                 // logit; above, scores say no more

constexpr int kUprightPictures = 2;
constexpr int kTurnedPictures = 5;
constexpr int kUnclearPictures = 10;
constexpr int kApart = 2;               // frames between pictures that confirm each other
constexpr int kLongestPause = 256;      // frames
constexpr std::int64_t kBelieved = 30;  // frames after an upright picture

constexpr float kLongDoubt = 3;         // frames in doubt before a tracker is not believed any more
constexpr float kTrustPerFrame = 0.1f;  // what a frame without doubt takes off

constexpr int kLargestSide = 1920;  // px; larger pictures are made smaller before they are tried

// A face in a picture that was turned.
struct Sight {
  std::optional<FaceBox> box;
  float logit = 0;  // of the detector's threshold, where there is none
  float roll = 0;   // rad

  bool within(float limit) const { return box && std::abs(roll) <= limit; }
};

// Means of k x k pixels; what is left over at the right and at the bottom is left out.
Image smaller(ImageView bgr, int k) {
  Image small(bgr.width / k, bgr.height / k, 3);
  for (int y = 0; y < small.height(); ++y)
    for (int x = 0; x < small.width(); ++x)
      for (int c = 0; c < 3; ++c) {
        int sum = 0;
        for (int row = 0; row < k; ++row)
          for (int column = 0; column < k; ++column)
            sum += bgr.row(y * k + row)[3 * (std::ptrdiff_t{x} * k + column) + c];
        small.row(y)[3 * x + c] = static_cast<std::uint8_t>((sum + k * k / 2) / (k * k));
      }
  return small;
}

float difference(float a, float b) {
  return std::abs(std::remainder(a - b, 2 * std::numbers::pi_v<float>));
}

bool is_doubtful(std::span<const TrackedFace> faces) {
  return std::none_of(faces.begin(), faces.end(), [](const TrackedFace& face) {
    return face.success && std::abs(roll_of(face.landmarks)) <= kAboutLevel;
  });
}

}  // namespace

float roll_of(const Landmarks& landmarks) {
  return same::atan2(landmarks.y[45] - landmarks.y[36], landmarks.x[45] - landmarks.x[36]);
}

void TurnWatch::see(const FrameView& frame, const Picture& picture,
                    std::span<const TrackedFace> faces, StageClock& clock) {
  const bool due = !verdict_ && !picture.empty() && is_due(faces);
  if (due) {
    const std::optional<int> said = vote(picture.whole(), clock);
    if (!said && !is_doubtful(faces)) ++unclear_;
    count(said, frame);
  }
  ++frame_;
}

bool TurnWatch::is_due(std::span<const TrackedFace> faces) {
  const bool doubtful = is_doubtful(faces);
  if (doubtful) ++doubtful_frames_;
  doubt_ =
      doubtful ? std::min(doubt_ + 1, 2 * kLongDoubt) : std::max(doubt_ - kTrustPerFrame, 0.0f);
  if (doubt_ >= kLongDoubt && frame_ - confirmed_at_ >= kBelieved) confirmed_ = unclear_ = 0;
  const bool unconfirmed =
      traits_.believes_anything && confirmed_ < kUprightPictures && unclear_ < kUnclearPictures;
  if (unconfirmed && !doubtful) return frame_ >= last_try_ + kApart;
  if (frame_ < next_try_) return false;
  return turns_ > 0 || (doubtful && (unconfirmed || doubt_ >= kLongDoubt));
}

// Quarter turns, clockwise, that make the picture upright; nothing: it does not tell.
std::optional<int> TurnWatch::vote(ImageView bgr, StageClock& clock) {
  Image small;
  const int k = (std::max(bgr.width, bgr.height) + kLargestSide - 1) / kLargestSide;
  if (k > 1) bgr = small = smaller(bgr, k);
  std::array<Image, 4> turned;
  std::array<Sight, 4> sights;
  const auto picture = [&](int turn) { return turn == 0 ? bgr : turned[turn].view(); };
  const auto look = [&](int turn) {
    clock.time(Stage::detect, [&] {
      if (turn > 0) orient(bgr, orientation_of_turn(90 * turn), turned[turn]);
      const std::span<const FaceBox> boxes = probe_.detect(picture(turn));
      if (boxes.empty()) return;
      Sight& sight = sights[turn];
      const FaceBox& box = sight.box.emplace(boxes.front());
      sight.logit = std::min(std::log(box.score / (1 - box.score)), kSurest);
      if (traits_.has_points)
        sight.roll =
            same::atan2(box.points[1].y - box.points[0].y, box.points[1].x - box.points[0].x);
    });
  };
  look(0);
  look(2);
  if (sights[0].within(kAboutLevel) && sights[0].logit - sights[2].logit >= kMargin) return 0;
  look(1);
  look(3);
  int best = 0;
  for (int turn = 1; turn < 4; ++turn)
    if (sights[turn].within(kLevel) && sights[turn].box->score >= traits_.least_score &&
        (best == 0 || sights[turn].logit > sights[best].logit))
      best = turn;
  if (best == 0) return {};
  for (int turn = 0; turn < 4; ++turn)
    if (turn != best && sights[turn].within(kAboutLevel) &&
        sights[best].logit - sights[turn].logit < kMargin)
      return {};
  const auto at_right_angle = [&](int turn, float roll) {
    const Sight& sight = sights[turn % 4];
    return sight.box && difference(sight.roll, roll) <= kRightAngle;
  };
  if (traits_.has_points && !at_right_angle(best + 1, 90 * kDegree) &&
      !at_right_angle(best + 3, -90 * kDegree))
    return {};
  const std::optional<float> roll = probe_.roll(picture(best), *sights[best].box, clock);
  if (!roll || std::abs(*roll) > kLevel) return {};
  return best;
}

void TurnWatch::count(std::optional<int> vote, const FrameView& frame) {
  last_try_ = frame_;
  next_try_ = frame_ + kApart;
  if (vote == 0) {
    upright_ = true;
    ++confirmed_;
    confirmed_at_ = frame_;
    turns_ = 0;
  } else if (vote) {
    if (turns_ == 0 || candidate_ != *vote) {
      turns_ = silent_ = 0;
      candidate_ = *vote;
      // A tracker that notices by itself is believed where it mostly had a face.
      const bool whole = !upright_ && (traits_.believes_anything || 2 * doubtful_frames_ > frame_);
      first_ = {90 * *vote, whole, frame.index, frame.timestamp_s};
    }
    if (++turns_ == kTurnedPictures) verdict_ = first_;
    return;
  } else if (turns_ > 0 && ++silent_ > kUnclearPictures) {
    turns_ = 0;
  }
  if (turns_ > 0 || (vote && confirmed_ <= kUprightPictures)) return;
  next_try_ = frame_ + pause_;
  pause_ = std::min(2 * pause_, kLongestPause);
}

}  // namespace auriga
