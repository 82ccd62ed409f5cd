#include "sinks/lost_rows.hpp"

#include <gtest/gtest.h>

namespace auriga {
namespace {

struct Rows {
  Rows(LostCells lost, double min_confidence = 0, bool still = false)
      : rows(lost, min_confidence, still) {}
  LostRows::Shown show(bool success, float x, int id = 0, double confidence = 1) {
    result.frame++;
    result.face_id = id;
    result.success = success;
    result.confidence = confidence;
    result.landmarks.x[0] = x;
    return rows.show({.result = result, .blendshapes = &shapes});
  }
  FrameResult result;
  Blendshapes shapes{0.5f};
  LostRows rows;
};

TEST(LostRows, UsuallyAreAsTheyCome) {
  Rows rows(LostCells::usual);
  const auto shown = rows.show(false, 3);
  EXPECT_EQ(&shown.result, &rows.result);
  EXPECT_FALSE(shown.empty);
  EXPECT_EQ(rows.rows.units_of(0), 0u);
}

TEST(LostRows, EmptyAndZero) {
  Rows empty(LostCells::empty);
  EXPECT_FALSE(empty.show(true, 1).empty);
  EXPECT_TRUE(empty.show(false, 1).empty);
  Rows zero(LostCells::zero);
  zero.show(true, 1);
  const auto shown = zero.show(false, 3);
  EXPECT_FALSE(shown.empty);
  EXPECT_EQ(shown.result.landmarks.x[0], 0);
  EXPECT_EQ(shown.result.frame, 2);
  EXPECT_EQ((*shown.blendshapes)[0], 0);
  EXPECT_EQ(zero.rows.units_of(0), 0u);
  EXPECT_EQ(zero.rows.units_of(1), std::nullopt);
}

TEST(LostRows, LastAreThoseOfTheFace) {
  Rows rows(LostCells::last);
  EXPECT_TRUE(rows.show(false, 9).empty) << "nothing before it";
  rows.show(true, 1, 0);
  rows.show(true, 2, 7);
  rows.shapes[0] = 0.9f;
  const auto shown = rows.show(false, 9, 0, 0.2);
  EXPECT_EQ(shown.result.landmarks.x[0], 1);
  EXPECT_EQ(shown.result.confidence, 0.2);
  EXPECT_EQ(shown.result.frame, 4);
  EXPECT_FALSE(shown.result.success);
  EXPECT_EQ((*shown.blendshapes)[0], 0.5f);
  EXPECT_EQ(rows.rows.units_of(3), 1u);
  EXPECT_EQ(rows.show(false, 9, 7).result.landmarks.x[0], 2);
  EXPECT_EQ(rows.rows.units_of(4), 2u);
  EXPECT_EQ(rows.rows.units_of(0), std::nullopt);
}

TEST(LostRows, TooLittleConfidenceIsLost) {
  Rows rows(LostCells::usual, 0.8);
  const auto unsure = rows.show(true, 5, 0, 0.7);
  EXPECT_FALSE(unsure.result.success);
  EXPECT_EQ(unsure.result.landmarks.x[0], 5);
  EXPECT_TRUE(rows.show(true, 5, 0, 0.8).result.success);
  Rows last(LostCells::last, 0.8);
  last.show(true, 1, 0, 0.9);
  last.show(true, 2, 0, 0.5);
  EXPECT_EQ(last.show(false, 3).result.landmarks.x[0], 1);
  Rows still(LostCells::empty, 0.8, true);
  EXPECT_TRUE(still.show(true, 5, 0, 0.1).result.success);
  EXPECT_FALSE(still.show(false, 5).empty);
}

}  // namespace
}  // namespace auriga
