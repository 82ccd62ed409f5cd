#include "shape/shape_model.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "shape/fake_pdm.hpp"
#include "shape/shape_fitter_reference.hpp"

namespace auriga {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::Pointwise;

struct Size {
  int points, modes;
};
constexpr std::array<Size, 6> kSizes = {{{1, 1}, {3, 1}, {13, 5}, {28, 10}, {51, 32}, {63, 40}}};

TEST(ShapeModel, ShapeIsMeanPlusBasisTimesWeights) {
  std::mt19937 random(1);
  for (const auto& [points, modes] : kSizes) {
    const Pdm pdm = test::synthetic_pdm(points, modes, random);
    const ShapeModel model(pdm);
    const std::vector<float> weights = test::random_weights(model, random);
    std::vector<float> shape(3 * static_cast<std::size_t>(points));
    model.shape(weights, shape);
    EXPECT_THAT(shape, Pointwise(FloatNear(1e-4f), test::plain_shape(pdm, weights)));
  }
}

TEST(ShapeModel, ClampLimitsWeightsToThreeSigma) {
  const ShapeModel model(Pdm{1, 4, {0, 0, 0}, std::vector<float>(12), {4, 4, 4, 9}});
  std::vector<float> weights = {5, -6.5f, 100, -8};
  model.clamp(weights);
  EXPECT_THAT(weights, ElementsAre(5, -6, 6, -8));
  weights[2] = std::numeric_limits<float>::quiet_NaN();
  model.clamp(weights);
  EXPECT_TRUE(std::isnan(weights[2]));
}

TEST(ShapeModel, ProjectionScalesTurnsAndShifts) {
  // A quarter turn about z takes x to y.
  const std::vector<float> shape = {3, 0, 0, 2, 5, 7};  // (3, 0, 5), (0, 2, 7)
  std::vector<float> picture(4);
  project(shape, {2, 0, 0, std::acos(0.0f), 10, 20}, picture);
  EXPECT_THAT(picture, Pointwise(FloatNear(1e-5f), {10.0f, 6.0f, 26.0f, 20.0f}));
}

TEST(ShapeModel, BoundingBoxHoldsTheProjection) {
  std::mt19937 random(2);
  const ShapeModel model(test::synthetic_pdm(13, 5, random));
  std::vector<float> shape(39), points(26);
  model.shape(test::random_weights(model, random), shape);
  for (const float scale : {0.7f, -2.0f}) {
    const ShapePose pose = test::random_pose(random, scale);
    project(shape, pose, points);
    const auto [left, right] = std::minmax_element(points.begin(), points.begin() + 13);
    const auto [top, bottom] = std::minmax_element(points.begin() + 13, points.end());
    const ShapeBox box = bounding_box(shape, pose);
    EXPECT_FLOAT_EQ(box.x, *left);
    EXPECT_FLOAT_EQ(box.y, *top);
    EXPECT_FLOAT_EQ(box.w, *right - *left);
    EXPECT_FLOAT_EQ(box.h, *bottom - *top);
  }
}

TEST(ShapeModel, PoseFromBoxCentresTheShapeAndAveragesTheScales) {
  const std::vector<float> shape = {-1, 3, 0, 8, 5, 5};  // 4 wide, 8 high
  const ShapePose pose = pose_from_box(shape, {100, 200, 8, 48});
  EXPECT_FLOAT_EQ(pose.scale, (2 + 6) / 2);
  const ShapeBox box = bounding_box(shape, pose);
  EXPECT_FLOAT_EQ(box.x + box.w / 2, 104);
  EXPECT_FLOAT_EQ(box.y + box.h / 2, 224);
}

TEST(ShapeModel, PoseFromABoundingBoxIsThePose) {
  std::mt19937 random(3);
  const ShapeModel model(test::synthetic_pdm(68, 34, random));
  std::vector<float> shape(3 * 68);
  for (int trial = 0; trial < 20; ++trial) {
    model.shape(test::random_weights(model, random), shape);
    const ShapePose pose = test::random_pose(random, 1.5f);
    const ShapePose found =
        pose_from_box(shape, bounding_box(shape, pose), {pose.rx, pose.ry, pose.rz});
    EXPECT_NEAR(found.scale, pose.scale, 1e-6f);
    EXPECT_EQ(found.ry, pose.ry);
    EXPECT_NEAR(found.tx, pose.tx, 1e-4f);
    EXPECT_NEAR(found.ty, pose.ty, 1e-4f);
  }
}

TEST(ShapeModel, MomentsAreSumsOverVisiblePoints) {
  std::mt19937 random(4);
  const Pdm pdm = test::synthetic_pdm(13, 5, random);
  const ShapeModel model(pdm);
  std::vector<float> mask(static_cast<std::size_t>(model.point_stride()));
  for (const int visible : {0, 2, 3, 7, 12}) mask[visible] = 1;
  ShapeMoments moments;
  model.compute_moments(mask, moments);
  EXPECT_EQ(moments.visible, 5);
  const auto extent = [&](std::size_t first) {
    const auto [low, high] = std::minmax({pdm.mean[first], pdm.mean[first + 2], pdm.mean[first + 3],
                                          pdm.mean[first + 7], pdm.mean[first + 12]});
    return high - low;
  };
  EXPECT_EQ(moments.width, extent(0));
  EXPECT_EQ(moments.height, extent(13));

  const std::size_t n = 13, m = 5, stride = model.mode_stride();
  for (std::size_t b = 0; b < 3; ++b) {
    for (std::size_t k = 0; k < m; ++k) {
      double sum = 0;
      for (std::size_t i = 0; i < n; ++i) sum += mask[i] * pdm.basis[(b * n + i) * m + k];
      EXPECT_NEAR(moments.sums[b * stride + k], sum, 1e-5);
      for (std::size_t a = 0; a < 3; ++a) {
        for (std::size_t j = 0; j <= m; ++j) {
          sum = 0;
          for (std::size_t i = 0; i < n; ++i)
            sum += mask[i] * (j < m ? pdm.basis[(a * n + i) * m + j] : pdm.mean[a * n + i]) *
                   pdm.basis[(b * n + i) * m + k];
          // Rounded once, from sums of up to 70.
          EXPECT_NEAR(moments.products[((a * (m + 1) + j) * 3 + b) * stride + k], sum, 1e-5);
        }
      }
    }
  }
}

}  // namespace
}  // namespace auriga
