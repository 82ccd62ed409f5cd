// Notices when the followed face becomes another person's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "auriga/image.hpp"
#include "auriga/scene.hpp"

#include "landmarks/face_crop.hpp"
#include "media/picture.hpp"
#include "tracking/person_look.hpp"
#include "tracking/scene_cuts.hpp"
#include "tracking/tracked_face.hpp"

namespace auriga {

// PersonLooker::look, or a stand-in.
using LookAt = std::function<bool(const Picture& bgr, const TrackedFace& face, PersonLook& look)>;

// Follows a tracker of one face. As long as nothing happens the face is the same person's, however
// it looks. Who it is is asked anew after a change of the whole picture, after a loss, and when the
// face jumps; the answer is that person, somebody shown before, or somebody new:
// - after a sudden change of the picture within 8 frames. It is the same person when it looks much
//   like it, and still more so where the picture stands still: there is no expression to excuse a
//   difference. A look that is beyond doubt decides at once;
// - otherwise, where one would expect the same person, within 15 frames, and only when none of
//   them looks like that person though it faces the same way.
// Until there is an answer it is the person of before. Where no time passes from frame to frame, as
// in a folder of pictures, nobody is parted. Results depend on nothing but the frames so
// far.
//
// Not thread-safe. Keeps up to 8 looks of each of the last 32 persons; 0.2 MB per person.
class PersonWatch {
 public:
  explicit PersonWatch(LookAt look) : look_at_(std::move(look)) {}

  // The next frame, `bgr` with 3 channels, with what it says of the scene and the followed face.
  // The person, counted from 0 in the order of appearance; that of before where face.success is
  // false.
  int follow(const Picture& bgr, std::int64_t frame, double timestamp_s,
             const SceneCuts::Change& change, const TrackedFace& face);

  // Changes so far, the first 1000 listed.
  const std::vector<PersonChange>& changes() const { return changes_; }
  std::int64_t change_count() const { return change_count_; }
  // Pictures without time between them, most of which show somebody else than the one before.
  bool saw_portraits() const;

 private:
  struct Person {
    int id = 0;
    std::vector<PersonLook> looks;
    std::size_t next_look = 0;  // the one that is replaced next
    std::int64_t seen_at = 0;
  };
  // How a face in question compares to somebody.
  struct Comparison {
    float last = 0, sum = 0, best = 0;
    float mean(int frames) const { return sum / static_cast<float>(frames); }
  };
  struct Question {
    bool cut = false;   // the whole picture has changed
    float perhaps = 0;  // least likeness that speaks for the same person, without a cut
    int frames = 0;     // with the face, so far
    int facing = 0;     // of them, in which it faces as in a look of the present person
    int still = 0;      // of them, in which nothing moved
    std::vector<Comparison> persons;
  };
  enum class Answer { none, same, other, stranger };

  void compare_pictures(const Picture& bgr, const TrackedFace& face);
  bool has_jumped(const Landmarks& landmarks) const;
  void compare(bool still);
  Answer answer(bool by_detection);
  Answer answer_after_cut(bool by_detection);
  Answer answer_in_scene();
  void learn(std::int64_t frame);
  void keep(Person& person);
  void become(std::size_t person, std::int64_t frame, double timestamp_s);

  LookAt look_at_;
  PersonLook look_;     // of this frame
  PersonLook picture_;  // the one before, where no time passes between them
  std::vector<Person> persons_;
  std::size_t present_ = 0;  // in persons_
  std::size_t other_ = 0;    // Answer::other
  int next_id_ = 0;
  bool cut_ = false, moved_ = false;  // since the face was last seen
  int lost_for_ = 0;                  // frames
  bool asking_ = false;
  Question question_;
  SubpixelSquare square_;  // of the face when last seen
  int frames_seen_ = 0;    // of the present person, in a row
  double timestamp_s_ = -1;
  bool timeless_ = false;          // no time has passed since the frame before
  int pictures_ = 0, unlike_ = 0;  // without time between them; unlike the one before
  std::vector<PersonChange> changes_;
  std::int64_t change_count_ = 0;
};

}  // namespace auriga
