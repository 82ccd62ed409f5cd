#include "sides/side_distances.hpp"

#include <cmath>
#include <cstddef>
#include <numbers>

#include <gtest/gtest.h>

namespace auriga {
namespace {

constexpr double kScale = 3;  // px per mm
constexpr double kIris = kIrisDiameter_mm / 2 * kScale;

// A face whose measures are known: pupils 60 mm apart, in the frame turned by `roll` about (300,
// 200). x and y in mm, y down, 0 between the pupils.
class Face {
 public:
  explicit Face(double roll = 0) : roll_(roll) {
    for (const int half : {0, 1}) {
      const double side = half == 0 ? -1 : 1;
      // Brows of any x round the pupil, from left to right.
      for (int i = 0; i < 5; ++i)
        landmark((half == 0 ? 17 : 22) + i, side * 30 - 20 + 10 * i, half == 0 ? -25 : -20);
      for (std::size_t i = 0; i < 8; ++i) {
        const double angle = std::numbers::pi * static_cast<double>(i) / 4;
        eye(half, i, side * 30 + kIris / kScale * std::cos(angle),
            kIris / kScale * std::sin(angle));
      }
      // Lids 4 mm above the left pupil, 3 above the right one, and 5 below both.
      for (std::size_t i = 0; i < 12; ++i) {
        const bool corner = i % 6 == 0;
        const double along = i <= 6 ? static_cast<double>(i) : static_cast<double>(12 - i);
        const double upper = half == 0 ? -4 : -3;
        eye(half, 8 + i, side * 30 - 15 + 5 * along, corner ? 0 : i < 6 ? upper : 5);
      }
      for (int i = 0; i < 6; ++i) {
        const double x[] = {-15, -5, 5, 15, 5, -5};
        landmark((half == 0 ? 36 : 42) + i, side * 30 + x[i],
                 i == 0 || i == 3 ? 0
                 : i < 3          ? -4
                                  : 4);
      }
    }
    landmark(57, 1, 70);
    landmark(48, -24, 65);  // 25 from there, 5 higher
    landmark(54, 21, 70);
    landmark(61, -8, 62);
    landmark(67, -8, 66);
    landmark(63, 8, 60);
    landmark(65, 8, 66);
    row.shape.scale = 2.5F;
    row.success = true;
  }
  void without_eyes() { row.eyes = {}; }
  double of(PictureHalf half, SideMeasure measure) const {
    return side_distances(row)
        .of[static_cast<std::size_t>(half)][static_cast<std::size_t>(measure)];
  }

  FrameResult row;

 private:
  Point2 placed(double x, double y) const {
    const double c = std::cos(roll_), s = std::sin(roll_);
    return {static_cast<float>(300 + kScale * (c * x - s * y)),
            static_cast<float>(200 + kScale * (s * x + c * y))};
  }
  void landmark(int i, double x, double y) {
    const Point2 p = placed(x, y);
    row.landmarks.x[static_cast<std::size_t>(i)] = p.x;
    row.landmarks.y[static_cast<std::size_t>(i)] = p.y;
  }
  void eye(int half, std::size_t i, double x, double y) {
    const Point2 p = placed(x, y);
    row.eyes.x[static_cast<std::size_t>(half) * 28 + i] = p.x;
    row.eyes.y[static_cast<std::size_t>(half) * 28 + i] = p.y;
  }
  double roll_;
};

TEST(SideDistances, AreThoseOfTheFaceHoweverItIsTurned) {
  for (const double roll : {0.0, 0.3, -0.4}) {
    const Face face(roll);
    const SideDistances sides = side_distances(face.row);
    EXPECT_TRUE(sides.iris_scale);
    EXPECT_NEAR(sides.mm_per_px, 1 / kScale, 1e-5);
    const struct {
      SideMeasure measure;
      double left, right;
    } expected[] = {{SideMeasure::brow_height, 25, 20},
                    {SideMeasure::fissure_height, 9, 8},
                    {SideMeasure::mrd1, 4, 3},
                    {SideMeasure::mrd2, 5, 5},
                    {SideMeasure::commissure_excursion, std::sqrt(650.0), 20},
                    {SideMeasure::commissure_angle, std::atan2(5, 25) * 180 / std::numbers::pi, 0},
                    {SideMeasure::upper_lip_height, 62, 60},
                    {SideMeasure::lower_lip_height, 66, 66},
                    {SideMeasure::dental_show, 4, 6},
                    {SideMeasure::commissure_midline, 24, 21}};
    for (const auto& [measure, left, right] : expected) {
      EXPECT_NEAR(face.of(PictureHalf::left, measure), left, 1e-3)
          << static_cast<int>(measure) << " " << roll;
      EXPECT_NEAR(face.of(PictureHalf::right, measure), right, 1e-3)
          << static_cast<int>(measure) << " " << roll;
    }
  }
}

TEST(SideDistances, WithoutIrisesAreByTheShapeModel) {
  Face face;
  face.without_eyes();
  const SideDistances sides = side_distances(face.row);
  EXPECT_FALSE(sides.iris_scale);
  EXPECT_NEAR(sides.mm_per_px, 1 / 2.5, 1e-6);
  EXPECT_NEAR(face.of(PictureHalf::left, SideMeasure::fissure_height), 8 * kScale / 2.5, 1e-3);
  EXPECT_TRUE(std::isnan(face.of(PictureHalf::left, SideMeasure::mrd1)));
  EXPECT_TRUE(std::isnan(face.of(PictureHalf::right, SideMeasure::mrd2)));
}

TEST(SideDistances, OfNoFaceAreNone) {
  const SideDistances sides = side_distances(FrameResult());
  for (const auto& half : sides.of)
    for (const double value : half) EXPECT_TRUE(std::isnan(value));
}

TEST(SideRatio, IsOfTheSmallerAndOnlyWhereThereIsSomethingToCompare) {
  EXPECT_DOUBLE_EQ(side_ratio(8, 10), 0.8);
  EXPECT_DOUBLE_EQ(side_ratio(10, 8), 0.8);
  EXPECT_TRUE(std::isnan(side_ratio(0.2, 0.9)));
  EXPECT_TRUE(std::isnan(side_ratio(-1, 5)));
  EXPECT_TRUE(std::isnan(side_ratio(std::nan(""), 5)));
  EXPECT_TRUE(std::isnan(side_ratio(5, std::nan(""))));
  EXPECT_DOUBLE_EQ(side_percent(5, 10), 50);
  EXPECT_TRUE(std::isnan(side_percent(5, 0.5)));
}

TEST(YawQuality, HasItsLimits) {
  EXPECT_EQ(yaw_quality(10), YawQuality::green);
  EXPECT_EQ(yaw_quality(-10.1), YawQuality::yellow);
  EXPECT_EQ(yaw_quality(-20.1), YawQuality::red);
  EXPECT_EQ(yaw_quality(30), YawQuality::red);
  EXPECT_EQ(yaw_quality(30.1), YawQuality::beyond);
  ShapeFit fit;
  fit.ry = -0.5F;
  EXPECT_NEAR(yaw_deg(fit), -28.6, 0.1);
}

}  // namespace
}  // namespace auriga
