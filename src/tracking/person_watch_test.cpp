#include "tracking/person_watch.hpp"

#include <cmath>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace auriga {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Somebody's look: likeness with others is about 0, with their own looks 1.7 unless they look
// otherwise (`mood`), which takes it down to `alike`.
PersonLook look_of(unsigned who, double alike = 1.7, unsigned mood = 0, float yaw_rad = 0) {
  constexpr std::size_t kFeatures = 512, kPlaces = 600;
  const double share = alike / 1.7;
  const auto mixed = [&](std::size_t n, unsigned seed) {
    std::mt19937 own(seed + who), other(seed + 1000 * mood + 77 * who);
    std::normal_distribution<double> normal;
    std::vector<float> values(n);
    for (float& value : values)
      value =
          static_cast<float>(share * normal(own) + std::sqrt(1 - share * share) * normal(other));
    return values;
  };
  PersonLook look;
  look.face = mixed(kFeatures, 100);
  double squares = 0;
  for (const float value : look.face) squares += static_cast<double>(value * value);
  for (float& value : look.face) value /= static_cast<float>(std::sqrt(squares));
  look.around = mixed(kPlaces, 5000);
  for (float& value : look.around) value = 128 + 20 * value;
  look.yaw_rad = yaw_rad;
  return look;
}

class PersonWatchTest : public testing::Test {
 protected:
  PersonWatchTest()
      : watch_([this](ImageView, const TrackedFace&, PersonLook& look) {
          look = now_;
          ++looks_;
          return true;
        }) {
    for (std::size_t i = 0; i < kLandmarks; ++i) {
      face_.landmarks.x[i] = static_cast<float>(100 + 10 * (i % 9));
      face_.landmarks.y[i] = static_cast<float>(100 + 12 * (i / 9));
    }
    face_.success = true;
  }

  // The next frames; what happens does so in the first. The persons.
  std::string frames(int count, const SceneCuts::Change& change = {}) {
    std::string ids;
    for (int i = 0; i < count; ++i) {
      SceneCuts::Change here = i == 0 ? change : SceneCuts::Change{};
      here.still = change.still;
      ids += std::to_string(watch_.follow(
          ImageView{}, frame_, timeless_ ? 0 : static_cast<double>(frame_) / 30, here, face_));
      ++frame_;
    }
    return ids;
  }
  std::string lost(int count) {
    face_.success = false;
    std::string ids = frames(count);
    face_.success = true;
    return ids;
  }
  static constexpr SceneCuts::Change kCut{.cut = true, .moved = true};

  PersonLook now_ = look_of(1);
  TrackedFace face_;
  bool timeless_ = false;
  int looks_ = 0;
  std::int64_t frame_ = 0;
  PersonWatch watch_;
};

TEST_F(PersonWatchTest, SomebodyElseAfterACutIsAnotherPerson) {
  EXPECT_EQ(frames(10), "0000000000");
  now_ = look_of(2);
  EXPECT_EQ(frames(5, kCut), "00111") << "the landmarks may be on their way";
  now_ = look_of(3);
  face_.detector_ran = true;
  EXPECT_EQ(frames(3, kCut), "222") << "they are where the detector says";
  EXPECT_EQ(watch_.change_count(), 2);
  ASSERT_EQ(watch_.changes().size(), 2u);
  EXPECT_EQ(watch_.changes()[0].frame, 12);
  EXPECT_EQ(watch_.changes()[0].timestamp_s, 12 / 30.0);
  EXPECT_EQ(watch_.changes()[1].from, 1);
  EXPECT_EQ(watch_.changes()[1].to, 2);
}

TEST_F(PersonWatchTest, WhoComesBackIsTheOneOfBefore) {
  frames(10);
  now_ = look_of(2);
  frames(10, kCut);
  now_ = look_of(1);
  EXPECT_EQ(frames(3, kCut), "000");
  now_ = look_of(2, 1.3, 7);
  EXPECT_EQ(frames(9, kCut), "000000011") << "not beyond doubt at once";
  now_ = look_of(3);
  EXPECT_EQ(frames(4, kCut), "1122");
}

TEST_F(PersonWatchTest, TheSamePersonAfterACutStays) {
  frames(10);
  EXPECT_EQ(frames(12, kCut), "000000000000");
  now_ = look_of(1, 1.4, 3);
  EXPECT_EQ(frames(12, kCut), "000000000000");
  EXPECT_EQ(watch_.change_count(), 0);
}

// In a picture that stands still there is no expression that excuses the difference.
TEST_F(PersonWatchTest, StandingStillMakesItStricter) {
  frames(10);
  now_ = look_of(1, 1.4, 3);
  EXPECT_EQ(frames(9, {.cut = true, .moved = true, .still = true}), "000000011");
}

TEST_F(PersonWatchTest, WithoutAReasonNobodyBecomesSomebodyElse) {
  frames(10);
  now_ = look_of(1, 0.2, 4);  // covered, an expression, another light
  for (const char zero : frames(100)) EXPECT_EQ(zero, '0');
  now_ = look_of(1);
  lost(5);
  EXPECT_EQ(frames(20), std::string(20, '0'));
  now_ = look_of(1, 1.0, 5);
  EXPECT_EQ(frames(20, {.moved = true}), std::string(20, '0'));
}

TEST_F(PersonWatchTest, SomebodyElseAfterALossIsKnownByManyFrames) {
  frames(10);
  EXPECT_EQ(lost(3), "000");
  now_ = look_of(2);
  EXPECT_EQ(frames(16), std::string(14, '0') + "11");
  lost(40);
  now_ = look_of(1);
  EXPECT_EQ(frames(9), "111111100");
}

TEST_F(PersonWatchTest, AJumpOfTheFaceIsAReason) {
  frames(10);
  now_ = look_of(2);
  for (float& x : face_.landmarks.x) x += 200;
  EXPECT_EQ(frames(16), std::string(14, '0') + "11");
}

TEST_F(PersonWatchTest, WhoFacesElsewhereIsNotJudgedByIt) {
  frames(10);
  lost(3);
  now_ = look_of(1, 0.3, 6, 0.8f);
  EXPECT_EQ(frames(100), std::string(100, '0'));
}

TEST_F(PersonWatchTest, AnotherCutAsksAnew) {
  frames(10);
  now_ = look_of(2);
  frames(2, kCut);
  now_ = look_of(1);
  EXPECT_EQ(frames(10, kCut), std::string(10, '0'));
}

TEST_F(PersonWatchTest, PicturesOfOthersAreKnownAsPortraits) {
  timeless_ = true;
  std::string ids;
  for (unsigned who = 1; who <= 4; ++who) {
    now_ = look_of(who);
    ids += frames(1, who > 1 ? kCut : SceneCuts::Change{});
    EXPECT_EQ(watch_.saw_portraits(), who == 4);
  }
  EXPECT_EQ(ids, "0000") << "they may be of one person, far apart in time";
}

TEST_F(PersonWatchTest, PicturesOfOnePersonAreNone) {
  timeless_ = true;
  for (int i = 0; i < 20; ++i) frames(1, i % 3 == 1 ? kCut : SceneCuts::Change{});
  EXPECT_FALSE(watch_.saw_portraits());
  EXPECT_EQ(watch_.change_count(), 0);
}

TEST_F(PersonWatchTest, ManyPeopleAreManyAndTheLastAreRemembered) {
  face_.detector_ran = true;
  for (unsigned who = 1; who <= 100; ++who) {
    now_ = look_of(who);
    EXPECT_EQ(frames(1, who > 1 ? kCut : SceneCuts::Change{}), std::to_string(who - 1));
  }
  now_ = look_of(80);
  EXPECT_EQ(frames(1, kCut), "79");
  now_ = look_of(1);
  EXPECT_EQ(frames(1, kCut), "100") << "forgotten";
}

// Looks cost a millisecond.
TEST_F(PersonWatchTest, LooksSeldomWhileNothingHappens) {
  frames(600);
  EXPECT_LT(looks_, 30);
}

}  // namespace
}  // namespace auriga
