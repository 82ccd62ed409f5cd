// A landmarker for tests of those who use one: it sees, thinks and answers what it is told, and
// notes what it is asked.
#pragma once

#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "tracking/landmarker.hpp"

namespace auriga::test {

// A face whose landmarks fill a square of the picture, with looks that are its own: two of them
// have a correlation near 0. One and the same face in two moods has that of the cosine of their
// difference.
inline FaceView face_at(float x, float y, float side, int looks, float mood_rad = 0) {
  constexpr std::size_t kPlaces = 304;
  FaceView view;
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    view.landmarks.x[i] = x + side * static_cast<float>(i % 9) / 8;
    view.landmarks.y[i] = y + side * static_cast<float>(i / 9) / 7;
  }
  view.shape.scale = side;
  view.patch = {std::vector<float>(kPlaces), std::vector<float>(kPlaces, 1), 1};
  for (std::size_t i = 0; i < kPlaces; ++i) {
    const auto wave = [&](int n) { return std::sin(0.1f * static_cast<float>(i) * n); };
    view.patch.grey[i] = 30 * (std::cos(mood_rad) * wave(looks) + std::sin(mood_rad) * wave(15));
  }
  return view;
}

class ScriptedLandmarker : public Landmarker {
 public:
  // What look() sees, and what look_at() does of a detection, by the x of its box: nothing where
  // its size is not `side`.
  bool seen = true;
  double confidence = 0.9;
  int looks = 1;
  float mood_rad = 0;
  float side = 80;
  bool sure = true;
  float support = 0.6f;            // of look_at()
  float step = 0;                  // px to the right from look to look
  Doubt doubt;                     // of judge()
  float shared = 1;                // of overlap(): with a box whose x is 100, less by 1/100 per px
  bool realigns = false;           // realign() finds a face at (box.x, 100)
  std::optional<Verdict> verdict;  // of hear(); not set: supported and followed if there is a box
  double heard_confidence = 0.7;
  float heard_support = 0.3f;

  mutable std::string
      calls;  // l: look, a: look_at, n: next_region, m: the same with a last one,
              // j: judge, r: realign, h: hear, H: hear without a box, s: look_at_still
  mutable std::vector<Situation> situations;  // of judge()
  mutable std::vector<FaceBox> heard;         // boxes of hear()
  std::vector<FaceRegion> regions;            // of look()

  void look(const Picture&, const FaceRegion& region, FaceLook& look, StageClock&) override {
    calls += 'l';
    regions.push_back(region);
    write(region.x + step, look);
    look.seen = seen;
  }
  bool look_at(const Picture&, const FaceBox& box, const FaceMemory&, FaceLook& look,
               StageClock&) override {
    calls += 'a';
    if (box.w != side) return false;
    write(box.x, look);
    look.seen = true;
    look.sure = sure;
    look.support = support;
    return true;
  }
  bool look_at_still(const Picture&, const FaceBox& box, TrackedFace& face) override {
    calls += 's';
    if (box.w != side) return false;
    face.landmarks = face_at(box.x, 100, side, looks).landmarks;
    face.confidence = confidence;
    return true;
  }
  FaceRegion next_region(const FaceLook& look, const FaceMemory&,
                         const FaceRegion* last) const override {
    note(last != nullptr ? 'm' : 'n');
    return {look.view.landmarks.x[0], 0, 0, 0};
  }
  Doubt judge(FaceLook&, const FaceMemory&, const Situation& situation) const override {
    note('j');
    situations.push_back(situation);
    return doubt;
  }
  float overlap(const FaceBox& box, const FaceLook&) const override {
    return shared - std::abs(box.x - 100) / 100;
  }
  bool realign(const Picture&, const FaceBox& box, const FaceMemory&, const FaceLook&,
               FaceLook& other, StageClock&) override {
    calls += 'r';
    write(box.x, other);
    other.seen = realigns;
    return realigns;
  }
  Verdict hear(const FaceBox* box, const Doubt&, bool, const FaceMemory&,
               FaceLook& look) const override {
    note(box != nullptr ? 'h' : 'H');
    if (box != nullptr) heard.push_back(*box);
    look.confidence = heard_confidence;
    look.support = heard_support;
    return verdict.value_or(Verdict{box != nullptr, box != nullptr});
  }

 private:
  void write(float x, FaceLook& look) const {
    look.view = face_at(x, 100, side, looks, mood_rad);
    look.confidence = confidence;
  }
  void note(char call) const { calls += call; }
};

}  // namespace auriga::test
