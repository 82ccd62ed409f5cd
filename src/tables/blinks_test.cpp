#include "tables/blinks.hpp"

#include <cmath>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

namespace auriga {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr double kOpen = 0.3;

// Eyes 40 px wide with that aspect ratio; 80 px from corner to corner of both.
Landmarks eyes(double right, double left) {
  Landmarks points;
  for (std::size_t eye = 0; eye < 2; ++eye) {
    const std::size_t p1 = 36 + 6 * eye;
    const auto height = static_cast<float>(40 * (eye == 0 ? right : left));
    const auto x = static_cast<float>(100 + 60 * eye);
    const float xs[] = {x, x + 12, x + 28, x + 40, x + 28, x + 12};
    const float ys[] = {50, 50 - height / 2, 50 - height / 2, 50, 50 + height / 2, 50 + height / 2};
    for (std::size_t i = 0; i < 6; ++i) points.x[p1 + i] = xs[i], points.y[p1 + i] = ys[i];
  }
  return points;
}

// A lid that closes by `depth` (1: wholly) around `apex`, in `close_s`, and opens in `open_s`.
struct Lid {
  double apex, depth, close_s = 0.1, open_s = 0.2;
  double closure(double time) const {
    const double way = time < apex ? (apex - time) / close_s : (time - apex) / open_s;
    return way >= 1 ? 0 : depth * (0.5 + 0.5 * std::cos(way * 3.14159265358979));
  }
};

AuTable table(const std::vector<double>& times, const std::vector<Lid>& right,
              const std::vector<Lid>& left, double noise = 0) {
  std::mt19937 random(5);
  std::normal_distribution<double> normal;
  AuTable result;
  FaceTrack& face = result.faces.emplace_back();
  for (std::size_t i = 0; i < times.size(); ++i) {
    const auto openness = [&](const std::vector<Lid>& lids) {
      double open = 1;
      for (const Lid& lid : lids) open -= lid.closure(times[i]);
      return kOpen * open + noise * normal(random);
    };
    face.frames.push_back(static_cast<std::int64_t>(i) + 1);
    face.times.push_back(times[i]);
    face.success.push_back(1);
    face.landmarks.push_back(eyes(openness(right), openness(left)));
  }
  complete_times(result);
  return result;
}

std::vector<double> steady(double fps, double seconds) {
  std::vector<double> times;
  for (int i = 0; i < static_cast<int>(fps * seconds); ++i) times.push_back(i / fps);
  return times;
}

Blinks find(const AuTable& of, const BlinkRules& rules = {}) {
  return find_blinks(of, of.faces[0], rules);
}

TEST(EyeOpenness, IsTheAspectRatioOfEachEye) {
  const auto ear = eye_openness(eyes(0.2, 0.3), EyeMeasure::ear);
  EXPECT_NEAR(ear[0], 0.2, 1e-6);
  EXPECT_NEAR(ear[1], 0.3, 1e-6);
  EXPECT_NEAR(eye_openness(eyes(0.2, 0.3), EyeMeasure::lids)[1], 0.3 * 40 / 100, 1e-6);
  EXPECT_TRUE(std::isnan(eye_openness(Landmarks(), EyeMeasure::ear)[0]));
}

class AtRate : public ::testing::TestWithParam<double> {};

// Known lids; noise of 0.003 is some 0.1 px here.
TEST_P(AtRate, FindsKnownBlinksInBothEyes) {
  const double fps = GetParam();
  const std::vector<Lid> right = {{1.0, 0.95}, {3.0, 0.5}, {5.0, 0.9}, {8.0, 0.95}};
  std::vector<Lid> left = right;
  for (Lid& lid : left) lid.apex += 0.02;
  const Blinks blinks = find(table(steady(fps, 10), right, left, 0.003));
  ASSERT_THAT(blinks.blinks, SizeIs(4));
  EXPECT_EQ(blinks.complete, 3u);
  EXPECT_EQ(blinks.partial, 1u);
  EXPECT_EQ(blinks.one_eye, 0u);
  EXPECT_NEAR(blinks.per_minute.value(), 24, 0.5);
  const double frame = 1 / fps;
  double delay = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const Blink& blink = blinks.blinks[i];
    EXPECT_NEAR(blink.right->apex_s, right[i].apex, frame / 2 + 0.015) << i;
    // A frame may miss the apex, by so much at most.
    EXPECT_NEAR(blink.right->closure, right[i].depth, fps < 40 ? 0.15 : 0.06) << i;
    // 10 % of a cosine's way: 0.205 of its time away from the end.
    EXPECT_NEAR(blink.end_s() - blink.start_s(), 0.795 * 0.3 + 0.02, frame + 0.03) << i;
    ASSERT_TRUE(blink.delay_s);
    delay += *blink.delay_s / 4;
    ASSERT_TRUE(blink.right->closing_speed);
    EXPECT_NEAR(*blink.right->closing_speed / *blink.right->opening_speed, 2, fps < 40 ? 1.2 : 0.7);
    if (fps >= 60) {
      EXPECT_NEAR(*blink.right->closing_speed, 0.9 * right[i].depth / 0.0795,
                  0.25 * right[i].depth / 0.0795)
          << i;
    }
  }
  EXPECT_NEAR(delay, 0.02, fps < 40 ? 0.02 : 0.008);
  EXPECT_EQ(blinks.blinks[1].complete(), false);
  EXPECT_NEAR(blinks.blinks[1].interval_s.value(), 2, 0.05);
}
INSTANTIATE_TEST_SUITE_P(Cameras, AtRate, ::testing::Values(25, 30, 50, 60, 120, 240));

TEST(FindBlinks, ByTimesWhereTheRateVaries) {
  // 60, 20 and 30 frames a second in turn.
  std::vector<double> times;
  double at = 0;
  for (int i = 0; at < 12; ++i) {
    times.push_back(at);
    at += 1 / std::vector<double>{60, 20, 30}[static_cast<std::size_t>(at) % 3];
  }
  const std::vector<Lid> lids = {{0.5, 0.9}, {1.5, 0.9}, {2.5, 0.9}, {6.5, 0.9}, {10.5, 0.9}};
  const Blinks blinks = find(table(times, lids, lids));
  ASSERT_THAT(blinks.blinks, SizeIs(5));
  for (std::size_t i = 0; i < 5; ++i)
    EXPECT_NEAR(blinks.blinks[i].apex_s(), lids[i].apex, 0.026) << i;
}

TEST(FindBlinks, OfOneEye) {
  const Blinks blinks = find(table(steady(60, 5), {{1, 0.9}, {3, 0.9}}, {{3, 0.9}, {4, 0.9}}));
  ASSERT_THAT(blinks.blinks, SizeIs(3));
  EXPECT_EQ(blinks.blinks[0].eyes(), BlinkEyes::right);
  EXPECT_EQ(blinks.blinks[1].eyes(), BlinkEyes::both);
  EXPECT_EQ(blinks.blinks[2].eyes(), BlinkEyes::left);
  EXPECT_EQ(blinks.one_eye, 2u);
  EXPECT_EQ(blinks.blinks[0].delay_s, std::nullopt);
  const Blinks mirrored = find(table(steady(60, 5), {{1, 0.9}}, {}), BlinkRules{.mirrored = true});
  EXPECT_EQ(mirrored.blinks.at(0).eyes(), BlinkEyes::left);
}

TEST(FindBlinks, WhatIsNoBlink) {
  const auto times = steady(60, 10);
  EXPECT_THAT(find(table(times, {}, {}, 0.01)).blinks, IsEmpty()) << "noise";
  // Eyes closed for two seconds; a look down; a glance of the lids.
  const std::vector<Lid> closed = {{3, 0.9, 0.1, 0.1}};
  AuTable long_closed = table(times, {}, {});
  for (std::size_t i = 0; i < times.size(); ++i)
    if (times[i] > 3 && times[i] < 5) long_closed.faces[0].landmarks[i] = eyes(0.03, 0.03);
  EXPECT_THAT(find(long_closed).blinks, IsEmpty());
  AuTable down = table(times, {}, {});
  for (std::size_t i = 0; i < times.size(); ++i)
    if (times[i] > 4) down.faces[0].landmarks[i] = eyes(0.18, 0.18);
  EXPECT_THAT(find(down).blinks, IsEmpty());
  const std::vector<Lid> shallow = {{3, 0.2}};
  EXPECT_THAT(find(table(times, shallow, shallow)).blinks, IsEmpty());
  EXPECT_THAT(find(table(times, shallow, shallow), {.least_closure = 0.15}).blinks, SizeIs(1));
  // Eyes that are closed and flutter, in a video in which they are open otherwise.
  AuTable flutter = table(times, {}, {});
  for (std::size_t i = 0; i < times.size(); ++i)
    if (times[i] > 6) {
      const double open = 0.05 + 0.04 * std::sin(12 * times[i]);
      flutter.faces[0].landmarks[i] = eyes(open, open);
    }
  EXPECT_THAT(find(flutter).blinks, IsEmpty());
  // A single frame of wrong landmarks at a fast camera.
  AuTable jump = table(steady(240, 5), {}, {});
  jump.faces[0].landmarks[500] = eyes(0.02, 0.02);
  EXPECT_THAT(find(jump).blinks, IsEmpty());
}

// Wrong landmarks of one eye that is closed like the other one look as if it had opened, blinked
// and closed again.
TEST(FindBlinks, EyesThatAreClosedDoNotBlinkOneByOne) {
  const auto times = steady(60, 8);
  AuTable of = table(times, {{4.5, 0.9}}, {});
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (times[i] < 3 || times[i] > 6) continue;
    const bool jumped = times[i] > 4 && times[i] < 5;
    of.faces[0].landmarks[i] =
        eyes(jumped ? eye_openness(of.faces[0].landmarks[i], EyeMeasure::ear)[0] : 0.03, 0.03);
  }
  EXPECT_THAT(find(of).blinks, IsEmpty());
  // One that is never open is no reason to doubt the other one.
  AuTable drooping = table(times, {{4.5, 0.9}}, {});
  for (Landmarks& points : drooping.faces[0].landmarks)
    points = eyes(eye_openness(points, EyeMeasure::ear)[0], 0.06);
  ASSERT_THAT(find(drooping).blinks, SizeIs(1));
  EXPECT_EQ(find(drooping).blinks[0].eyes(), BlinkEyes::right);
}

// A lid that goes up in two steps, of which the second takes its time.
TEST(FindBlinks, EndWhereTheLidIsOpen) {
  AuTable of = table(steady(60, 6), {}, {});
  FaceTrack& face = of.faces[0];
  for (std::size_t i = 0; i < face.times.size(); ++i) {
    const double after = face.times[i] - 3;
    const double open = after < 0 || after > 0.42 ? 1 : after < 0.1 ? 0.05 : 0.5 + after / 2;
    face.landmarks[i] = eyes(kOpen * open, kOpen * open);
  }
  const Blinks blinks = find(of);
  ASSERT_THAT(blinks.blinks, SizeIs(1));
  EXPECT_LE(blinks.blinks[0].end_s(), 3.44);
  EXPECT_NEAR(blinks.blinks[0].apex_s(), 3.05, 0.02);
}

TEST(FindBlinks, LostFramesHideABlinkAndMakeNone) {
  const std::vector<Lid> lids = {{2, 0.9}, {4, 0.9}};
  AuTable lost = table(steady(30, 6), lids, lids);
  FaceTrack& face = lost.faces[0];
  for (std::size_t i = 0; i < face.frames.size(); ++i)
    if (face.times[i] > 1.95 && face.times[i] < 2.5) face.success[i] = 0;
  const Blinks blinks = find(lost);
  ASSERT_THAT(blinks.blinks, SizeIs(1));
  EXPECT_NEAR(blinks.blinks[0].apex_s(), 4, 0.02);
  EXPECT_NEAR(blinks.seconds, 6 - 17 / 30.0, 0.05);
}

TEST(FindBlinks, ASingleWrongFrameDoesNotRaiseTheLevel) {
  AuTable wrong = table(steady(60, 6), {{3, 0.6}}, {{3, 0.6}});
  for (const std::size_t row : {150u, 210u}) wrong.faces[0].landmarks[row] = eyes(0.9, 0.9);
  const Blinks blinks = find(wrong);
  ASSERT_THAT(blinks.blinks, SizeIs(1));
  EXPECT_NEAR(blinks.blinks[0].left->amplitude, 0.6 * kOpen, 0.02);
}

TEST(FindBlinks, ThresholdDecidesWhatIsComplete) {
  std::vector<Lid> lids;
  for (int i = 0; i < 10; ++i) lids.push_back({1.0 + i, i % 3 == 0 ? 0.5 : 0.92});
  const AuTable of = table(steady(60, 12), lids, lids, 0.003);
  const Blinks otsu = find(of);
  EXPECT_EQ(otsu.complete, 6u);
  EXPECT_EQ(otsu.partial, 4u);
  EXPECT_NEAR(otsu.left.threshold.value(), kOpen * (0.5 + 0.08) / 2, 0.02);
  EXPECT_EQ(find(of, {.threshold = 0.2}).complete, 10u);
  EXPECT_EQ(find(of, {.threshold = 0.01}).complete, 0u);
  // All alike: Otsu would part them all the same.
  for (Lid& lid : lids) lid.depth = 0.9;
  EXPECT_EQ(find(table(steady(60, 12), lids, lids, 0.005)).complete, 10u);
  for (Lid& lid : lids) lid.depth = 0.45;
  EXPECT_EQ(find(table(steady(60, 12), lids, lids, 0.005)).partial, 10u);
}

TEST(FindBlinks, BelowFifteenFramesASecondThereAreNoSpeeds) {
  const std::vector<Lid> lids = {{2, 0.95, 0.3, 0.3}, {4, 0.95, 0.3, 0.3}};
  const Blinks blinks = find(table(steady(10, 6), lids, lids));
  ASSERT_THAT(blinks.blinks, SizeIs(2));
  EXPECT_EQ(blinks.blinks[0].left->closing_speed, std::nullopt);
  EXPECT_EQ(blinks.median_delay_s, std::nullopt);
  EXPECT_THAT(blink_text(blinks), HasSubstr("no speeds"));
  EXPECT_THAT(blink_table(blinks, 0, ','), HasSubstr("\n0,1,both,complete,"));
}

TEST(FindBlinks, NeedLandmarksAndTimes) {
  AuTable of = table(steady(30, 2), {}, {});
  EXPECT_THAT(blink_text(find(of)), HasSubstr("0 blinks in 2.0 s"));
  of.faces[0].landmarks.clear();
  EXPECT_THROW(find(of), Error);
  of = table(std::vector<double>(30, 0.0), {}, {});
  EXPECT_THROW(find(of), Error);
}

}  // namespace
}  // namespace auriga
