// Finds where one scene ends and another begins, from a few grey levels of each frame.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "auriga/image.hpp"
#include "auriga/scene.hpp"

#include "media/picture.hpp"

namespace auriga {

// A frame differs from the one before by the share of the cells of a coarse grid whose level has
// changed, after what changes all of them alike (light, contrast, exposure) and what moves the
// whole picture (a camera that turns) has been taken away. A hard cut is a frame in which that
// share is higher by kCut than in the three before and the two after it (by half of that where
// nothing moved before), and after which the picture does not return: motion, and pictures far
// apart in time, differ all along; a flash returns. Black and other flat frames count for nothing,
// so that fades are no cuts, nor is a dissolve.
//
// Not thread-safe. About 0.03 ms per frame whatever its size; allocates only when cuts are found.
class SceneCuts {
 public:
  static constexpr float kCut = 0.24f;
  static constexpr std::size_t kMostListed = 1000;  // as SceneFacts says

  // What a frame says at once, before it is known whether it is a hard cut.
  struct Change {
    bool cut = false;    // another picture all at once, as after a hard cut
    bool moved = false;  // so much, at once or little by little, that it may show somebody else
    float share = 0;     // of the cells that have changed since the frame before
    bool still = false;  // nothing moves: the same picture again
  };

  // The next frame: `bgr` has 3 channels and any size; an empty one counts for nothing.
  Change add(const Picture& bgr, std::int64_t frame, double timestamp_s);
  // There are no more frames.
  void finish();

  // Known a few frames later, and completely after finish(): the first kMostListed.
  const std::vector<SceneCut>& cuts() const { return cuts_; }
  std::int64_t count() const { return count_; }

 private:
  static constexpr int kColumns = 32, kRows = 24;
  using Levels = std::array<int, kColumns * kRows>;  // of the sum of four pixels
  struct Shift {
    int columns = 0, rows = 0;
  };
  struct Candidate {
    SceneCut cut;
    Levels before;
    float most_after = 0;  // change of the next frames, or else it is motion that goes on
    int frames_after = 0;
  };

  bool read(const Picture& bgr, Levels& levels);
  static Shift best_shift(const Levels& from, const Levels& to);
  static float share_changed(const Levels& from, const Levels& to, const Shift& shift);
  void doubt_candidates(float change);
  void accept(const Candidate& candidate);

  Levels last_{}, reference_{}, now_{};
  Image pixels_;  // that are read
  bool any_ = false;
  std::array<float, 3> recent_{};  // changes of the last frames
  int since_reference_ = 0;        // frames
  int still_for_ = 0;              // frames
  std::vector<Candidate> candidates_;
  std::vector<SceneCut> cuts_;
  std::int64_t count_ = 0;
};

}  // namespace auriga
