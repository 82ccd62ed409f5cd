#include "tracking/turn_watch.hpp"

#include <array>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "media/orientation.hpp"

namespace auriga {
namespace {

constexpr float kDegree = std::numbers::pi_v<float> / 180;

// Sees in each of the four turns of a picture what it is told. A white corner says which it is.
class ScriptedProbe : public PictureProbe {
 public:
  struct Seen {
    float score = 0;     // 0: nobody
    float roll_deg = 0;  // of the eyes
  };
  std::array<Seen, 4> seen;  // by quarter turns clockwise
  bool face = true;          // what roll() says
  Traits told{.least_score = 0.85f, .believes_anything = true};
  std::string calls;  // quarter turns that detect() saw, r: roll()

  Traits traits() const override { return told; }
  std::span<const FaceBox> detect(ImageView bgr) override {
    turn_ = turn_of(bgr);
    calls += static_cast<char>('0' + turn_);
    const Seen& one = seen[static_cast<std::size_t>(turn_)];
    const float roll = one.roll_deg * kDegree;
    box_ = {20, 20, 40, 40, one.score, {}};
    if (told.has_points)
      box_.points = {Point2{20, 30}, Point2{20 + 40 * std::cos(roll), 30 + 40 * std::sin(roll)}};
    return {&box_, one.score > 0 ? std::size_t{1} : std::size_t{0}};
  }
  std::optional<float> roll(ImageView bgr, const FaceBox&, StageClock&) override {
    calls += 'r';
    EXPECT_EQ(turn_of(bgr), turn_of(bgr));
    if (!face) return {};
    return seen[static_cast<std::size_t>(turn_of(bgr))].roll_deg * kDegree;
  }

 private:
  static int turn_of(ImageView bgr) {
    const int w = bgr.width - 1, h = bgr.height - 1;
    if (bgr.row(0)[0] > 0) return 0;
    if (bgr.row(0)[3 * w] > 0) return 1;
    if (bgr.row(h)[3 * w] > 0) return 2;
    return 3;
  }
  int turn_ = 0;
  FaceBox box_;
};

class TurnWatchTest : public testing::Test {
 protected:
  // Eyes as a detector and a mesh see them where the face is upright after so many quarter turns:
  // at right angles on the sides, and upside down a mouth for eyes.
  void upright_after(int turns, float tilt_deg = 0) {
    for (int r = 0; r < 4; ++r) {
      const int from_upright = (r - turns + 4) % 4;
      probe_.seen[static_cast<std::size_t>(r)] =
          std::array<ScriptedProbe::Seen, 4>{{{0.95f, tilt_deg},
                                              {0.8f, 90 + tilt_deg},
                                              {0.7f, tilt_deg},
                                              {0.8f, -90 + tilt_deg}}}[from_upright];
    }
  }
  // Frames with a face that is followed with that roll, or nobody.
  void frames(int count, bool followed = true, float roll_deg = 0) {
    Image picture(64, 48, 3);
    std::fill_n(picture.data(), picture.size_bytes(), std::uint8_t{0});
    picture.row(0)[0] = 255;
    TrackedFace face;
    face.success = followed;
    face.landmarks.x[45] = std::cos(roll_deg * kDegree);
    face.landmarks.y[45] = std::sin(roll_deg * kDegree);
    if (!watch_) watch_.emplace(probe_);
    for (int i = 0; i < count; ++i, ++frame_)
      watch_->see({frame_, 0.04 * static_cast<double>(frame_), picture}, picture, {&face, 1},
                  clock_);
  }
  int verdict() const { return watch_->verdict() ? watch_->verdict()->degrees : 0; }

  ScriptedProbe probe_;
  std::optional<TurnWatch> watch_;
  std::int64_t frame_ = 0;
  StageClock clock_;
};

TEST_F(TurnWatchTest, AnUprightVideoIsTriedTwiceAndOnlyUpsideDown) {
  upright_after(0);
  frames(1000);
  EXPECT_EQ(probe_.calls, "0202");
  EXPECT_EQ(verdict(), 0);
}

TEST_F(TurnWatchTest, EachTurnIsFound) {
  for (const int turns : {1, 2, 3}) {
    watch_.reset();
    frame_ = 0;
    probe_.calls.clear();
    upright_after(turns);
    frames(8);
    EXPECT_EQ(verdict(), 0) << "four pictures are not enough";
    frames(1);
    ASSERT_EQ(verdict(), 90 * turns);
    EXPECT_TRUE(watch_->verdict()->whole);
    EXPECT_EQ(watch_->verdict()->frame, 0);
    EXPECT_EQ(probe_.calls, "0213r0213r0213r0213r0213r");
    frames(100, false);
    EXPECT_EQ(probe_.calls.size(), 25u) << "a verdict is final";
  }
}

// Law: a head that is tilted by up to 45 degrees turns nothing.
TEST_F(TurnWatchTest, TiltedHeadsAreUpright) {
  for (int tilt = -45; tilt <= 45; tilt += 5) {
    watch_.reset();
    upright_after(0, static_cast<float>(tilt));
    probe_.seen[1].score = probe_.seen[3].score = 0.96f;  // as sure on a side
    frames(300, true, static_cast<float>(tilt));
    EXPECT_EQ(verdict(), 0) << tilt;
  }
}

TEST_F(TurnWatchTest, EvidenceHasToBeClear) {
  const auto verdict_of = [&](const auto& change) {
    watch_.reset();
    upright_after(2);
    probe_.face = true;
    change();
    frames(600, false);
    return verdict();
  };
  EXPECT_EQ(verdict_of([] {}), 180);
  EXPECT_EQ(verdict_of([&] { probe_.seen[2].score = 0.82f; }), 0) << "hardly a face";
  EXPECT_EQ(verdict_of([&] { probe_.seen[0].score = 0.93f; }), 0) << "one as good as the other";
  EXPECT_EQ(verdict_of([&] { probe_.seen[2].roll_deg = 35; }), 0) << "not level";
  EXPECT_EQ(verdict_of([&] { probe_.seen[1].roll_deg = probe_.seen[3].roll_deg = 0; }), 0)
      << "eyes that do not turn";
  EXPECT_EQ(verdict_of([&] { probe_.seen[3].score = 0; }), 180) << "one side is enough";
  EXPECT_EQ(verdict_of([&] { probe_.face = false; }), 0) << "landmarks deny it";
  EXPECT_EQ(verdict_of([&] {
              for (auto& seen : probe_.seen) seen.score = 0;
            }),
            0);
}

TEST_F(TurnWatchTest, AnUprightPictureBeginsItAnew) {
  upright_after(2);
  frames(7);
  upright_after(0);
  frames(2);
  upright_after(2);
  frames(9);
  EXPECT_EQ(verdict(), 0);
  frames(1);
  ASSERT_EQ(verdict(), 180);
  EXPECT_FALSE(watch_->verdict()->whole);
  EXPECT_EQ(watch_->verdict()->frame, 10);
}

// Whoever is found again after a loss may be upside down.
TEST_F(TurnWatchTest, AFaceThatComesBackIsTried) {
  upright_after(0);
  frames(100);
  frames(10, false);
  probe_.calls.clear();
  frames(50);
  EXPECT_EQ(probe_.calls, "0202");
  frames(100, false);
  upright_after(2);
  frames(12);
  ASSERT_EQ(verdict(), 180);
  EXPECT_FALSE(watch_->verdict()->whole);
  EXPECT_GE(watch_->verdict()->frame, 260);
}

// Law: an hour without a face costs some hundred tries.
TEST_F(TurnWatchTest, NobodyIsTriedForLessAndLessOften) {
  frames(108000, false);
  EXPECT_GT(probe_.calls.size(), 4 * 400u);
  EXPECT_LT(probe_.calls.size(), 4 * 440u);
  EXPECT_EQ(verdict(), 0);
  upright_after(1);  // and somebody comes at last
  frames(300, true);
  ASSERT_EQ(verdict(), 90);
  EXPECT_TRUE(watch_->verdict()->whole);
  EXPECT_GE(watch_->verdict()->frame, 108000);
}

TEST_F(TurnWatchTest, ATrackerThatNoticesItselfIsBelieved) {
  probe_.told.believes_anything = false;
  upright_after(2);
  frames(100);
  EXPECT_EQ(probe_.calls, "") << "a face that is followed without doubt";
  for (int i = 0; i < 50; ++i) {  // now and then a frame is lost
    frames(1, false);
    frames(19);
  }
  EXPECT_EQ(probe_.calls, "");
  frames(12, false);
  EXPECT_EQ(verdict(), 180);
  EXPECT_FALSE(watch_->verdict()->whole) << "it had a face for long";

  watch_.reset();  // a face that is lost in every fifth frame
  for (int i = 0; i < 30; ++i) {
    frames(1, false);
    frames(4);
  }
  EXPECT_EQ(verdict(), 180);
}

TEST_F(TurnWatchTest, AHeadOnItsSideIsDoubted) {
  probe_.told.believes_anything = false;
  upright_after(3);
  frames(20, true, -89);
  EXPECT_EQ(verdict(), 270);
}

TEST_F(TurnWatchTest, ADetectorWithoutPointsIsCheckedByLandmarks) {
  probe_.told = {.least_score = 0.99f, .has_points = false};
  for (auto& seen : probe_.seen) seen = {0.9f, 0};
  probe_.seen[2].score = 0.999f;
  frames(20, false);
  EXPECT_EQ(verdict(), 180);
  watch_.reset();
  probe_.face = false;
  frames(20, false);
  EXPECT_EQ(verdict(), 0);
}

// Law: a large picture is tried as a smaller one, a picture without pixels not at all.
TEST_F(TurnWatchTest, PicturesMayHaveAnySize) {
  upright_after(2);
  watch_.emplace(probe_);
  TrackedFace face;
  face.success = true;
  face.landmarks.x[45] = 1;
  Image large(4000, 60, 3);
  std::fill_n(large.data(), large.size_bytes(), std::uint8_t{0});
  for (int y = 0; y < 3; ++y) std::fill_n(large.row(y), 9, std::uint8_t{255});
  for (int i = 0; i < 9; ++i) watch_->see({i, 0, large}, large, {&face, 1}, clock_);
  EXPECT_EQ(verdict(), 180);
  watch_.emplace(probe_);
  probe_.calls.clear();
  for (int i = 0; i < 9; ++i) watch_->see({i, 0, {}}, ImageView(), {&face, 1}, clock_);
  EXPECT_EQ(probe_.calls, "");
}

}  // namespace
}  // namespace auriga
