#include "tracking/person_watch.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/same_math.hpp"
#include "tracking/face_memory.hpp"
#include "tracking/face_square.hpp"

namespace auriga {
namespace {

constexpr std::size_t kMostPersons = 32, kMostLooks = 8;
constexpr std::size_t kMostListed = 1000;

// Of likeness(). After a cut: what is beyond doubt, either way; what is enough on average over the
// frames in which it is asked, where the face moves and where it stands still.
constexpr float kSurely = 1.52f, kSurelyNot = 0.9f;
constexpr float kAlike = 1.25f, kAlikeStill = 1.5f;
// The same for somebody else shown before, who must also be more alike than the present person.
constexpr float kKnown = 1.15f, kKnownStill = 1.5f, kMoreAlike = 0.08f;
// Without a cut the best of several frames counts.
constexpr float kPerhaps = 0.7f, kPerhapsAfterLoss = 0.95f;
constexpr int kLongLost = 30;  // frames
constexpr float kKnownInScene = 1.2f, kMoreAlikeInScene = 0.2f;

constexpr float kFacing = 0.25f;  // rad, between looks that can be compared
constexpr int kFramesNot = 3, kFramesAfterCut = 8, kFramesInScene = 15, kFacingInScene = 8;
constexpr int kPatience = 45;  // frames in which it never faces as before

// A look is kept when it is of another side or unlike those that are there.
constexpr float kOtherSide = 0.15f;  // rad
constexpr float kOtherLook = 1.35f;
constexpr int kLearnOften = 10, kOften = 60, kLearnSeldom = 30;  // frames

// Between two frames: how far the centre of the face gets, in its sides, and how its size changes.
constexpr float kJump = 0.5f, kResized = 0.6f;

// Of the faces of two pictures without time between them: less alike, they are of two people; of so
// many in ten pictures it takes.
constexpr float kUnlikeFaces = 0.8f;
constexpr int kMostOfTen = 6;
constexpr int kFewPictures = 3;

}  // namespace

int PersonWatch::follow(const Picture& bgr, std::int64_t frame, double timestamp_s,
                        const SceneCuts::Change& change, const TrackedFace& face) {
  timeless_ = timestamp_s == std::exchange(timestamp_s_, timestamp_s);
  cut_ = cut_ || change.cut;
  moved_ = moved_ || change.moved;
  if (!face.success) ++lost_for_;
  const auto id = [&] { return persons_.empty() ? 0 : persons_[present_].id; };
  if (!face.success) return id();

  if (persons_.empty()) {
    cut_ = moved_ = false;
    lost_for_ = 0;
    if (!look_at_(bgr, face, look_)) return 0;
    persons_.push_back({.id = next_id_++, .looks = {look_}, .seen_at = frame});
    square_ = face_square(face.landmarks);
    picture_ = look_;
    return id();
  }
  if (timeless_) {
    compare_pictures(bgr, face);
    return id();
  }
  if (cut_ || (!asking_ && (moved_ || lost_for_ > 0 || has_jumped(face.landmarks)))) {
    question_ = {.cut = cut_,
                 .perhaps = lost_for_ > kLongLost ? kPerhapsAfterLoss : kPerhaps,
                 .persons = std::vector<Comparison>(persons_.size())};
    asking_ = true;
    frames_seen_ = 0;
  }
  cut_ = moved_ = false;
  lost_for_ = 0;
  square_ = face_square(face.landmarks);
  ++frames_seen_;
  if (!asking_) {
    const int every = frames_seen_ < kOften ? kLearnOften : kLearnSeldom;
    if (frames_seen_ % every == 0 && look_at_(bgr, face, look_)) learn(frame);
    return id();
  }
  if (!look_at_(bgr, face, look_)) return id();
  compare(change.still);
  const Answer told = answer(face.detector_ran);
  if (told == Answer::none) return id();
  asking_ = false;
  if (told == Answer::other) become(other_, frame, timestamp_s);
  if (told == Answer::stranger) {
    if (persons_.size() == kMostPersons) {
      // The present one comes last, so that it is not the one that is forgotten.
      std::swap(persons_[present_], persons_.back());
      persons_.erase(
          std::min_element(persons_.begin(), persons_.end() - 1,
                           [](const Person& a, const Person& b) { return a.seen_at < b.seen_at; }));
      present_ = persons_.size() - 1;
    }
    persons_.push_back({.id = next_id_++});
    become(persons_.size() - 1, frame, timestamp_s);
  }
  learn(frame);
  return id();
}

bool PersonWatch::saw_portraits() const {
  return pictures_ >= kFewPictures && 10 * unlike_ > kMostOfTen * pictures_;
}

// They may be far apart in time, so that one person looks otherwise in each: nobody is parted.
void PersonWatch::compare_pictures(const Picture& bgr, const TrackedFace& face) {
  if (!look_at_(bgr, face, look_)) return;
  ++pictures_;
  if (face_likeness(picture_, look_) < kUnlikeFaces) ++unlike_;
  picture_ = look_;
}

bool PersonWatch::has_jumped(const Landmarks& landmarks) const {
  const SubpixelSquare square = face_square(landmarks);
  const float dx = square.x + square.side / 2 - square_.x - square_.side / 2;
  const float dy = square.y + square.side / 2 - square_.y - square_.side / 2;
  return same::length(dx, dy) > kJump * square_.side || size_ratio(square, square_) < kResized;
}

// The look of this frame with those of everybody.
void PersonWatch::compare(bool still) {
  ++question_.frames;
  if (still) ++question_.still;
  for (std::size_t i = 0; i < persons_.size(); ++i) {
    float best = -1;
    bool facing = false;
    for (const PersonLook& look : persons_[i].looks) {
      best = std::max(best, likeness(look, look_));
      facing = facing || turn(look, look_) < kFacing;
    }
    Comparison& comparison = question_.persons[i];
    comparison.last = best;
    comparison.sum += best;
    comparison.best = question_.frames == 1 ? best : std::max(comparison.best, best);
    if (i == present_ && facing) ++question_.facing;
  }
}

// `by_detection`: the landmarks of this frame do not depend on those of the frame before.
PersonWatch::Answer PersonWatch::answer(bool by_detection) {
  return question_.cut ? answer_after_cut(by_detection) : answer_in_scene();
}

PersonWatch::Answer PersonWatch::answer_after_cut(bool by_detection) {
  const int n = question_.frames;
  const auto mean = [&](std::size_t i) { return question_.persons[i].mean(n); };
  std::size_t best = present_;
  for (std::size_t i = 0; i < persons_.size(); ++i)
    if (mean(i) > mean(best)) best = i;
  const bool more_alike = best != present_ && mean(best) > mean(present_) + kMoreAlike;
  const bool still = 3 * question_.still >= n;
  other_ = best;

  if (n == 1) {
    if (more_alike && mean(best) >= kSurely) return Answer::other;
    if (!more_alike && mean(present_) >= kSurely) return Answer::same;
    return mean(best) < kSurelyNot && by_detection ? Answer::stranger : Answer::none;
  }
  if (n == kFramesNot && mean(best) < kSurelyNot) return Answer::stranger;
  if (n < kFramesAfterCut) return Answer::none;
  if (more_alike && mean(best) >= (still ? kKnownStill : kKnown)) return Answer::other;
  if (mean(present_) >= (still ? kAlikeStill : kAlike)) return Answer::same;
  return question_.facing > 0 || n >= kPatience ? Answer::stranger : Answer::none;
}

PersonWatch::Answer PersonWatch::answer_in_scene() {
  const int n = question_.frames;
  std::size_t best = present_;
  for (std::size_t i = 0; i < persons_.size(); ++i)
    if (question_.persons[i].best > question_.persons[best].best) best = i;
  const float alike = question_.persons[present_].best;
  other_ = best;
  if (n < kFramesAfterCut) return Answer::none;
  if (best != present_ && question_.persons[best].best >= kKnownInScene &&
      question_.persons[best].best > alike + kMoreAlikeInScene)
    return Answer::other;
  if (alike >= question_.perhaps || n >= kPatience) return Answer::same;
  return n >= kFramesInScene && question_.facing >= kFacingInScene ? Answer::stranger
                                                                   : Answer::none;
}

// The look of this frame becomes one of the present person, unless it says little of it: the face
// may be covered.
void PersonWatch::learn(std::int64_t frame) {
  Person& person = persons_[present_];
  person.seen_at = frame;
  bool is_new = true, is_alike = person.looks.empty();
  for (const PersonLook& look : person.looks) {
    const float alike = likeness(look, look_);
    is_alike = is_alike || alike >= kPerhaps;
    if (turn(look, look_) <= kOtherSide && alike >= kOtherLook) is_new = false;
  }
  if (is_new && is_alike) keep(person);
}

// The first look stays: it is the one that cannot have drifted.
void PersonWatch::keep(Person& person) {
  if (person.looks.size() < kMostLooks) {
    person.looks.push_back(look_);
    return;
  }
  person.looks[1 + person.next_look] = look_;
  person.next_look = (person.next_look + 1) % (kMostLooks - 1);
}

void PersonWatch::become(std::size_t person, std::int64_t frame, double timestamp_s) {
  ++change_count_;
  if (changes_.size() < kMostListed)
    changes_.push_back({frame, timestamp_s, persons_[present_].id, persons_[person].id});
  present_ = person;
}

}  // namespace auriga
