#include "detect/mtcnn_boxes.hpp"

#include <limits>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace auriga {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

MtcnnCandidate box(float x, float y, float w, float h, float score = 1,
                   std::array<float, 4> regression = {}) {
  MtcnnCandidate candidate;
  candidate.x = x;
  candidate.y = y;
  candidate.w = w;
  candidate.h = h;
  candidate.score = score;
  candidate.regression = regression;
  return candidate;
}

std::array<float, 4> fields(const MtcnnCandidate& c) { return {c.x, c.y, c.w, c.h}; }

// The left edges of what suppress() keeps.
std::vector<float> kept(std::vector<MtcnnCandidate> boxes, float threshold, OverlapOf overlap_of) {
  suppress(boxes, threshold, overlap_of);
  std::vector<float> x;
  for (const MtcnnCandidate& c : boxes) x.push_back(c.x);
  return x;
}

TEST(MtcnnBoxes, RoundHalvesToEven) {
  const PixelBox whole = rounded(box(0.5f, 1.5f, 2.5f, -3.5f));
  EXPECT_EQ(whole.x, 0);
  EXPECT_EQ(whole.y, 2);
  EXPECT_EQ(whole.w, 2);
  EXPECT_EQ(whole.h, -4);
  EXPECT_EQ(rounded(box(-1.51f, 0, 0, 0)).x, -2);
}

TEST(MtcnnBoxes, AreCroppedOnePixelUpAndLeft) {
  const PixelBox window = crop_window(box(10, 0, 30, 40));
  EXPECT_EQ(window.x, 9);
  EXPECT_EQ(window.y, -1);
  EXPECT_EQ(window.w, 31);
  EXPECT_EQ(window.h, 41);
}

TEST(MtcnnBoxes, BestScoreSuppresses) {
  // 0 and 1 overlap by 9 / 11, 100 nothing.
  EXPECT_THAT(kept({box(0, 0, 10, 10, 0.7f), box(100, 0, 10, 10, 0.6f), box(1, 0, 10, 10, 0.9f)},
                   0.7f, OverlapOf::both),
              ElementsAre(1, 100));
  EXPECT_THAT(kept({box(0, 0, 10, 10, 0.7f), box(100, 0, 10, 10, 0.8f), box(1, 0, 10, 10, 0.6f)},
                   0.9f, OverlapOf::both),
              ElementsAre(100, 0, 1));
  EXPECT_THAT(kept({}, 0.5f, OverlapOf::both), ElementsAre());
}

TEST(MtcnnBoxes, WhatIsSuppressedSuppressesNothing) {
  // A chain: each overlaps its neighbours by 7 / 13.
  EXPECT_THAT(kept({box(0, 0, 10, 10, 0.9f), box(3, 0, 10, 10, 0.8f), box(6, 0, 10, 10, 0.7f)},
                   0.5f, OverlapOf::both),
              ElementsAre(0, 6));
}

TEST(MtcnnBoxes, OfEqualScoresTheLastSuppresses) {
  EXPECT_THAT(
      kept({box(0, 0, 10, 10), box(1, 0, 10, 10), box(50, 0, 10, 10)}, 0.5f, OverlapOf::both),
      ElementsAre(50, 1));
}

TEST(MtcnnBoxes, AnOverlapOfTheThresholdIsKept) {
  // 5 / 10 of the union; both boxes of 1 x 8 in 1 x 8 etc. are exact in float32.
  EXPECT_EQ(kept({box(0, 0, 10, 1, 0.9f), box(0, 0, 5, 1)}, 0.5f, OverlapOf::both).size(), 2u);
  EXPECT_EQ(kept({box(0, 0, 10, 1, 0.9f), box(0, 0, 6, 1)}, 0.5f, OverlapOf::both).size(), 1u);
}

TEST(MtcnnBoxes, OverlapIsOfTheRoundedBoxes) {
  // 10 and 5.5, rounded to 6: 0.6 of the union.
  EXPECT_EQ(kept({box(0, 0, 10, 1, 0.9f), box(0, 0, 5.5f, 1)}, 0.58f, OverlapOf::both).size(), 1u);
  EXPECT_EQ(kept({box(0, 0, 10, 1, 0.9f), box(0, 0, 6.5f, 1)}, 0.62f, OverlapOf::both).size(), 2u);
}

TEST(MtcnnBoxes, OverlapOfTheSmallerFindsOneInTheOther) {
  const std::vector<MtcnnCandidate> nested{box(0, 0, 10, 10, 0.9f), box(2, 2, 5, 5, 0.8f)};
  EXPECT_THAT(kept(nested, 0.7f, OverlapOf::both), ElementsAre(0, 2));
  EXPECT_THAT(kept(nested, 0.7f, OverlapOf::smaller), ElementsAre(0));
}

TEST(MtcnnBoxes, EmptyAndInvertedBoxesSuppressNothing) {
  for (const OverlapOf overlap_of : {OverlapOf::both, OverlapOf::smaller})
    EXPECT_THAT(kept({box(0, 0, 0, 0, 0.9f), box(0, 0, 0, 0, 0.8f), box(5, 5, -5, -5, 0.7f)}, 0.1f,
                     overlap_of),
                ElementsAre(0, 0, 5));
}

TEST(MtcnnBoxes, RegressionMovesTheEdgesOfTheRoundedBox) {
  std::vector<MtcnnCandidate> boxes{box(10.4f, 20.5f, 39.6f, 80, 1, {0.25f, -0.5f, 0.125f, 1})};
  regress(boxes, 0);
  // From (10, 20, 40, 80): left 20, top -20, right 55, bottom 180.
  EXPECT_THAT(fields(boxes[0]), ElementsAre(20, -20, 35, 200));

  boxes = {box(10, 20, 39, 79, 1, {0.25f, -0.5f, 0.125f, 1})};
  regress(boxes, 1);
  EXPECT_THAT(fields(boxes[0]), ElementsAre(20, -20, 35, 200));
}

TEST(MtcnnBoxes, RegressionDropsWhatIsNoBox) {
  const float huge = std::numeric_limits<float>::max(),
              infinity = std::numeric_limits<float>::infinity(),
              nan = std::numeric_limits<float>::quiet_NaN();
  std::vector<MtcnnCandidate> boxes;
  for (std::size_t i = 0; i < 4; ++i) {
    for (const float v : {huge, -huge, infinity, nan, 1e6f}) {
      std::array<float, 4> regression{};
      regression[i] = v;
      boxes.push_back(box(10, 10, 40, 40, 1, regression));
    }
  }
  boxes.push_back(box(1, 2, 3, 4));
  regress(boxes, 0);
  ASSERT_EQ(boxes.size(), 1u);
  EXPECT_THAT(fields(boxes[0]), ElementsAre(1, 2, 3, 4));
}

TEST(MtcnnBoxes, SquaresAreTruncatedTowardsZero) {
  std::vector<MtcnnCandidate> boxes{box(-0.5f, 0.9f, 10.9f, 6), box(7.7f, -9.4f, 5, 8.2f)};
  make_square(boxes);
  // y = 0.9 + (6 - 10.9) / 2 = -1.55; x = 7.7 + (5 - 8.2) / 2 = 6.1.
  EXPECT_THAT(fields(boxes[0]), ElementsAre(0, -1, 10, 10));
  EXPECT_THAT(fields(boxes[1]), ElementsAre(6, -9, 8, 8));
}

}  // namespace
}  // namespace auriga
