#include "sides/mirrored_shape.hpp"

#include <cmath>
#include <cstddef>
#include <random>

#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "support/golden.hpp"

namespace auriga {
namespace {

constexpr const char* kPdm = "models/openface-2.2/AU_predictors/In-the-wild_aligned_PDM_68.txt";

ShapeInSpace random_shape(unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  ShapeInSpace shape;
  for (double& v : shape) v = 50 * normal(random);
  return shape;
}

ShapeInSpace mirror_image(const ShapeInSpace& shape) {
  ShapeInSpace mirror;
  for (std::size_t i = 0; i < kLandmarks; ++i)
    for (std::size_t axis = 0; axis < 3; ++axis)
      mirror[axis * kLandmarks + i] =
          (axis == 0 ? -1 : 1) * shape[axis * kLandmarks + kMirroredLandmark[i]];
  return mirror;
}

TEST(MirroredLandmarks, ArePairsWithOneOnTheRight) {
  std::size_t middle = 0;
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    const std::size_t other = kMirroredLandmark[i];
    EXPECT_EQ(kMirroredLandmark[other], i);
    if (other == i) {
      ++middle;
      EXPECT_FALSE(is_on_right(i)) << i;
    } else {
      EXPECT_NE(is_on_right(i), is_on_right(other)) << i;
    }
  }
  EXPECT_EQ(middle, 10u);
}

TEST(MirroredShape, HalvesOfAMirrorImageAreTheOtherHalvesToTheBit) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    const ShapeInSpace shape = random_shape(seed), mirror = mirror_image(shape);
    EXPECT_EQ(ShapeMirror::mirrored(shape, PictureHalf::left),
              ShapeMirror::mirrored(mirror, PictureHalf::right));
    EXPECT_EQ(ShapeMirror::mirrored(shape, PictureHalf::right),
              ShapeMirror::mirrored(mirror, PictureHalf::left));
    EXPECT_NE(ShapeMirror::mirrored(shape, PictureHalf::right),
              ShapeMirror::mirrored(shape, PictureHalf::left));
  }
}

TEST(MirroredShape, IsItsOwnMirrorImage) {
  const ShapeInSpace half = ShapeMirror::mirrored(random_shape(5), PictureHalf::right);
  const ShapeInSpace mirror = mirror_image(half);
  for (std::size_t i = 0; i < half.size(); ++i) EXPECT_EQ(half[i], mirror[i]) << i;
}

class ShapeMirrorOfOpenFace : public testing::Test {
 protected:
  void SetUp() override { AURIGA_NEEDS(kPdm); }
};

TEST_F(ShapeMirrorOfOpenFace, FindsTheWeightsOfAShapeAgain) {
  const ShapeMirror mirror(read_pdm(test::test_data() / kPdm));
  ShapeFit fit;
  for (std::size_t i = 0; i < kShapeModes; ++i) fit.p[i] = static_cast<float>(i) - 15;
  const ShapeFit again = mirror.fit(mirror.shape(fit));
  for (std::size_t i = 0; i < kShapeModes; ++i) EXPECT_NEAR(again.p[i], fit.p[i], 1e-3) << i;
}

// Two expressions, one on each side: the halves are those of the faces that show one on both.
TEST_F(ShapeMirrorOfOpenFace, TellsTheSidesOfAnUnevenFaceApart) {
  const ShapeMirror mirror(read_pdm(test::test_data() / kPdm));
  ShapeFit one, other;
  for (std::size_t i = 0; i < kShapeModes; ++i) {
    one.p[i] = static_cast<float>(i % 5) - 2;
    other.p[i] = static_cast<float>(i % 7) - 3;
  }
  const ShapeInSpace left = ShapeMirror::mirrored(mirror.shape(one), PictureHalf::left);
  const ShapeInSpace right = ShapeMirror::mirrored(mirror.shape(other), PictureHalf::right);
  ShapeInSpace uneven = left;
  for (std::size_t i = 0; i < kLandmarks; ++i)
    for (std::size_t axis = 0; axis < 3; ++axis)
      if (is_on_right(i)) uneven[axis * kLandmarks + i] = right[axis * kLandmarks + i];
  // The midline goes through the inner ends of both brows and the chin.
  for (std::size_t axis = 1; axis < 3; ++axis)
    for (const std::size_t i : {kLeftBrowEnd, kRightBrowEnd})
      uneven[axis * kLandmarks + i] = left[axis * kLandmarks + i];
  uneven[kLeftBrowEnd] = left[kLeftBrowEnd];
  uneven[kRightBrowEnd] = left[kRightBrowEnd];
  const auto at = [](const ShapeInSpace& shape, std::size_t i) { return shape[kLandmarks + i]; };
  const ShapeInSpace of_left = ShapeMirror::mirrored(uneven, PictureHalf::left);
  const ShapeInSpace of_right = ShapeMirror::mirrored(uneven, PictureHalf::right);
  EXPECT_EQ(of_left, left);
  for (const std::size_t i : {36, 41, 48, 54, 60, 63, 45, 17})
    EXPECT_EQ(at(of_right, i), at(right, i)) << i;
  const ShapeFit fit_left = mirror.fit(of_left), fit_right = mirror.fit(of_right);
  double apart = 0;
  for (std::size_t i = 0; i < kShapeModes; ++i)
    apart += std::abs(static_cast<double>(fit_left.p[i] - fit_right.p[i]));
  EXPECT_GT(apart, 10);
}

TEST(ShapeMirror, RefusesOtherModels) {
  Pdm pdm;
  pdm.points = 2;
  EXPECT_THROW(ShapeMirror{pdm}, Error);
}

}  // namespace
}  // namespace auriga
