#include "tracking/multi_face.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>

#include "auriga/error.hpp"

#include "tracking/openface_tracker.hpp"

namespace auriga {
namespace {

constexpr std::int64_t kLookEvery = 8;  // frames
constexpr int kMostFailures = 5;        // in a row
constexpr std::size_t kMostGone = 32;   // people who are remembered

// How far from where it was last followed a lost face may be, in sides of its square: at once,
// because trackers do not notice at once that the face is elsewhere, and per frame, which at 30
// frames per second is somebody walking fast.
constexpr float kReach = 1;
constexpr float kReachPerFrame = 0.3f;

// For so many frames a face within reach of somebody lost is that person unless it looks otherwise:
// long enough to be left and to be found by the second detection after that.
constexpr std::int64_t kMoment = kMostFailures + 1 + 2 * kLookEvery;
constexpr std::int64_t kLongest = 1000000;  // frames; the reach is unlimited long before
constexpr float kOtherPerson = 0.4f;        // correlation below which it does
constexpr float kMomentSize = 0.5f;  // of the smaller side to the larger, below which it does

// What the place counts beside the looks: a face at the end of the reach must look more alike by
// this correlation than one that has not moved.
constexpr float kPlaceWeight = 0.2f;

// Trackers that are told where to begin need no detector of their own.
std::span<const FaceBox> nobody(ImageView) { return {}; }

class OpenFaceFollower : public FollowedFace {
 public:
  OpenFaceFollower(std::shared_ptr<const ClmModel> model, Validator* validator,
                   OpenFaceOptions options)
      : tracker_(std::move(model), validator, nobody, without_detector(options)) {}

  const TrackedFace& begin(const Picture& bgr, const FaceBox& box, StageClock& clock) override {
    tracker_.reset();
    return tracker_.next_in_box(bgr, box, clock).front();
  }
  const TrackedFace& follow(const Picture& bgr, const FaceFinder&, StageClock& clock) override {
    return tracker_.next(bgr, clock).front();
  }

 private:
  static OpenFaceOptions without_detector(OpenFaceOptions options) {
    options.reinit_every = -1;
    return options;
  }

  OpenFaceTracker tracker_;
};

void check_count(int most_faces) {
  if (most_faces < 1 || most_faces > kMostFaces) {
    throw Error(ErrorCode::usage, "faces to follow at a time: expected 1 to " +
                                      std::to_string(kMostFaces) + ", found " +
                                      std::to_string(most_faces));
  }
}

}  // namespace

MultiFaceTracker::MultiFaceTracker(std::vector<std::unique_ptr<FollowedFace>> trackers,
                                   FaceFinder find, const ShapeModel& model)
    : places_(trackers.size()), find_(std::move(find)), sampler_(model) {
  for (std::size_t i = 0; i < trackers.size(); ++i) places_[i].tracker = std::move(trackers[i]);
}

std::span<const TrackedFace> MultiFaceTracker::next(const Picture& bgr, StageClock& clock) {
  asked_ = false;
  const FrameSketch before = std::exchange(sketch_, sketch(bgr, pixels_));
  if (correlation(sketch_, before) < kSameScene) scene_begin_ = frame_;
  const bool places_lost = notice_size(bgr);
  for (Place& place : places_) {
    if (!place.taken) continue;
    if (place.failures > kMostFailures) {
      leave(place);
      continue;
    }
    const FaceFinder free = [this, &place](ImageView frame) { return free_faces(frame, place); };
    note(bgr, place, place.tracker->follow(bgr, free, clock));
  }
  if (places_lost || frame_ % kLookEvery == 0) look_for_more(bgr, clock);
  separate();
  identify();
  ++frame_;

  faces_.clear();
  for (const Place& place : places_) {
    if (!place.taken || place.person.id < 0) continue;
    TrackedFace& face = faces_.emplace_back(place.face);
    face.id = place.person.id;
    face.detector_ran = asked_;
    face.detections = asked_ ? static_cast<int>(detections_.size()) : 0;
  }
  std::sort(faces_.begin(), faces_.end(),
            [](const TrackedFace& a, const TrackedFace& b) { return a.id < b.id; });
  return faces_;
}

// True when places of before mean nothing any more: then all faces have been left.
bool MultiFaceTracker::notice_size(const Picture& bgr) {
  if (bgr.empty()) return false;
  const FrameSize::Change change = size_.next(bgr.size());
  if (change == FrameSize::Change::none) return false;
  if (change == FrameSize::Change::scaled) {
    const PixelScale& scale = size_.scale();
    for (Place& place : places_) {
      const Point2 first = scale.at(place.box.left, place.box.top),
                   last = scale.at(place.box.right, place.box.bottom);
      place.box = {first.x, first.y, last.x, last.y};
      place.person.memory.rescale(scale);
    }
    for (Person& person : gone_) person.memory.rescale(scale);
    return false;
  }
  for (Place& place : places_)
    if (place.taken) leave(place);
  scene_begin_ = frame_;
  return true;
}

std::span<const FaceBox> MultiFaceTracker::detections(const Picture& bgr) {
  if (!std::exchange(asked_, true)) {
    const std::span<const FaceBox> found = find_(bgr.whole());
    detections_.assign(found.begin(), found.end());
  }
  return detections_;
}

std::span<const FaceBox> MultiFaceTracker::free_faces(const Picture& bgr, const Place& asking) {
  free_.clear();
  for (const FaceBox& box : detections(bgr)) {
    const bool on_another =
        !on_one_face(box_of(box), asking.box) &&
        std::any_of(places_.begin(), places_.end(), [&](const Place& place) {
          return &place != &asking && place.taken && on_one_face(box_of(box), place.box);
        });
    if (!on_another) free_.push_back(box);
  }
  return free_;
}

void MultiFaceTracker::look_for_more(const Picture& bgr, StageClock& clock) {
  const auto is_free = [](const Place& place) { return !place.taken; };
  if (std::none_of(places_.begin(), places_.end(), is_free)) return;
  for (const FaceBox& box : clock.time(Stage::detect, [&] { return detections(bgr); })) {
    const auto place = std::find_if(places_.begin(), places_.end(), is_free);
    if (place == places_.end()) return;
    if (std::any_of(places_.begin(), places_.end(), [&](const Place& other) {
          return other.taken && on_one_face(box_of(box), other.box);
        }))
      continue;
    place->taken = true;
    place->failures = 0;
    place->person.id = -1;
    place->person.memory.clear();
    place->box = box_of(box);
    note(bgr, *place, place->tracker->begin(bgr, box, clock));
  }
}

void MultiFaceTracker::note(const Picture& bgr, Place& place, const TrackedFace& face) {
  place.face = face;
  place.failures = face.success ? 0 : place.failures + 1;
  if (!face.success) return;
  place.box = box_of(face.landmarks);
  place.view.landmarks = face.landmarks;
  sampler_.sample(bgr, face.landmarks, place.view.patch);
  if (place.person.id < 0) return;
  place.person.memory.follow(place.view);
  remember(place);
}

void MultiFaceTracker::remember(Place& place) {
  place.person.seen_at = frame_;
  if (detected(place)) place.person.memory.confirm(place.view);
}

bool MultiFaceTracker::detected(const Place& place) const {
  return asked_ && std::any_of(detections_.begin(), detections_.end(), [&](const FaceBox& box) {
           return on_one_face(box_of(box), place.box);
         });
}

// Says who the new faces are: the pair of a face and somebody missing that goes together best, then
// the best pair of the rest, and so on; who is left over is somebody new.
void MultiFaceTracker::identify() {
  const auto is_new = [](const Place& place) {
    return place.taken && place.failures == 0 && place.person.id < 0;
  };
  for (;;) {
    Place* face = nullptr;
    Person* same = nullptr;
    float best = 0;
    for (Place& place : places_) {
      if (!is_new(place)) continue;
      const auto compare = [&](Person& person) {
        const float evidence = match(person, place.view);
        if (evidence > best) best = evidence, face = &place, same = &person;
      };
      for (Person& person : gone_) compare(person);
      for (Place& other : places_)
        if (other.taken && other.failures > 0 && other.person.id >= 0 && !detected(other))
          compare(other.person);
    }
    if (face == nullptr) break;
    std::swap(face->person, *same);
    face->person.memory.resume(face->view);
    remember(*face);
    for (Place& other : places_)
      if (&other.person == same) other.taken = false;
    std::erase_if(gone_, [](const Person& person) { return person.id < 0; });
  }
  strangers_.clear();
  for (Place& place : places_)
    if (is_new(place)) strangers_.push_back(&place);
  sort_for_reading();
  for (Place* place : strangers_) {
    place->person.id = next_id_++;
    place->person.memory.restart(place->view);
    remember(*place);
  }
}

// Line by line, a line being the faces that are beside the topmost one, and each from left to
// right.
void MultiFaceTracker::sort_for_reading() {
  std::sort(strangers_.begin(), strangers_.end(),
            [](const Place* a, const Place* b) { return a->box.top < b->box.top; });
  for (auto line = strangers_.begin(); line != strangers_.end();) {
    const float bottom = (*line)->box.bottom;
    const auto end = std::find_if(line, strangers_.end(),
                                  [&](const Place* place) { return place->box.top >= bottom; });
    std::sort(line, end, [](const Place* a, const Place* b) { return a->box.left < b->box.left; });
    line = end;
  }
}

// How much speaks for the face in `view` being somebody who is missing; 0 when it is not.
float MultiFaceTracker::match(const Person& person, const FaceView& view) const {
  const FaceMemory& memory = person.memory;
  const float alike = memory.resemblance(view.patch);
  const bool same_scene = person.seen_at >= scene_begin_;
  const int lost_for = static_cast<int>(std::min(frame_ - person.seen_at, kLongest));
  const float way =
      memory.distance(view) / (kReach + kReachPerFrame * static_cast<float>(lost_for));
  const bool just_lost = same_scene && lost_for <= kMoment && way <= 1 &&
                         memory.size_ratio(view) >= kMomentSize && alike >= kOtherPerson;
  if (!just_lost && !memory.knows(view, lost_for, same_scene)) return 0;
  return alike - kPlaceWeight * (same_scene ? std::min(way, 1.0f) : 1.0f);
}

// Of two trackers on one face, leaves one.
void MultiFaceTracker::separate() {
  const auto rank = [](const Place& place) {  // the lower stays
    const int id = place.person.id;
    return std::pair(place.failures > 0, id < 0 ? std::numeric_limits<int>::max() : id);
  };
  for (Place& a : places_) {
    for (Place& b : places_) {
      if (&a == &b || !a.taken || !b.taken || !on_one_face(a.box, b.box)) continue;
      leave(rank(a) < rank(b) ? b : a);
    }
  }
}

void MultiFaceTracker::leave(Place& place) {
  place.taken = false;
  if (place.person.id < 0) return;
  if (gone_.size() == kMostGone) gone_.erase(gone_.begin());
  gone_.push_back(place.person);
}

MultiFaceTracker::Box MultiFaceTracker::box_of(const FaceBox& box) {
  return {box.x, box.y, box.x + box.w, box.y + box.h};
}

MultiFaceTracker::Box MultiFaceTracker::box_of(const Landmarks& landmarks) {
  const auto [left, right] = std::minmax_element(landmarks.x.begin(), landmarks.x.end());
  const auto [top, bottom] = std::minmax_element(landmarks.y.begin(), landmarks.y.end());
  return {*left, *top, *right, *bottom};
}

// OpenFace: shared / (a + b - 2 shared) > 1/2.
bool MultiFaceTracker::on_one_face(const Box& a, const Box& b) {
  const auto area = [](const Box& box) { return (box.right - box.left) * (box.bottom - box.top); };
  const float w = std::min(a.right, b.right) - std::max(a.left, b.left);
  const float h = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  return w > 0 && h > 0 && 4 * w * h > area(a) + area(b);
}

std::unique_ptr<VideoTracker> follow_faces(std::shared_ptr<const ClmModel> model,
                                           Validator* validator, FaceFinder find,
                                           const OpenFaceOptions& options, int most_faces) {
  check_count(most_faces);
  std::vector<std::unique_ptr<FollowedFace>> trackers;
  for (int i = 0; i < most_faces; ++i)
    trackers.push_back(std::make_unique<OpenFaceFollower>(model, validator, options));
  // The followers share the model, which lives as long as they do.
  return std::make_unique<MultiFaceTracker>(std::move(trackers), std::move(find), model->shape);
}

std::unique_ptr<VideoTracker> follow_faces(FaceFinder find, Landmarker& landmarker,
                                           const ShapeModel& model, const FollowerOptions& options,
                                           int most_faces) {
  check_count(most_faces);
  FollowerOptions of_one = options;
  of_one.one_person = true;
  std::vector<std::unique_ptr<FollowedFace>> trackers;
  for (int i = 0; i < most_faces; ++i)
    trackers.push_back(std::make_unique<Follower>(nobody, landmarker, of_one));
  return std::make_unique<MultiFaceTracker>(std::move(trackers), std::move(find), model);
}

}  // namespace auriga
