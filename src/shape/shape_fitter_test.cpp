#include "shape/shape_fitter.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "shape/fake_pdm.hpp"
#include "shape/shape_fitter_reference.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

using ::testing::Each;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr const char* kPdm = "models/openface-2.2/AU_predictors/In-the-wild_aligned_PDM_68.txt";

std::array<float, 6> values_of(const ShapePose& pose) {
  return {pose.scale, pose.rx, pose.ry, pose.rz, pose.tx, pose.ty};
}

// The fit against the plain one and against the reference program, on every row of two golden
// tables.
void check_golden(const std::string& landmarks_file, const std::string& fits_file,
                  const std::string& prefix) {
  const Pdm pdm = read_pdm(test::test_data() / kPdm);
  const ShapeModel model(pdm);
  ShapeFitter fitter(model);
  const test::Table table(test::test_data() / landmarks_file), fits(test::test_data() / fits_file);
  ASSERT_EQ(table.rows(), fits.rows());
  ASSERT_GT(table.rows(), 0u);
  for (std::size_t row = 0; row < table.rows(); ++row) {
    Landmarks landmarks;
    for (int i = 0; i < kLandmarks; ++i) {
      landmarks.x[i] = static_cast<float>(table.number(row, "x_" + std::to_string(i)));
      landmarks.y[i] = static_cast<float>(table.number(row, "y_" + std::to_string(i)));
    }
    ShapeFit fit;
    const int iterations = fitter.fit(landmarks, fit);
    // Seen: pose 5e-6, weights 4e-4 (rounding). One iteration more or less, which other rounding
    // may cause, moves the weights by about 1e-3.
    const std::array<float, 6> pose = values_of(pose_of(fit));
    constexpr std::array<const char*, 6> kNames = {"scale", "rx", "ry", "rz", "tx", "ty"};
    for (int c = 0; c < 6; ++c)
      EXPECT_NEAR(pose[c], fits.number(row, prefix + kNames[c]), 5e-5)
          << kNames[c] << ", row " << row;
    for (int j = 0; j < kShapeModes; ++j)
      EXPECT_NEAR(fit.p[j], fits.number(row, prefix + std::to_string(j)), 2e-3)
          << j << ", row " << row;

    if (row % 10 != 0) continue;
    std::vector<float> planar(landmarks.x.begin(), landmarks.x.end());
    planar.insert(planar.end(), landmarks.y.begin(), landmarks.y.end());
    ShapePose plain_pose;
    std::vector<float> plain_weights;
    EXPECT_EQ(iterations, test::fit_plainly(pdm, planar, plain_pose, plain_weights))
        << "row " << row;
    for (int j = 0; j < kShapeModes; ++j)
      EXPECT_NEAR(fit.p[j], plain_weights[j], 1e-3) << j << ", row " << row;
  }
}

TEST(ShapeFitterGolden, FirstVideo) {
  AURIGA_NEEDS(kPdm);
  AURIGA_NEEDS("golden/stage_2015-10-15-15-14/fa_params.csv");
  check_golden("golden/stage_2015-10-15-15-14/tracker.csv",
               "golden/stage_2015-10-15-15-14/fa_params.csv", "p_");
}

TEST(ShapeFitterGolden, SecondVideo) {
  AURIGA_NEEDS(kPdm);
  AURIGA_NEEDS("golden/stage_video01/fa_params.csv");
  check_golden("golden/stage_video01/tracker.csv", "golden/stage_video01/fa_params.csv", "p_");
}

TEST(ShapeFitterGolden, Pictures) {
  AURIGA_NEEDS(kPdm);
  AURIGA_NEEDS("golden/images/images_fullprec.csv");
  check_golden("golden/images/images_fullprec.csv", "golden/images/images_fullprec.csv", "fa_");
}

struct ModelSize {
  int points, modes;
};

void PrintTo(const ModelSize& size, std::ostream* out) {
  *out << size.points << " points, " << size.modes << " modes";
}

class ShapeFitterSize : public ::testing::TestWithParam<ModelSize> {};

TEST_P(ShapeFitterSize, EqualsThePlainFit) {
  const auto [points, modes] = GetParam();
  std::mt19937 random(1);
  const Pdm pdm = test::synthetic_pdm(points, modes, random);
  const ShapeModel model(pdm);
  ShapeFitter fitter(model);
  int equal_counts = 0;
  constexpr int kTrials = 20;
  for (int trial = 0; trial < kTrials; ++trial) {
    const std::vector<float> truth = test::random_weights(model, random);
    std::vector<float> landmarks = test::picture(
        model, truth, test::random_pose(random, trial % 2 == 0 ? 0.5f : 3.0f), random, 0.5f);
    // Every third landmark set lacks two points.
    if (trial % 3 == 0 && points >= 13)
      landmarks[trial % points] = landmarks[(trial + 5) % points] = 0;
    ShapePose pose, plain_pose;
    std::vector<float> weights(modes), plain_weights;
    const int iterations = fitter.fit(landmarks, pose, weights);
    const int plain_iterations = test::fit_plainly(pdm, landmarks, plain_pose, plain_weights);
    equal_counts += iterations == plain_iterations;
    // Roundings, and the last step where the counts differ. With 13 points or fewer, steps shrink
    // slowly.
    const float tolerance = iterations == plain_iterations ? 1e-3f : 0.02f;
    for (int j = 0; j < modes; ++j)
      EXPECT_NEAR(weights[j], plain_weights[j], tolerance) << j << ", trial " << trial;
    const auto values = values_of(pose), plain_values = values_of(plain_pose);
    for (int c = 0; c < 6; ++c)
      EXPECT_NEAR(values[c], plain_values[c], c < 4 ? tolerance * 0.02f : tolerance)
          << c << ", trial " << trial;
  }
  EXPECT_GE(equal_counts, kTrials * 3 / 4);  // else the stop test is another one
}

TEST_P(ShapeFitterSize, FindsTheShapeOfItsPicture) {
  const auto [points, modes] = GetParam();
  std::mt19937 random(2);
  const ShapeModel model(test::synthetic_pdm(points, modes, random));
  ShapeFitter fitter(model);
  for (int trial = 0; trial < 20; ++trial) {
    const std::vector<float> truth = test::random_weights(model, random);
    const ShapePose true_pose = test::random_pose(random, 10);
    const std::vector<float> landmarks = test::picture(model, truth, true_pose, random, 0);
    ShapePose pose;
    std::vector<float> weights(modes);
    ASSERT_GT(fitter.fit(landmarks, pose, weights), 0);
    // 1 / variance pulls the weights towards 0, most where points are few; at 10 px per unit it
    // pulls little.
    const float pull = points >= 28 ? 1 : 5;
    for (int j = 0; j < modes; ++j)
      EXPECT_NEAR(weights[j], truth[j], 0.1f * pull) << j << ", trial " << trial;
    const auto values = values_of(pose), true_values = values_of(true_pose);
    EXPECT_NEAR(values[0] / true_values[0], 1, 2e-4f * pull);
    for (int c = 1; c < 4; ++c)
      EXPECT_NEAR(values[c], true_values[c], 2e-4f * pull) << c << ", trial " << trial;
    for (int c = 4; c < 6; ++c)
      EXPECT_NEAR(values[c], true_values[c], 0.1f * pull) << c << ", trial " << trial;
  }
}

INSTANTIATE_TEST_SUITE_P(Models, ShapeFitterSize,
                         ::testing::Values(ModelSize{13, 5}, ModelSize{28, 10}, ModelSize{51, 32},
                                           ModelSize{63, 40}, ModelSize{68, 34}),
                         [](const auto& size) {
                           return std::to_string(size.param.points) + "x" +
                                  std::to_string(size.param.modes);
                         });

TEST(ShapeFitter, CountsStallsInAllAndNotInARow) {
  // Landmarks that are no face make steps overshoot, so that good and bad ones alternate.
  std::mt19937 random(11);
  const Pdm pdm = test::synthetic_pdm(28, 10, random);
  const ShapeModel model(pdm);
  ShapeFitter fitter(model);
  int equal_counts = 0;
  constexpr int kTrials = 60;
  for (int trial = 0; trial < kTrials; ++trial) {
    std::vector<float> landmarks(56), weights(10), plain_weights;
    for (float& value : landmarks) value = test::uniform(random, 1, 300);
    ShapePose pose;
    equal_counts += fitter.fit(landmarks, pose, weights) ==
                    test::fit_plainly(pdm, landmarks, pose, plain_weights);
  }
  EXPECT_GE(equal_counts, kTrials * 9 / 10);
}

TEST(ShapeFitter, SmallestModel) {
  // Three points have a perfect weak-perspective pose for any weight, so only the regulariser sets
  // the weight. An error of exactly 0 never counts as a stall: the limit on iterations ends the
  // fit.
  std::mt19937 random(3);
  const ShapeModel model(test::synthetic_pdm(3, 1, random));
  ShapeFitter fitter(model);
  for (int trial = 0; trial < 20; ++trial) {
    const std::vector<float> landmarks = test::picture(model, test::random_weights(model, random),
                                                       test::random_pose(random, 1), random, 0);
    ShapePose pose;
    std::vector<float> weights(1), shape(9), found(6);
    const int iterations = fitter.fit(landmarks, pose, weights);
    EXPECT_GE(iterations, 3);
    EXPECT_LE(iterations, 1000);
    EXPECT_NEAR(weights[0], 0, 0.1f);
    model.shape(weights, shape);
    project(shape, pose, found);
    for (int i = 0; i < 6; ++i) EXPECT_NEAR(found[i], landmarks[i], 0.05f) << "trial " << trial;
  }
}

TEST(ShapeFitter, FollowsAShiftOfThePicture) {
  std::mt19937 random(4);
  const ShapeModel model(test::synthetic_pdm(51, 32, random));
  ShapeFitter fitter(model);
  const std::vector<float> landmarks = test::picture(model, test::random_weights(model, random),
                                                     test::random_pose(random, 1), random, 1);
  std::vector<float> moved = landmarks;
  for (std::size_t i = 0; i < moved.size(); ++i) moved[i] += i < 51 ? 64 : -128;
  ShapePose pose, moved_pose;
  std::vector<float> weights(32), moved_weights(32);
  EXPECT_EQ(fitter.fit(landmarks, pose, weights), fitter.fit(moved, moved_pose, moved_weights));
  EXPECT_NEAR(moved_pose.tx - pose.tx, 64, 1e-3f);
  EXPECT_NEAR(moved_pose.ty - pose.ty, -128, 1e-3f);
  EXPECT_NEAR(moved_pose.scale, pose.scale, 1e-6f);
  EXPECT_NEAR(moved_pose.rx, pose.rx, 1e-5f);
  EXPECT_NEAR(moved_pose.ry, pose.ry, 1e-5f);
  EXPECT_NEAR(moved_pose.rz, pose.rz, 1e-5f);
  for (int j = 0; j < 32; ++j) EXPECT_NEAR(moved_weights[j], weights[j], 1e-3f);
}

TEST(ShapeFitter, FollowsAScaleOfThePicture) {
  // A picture twice as large with variances a quarter as large is the same problem in other units;
  // a factor of two rounds nothing.
  std::mt19937 random(5);
  Pdm pdm = test::synthetic_pdm(51, 32, random);
  const ShapeModel model(pdm);
  for (float& variance : pdm.variances) variance /= 4;
  const ShapeModel stiff_model(pdm);
  ShapeFitter fitter(model), stiff_fitter(stiff_model);
  const std::vector<float> landmarks = test::picture(model, test::random_weights(model, random),
                                                     test::random_pose(random, 1), random, 1);
  std::vector<float> large = landmarks;
  for (float& value : large) value *= 2;
  ShapePose pose, large_pose;
  std::vector<float> weights(32), large_weights(32);
  EXPECT_EQ(fitter.fit(landmarks, pose, weights),
            stiff_fitter.fit(large, large_pose, large_weights));
  EXPECT_EQ(weights, large_weights);
  EXPECT_EQ(large_pose.scale, 2 * pose.scale);
  EXPECT_EQ(large_pose.rx, pose.rx);
  EXPECT_EQ(large_pose.tx, 2 * pose.tx);
}

TEST(ShapeFitter, IsTheSameWhateverWasFittedBefore) {
  std::mt19937 random(6);
  const ShapeModel model(test::synthetic_pdm(28, 10, random));
  std::vector<std::vector<float>> sets;
  for (int trial = 0; trial < 12; ++trial) {
    sets.push_back(test::picture(model, test::random_weights(model, random),
                                 test::random_pose(random, 1), random, 1));
    if (trial % 3 != 0) sets.back()[trial % 3] = 0;  // three patterns of visibility
    if (trial == 7) sets.back()[20] = kNan;
  }
  ShapeFitter used(model);
  for (const auto& landmarks : sets) {
    ShapeFitter fresh(model);
    ShapePose pose, fresh_pose;
    std::vector<float> weights(10), fresh_weights(10);
    EXPECT_EQ(used.fit(landmarks, pose, weights), fresh.fit(landmarks, fresh_pose, fresh_weights));
    EXPECT_EQ(values_of(pose), values_of(fresh_pose));
    EXPECT_EQ(weights, fresh_weights);
  }
}

TEST(ShapeFitter, LeavesOutPointsWithXZero) {
  std::mt19937 random(7);
  const ShapeModel model(test::synthetic_pdm(28, 10, random));
  ShapeFitter fitter(model);
  std::vector<float> landmarks = test::picture(model, test::random_weights(model, random),
                                               test::random_pose(random, 1), random, 1);
  ShapePose pose, other_pose;
  std::vector<float> weights(10), other_weights(10);
  landmarks[4] = 0;
  landmarks[28 + 4] = 1e6f;
  ASSERT_GT(fitter.fit(landmarks, pose, weights), 0);
  for (const float y : {-5.0f, kNan, kInfinity}) {
    landmarks[28 + 4] = y;
    ASSERT_GT(fitter.fit(landmarks, other_pose, other_weights), 0);
    EXPECT_EQ(values_of(pose), values_of(other_pose));
    EXPECT_EQ(weights, other_weights);
  }
}

TEST(ShapeFitter, SaysWhenThereIsNoFit) {
  std::mt19937 random(8);
  const ShapeModel model(test::synthetic_pdm(28, 10, random));
  ShapeFitter fitter(model);
  const std::vector<float> good = test::picture(model, test::random_weights(model, random),
                                                test::random_pose(random, 1), random, 1);
  const auto expect_no_fit = [&](const std::vector<float>& landmarks, const char* why) {
    SCOPED_TRACE(why);
    ShapePose pose{5, 5, 5, 5, 5, 5};
    std::vector<float> weights(10, 5.0f);
    EXPECT_EQ(fitter.fit(landmarks, pose, weights), 0);
    EXPECT_THAT(values_of(pose), Each(0.0f));
    EXPECT_THAT(weights, Each(0.0f));
  };
  expect_no_fit(std::vector<float>(56), "all invisible");
  expect_no_fit(std::vector<float>(56, 100.0f), "all in one place");
  std::vector<float> landmarks(56);
  landmarks[3] = 100;
  expect_no_fit(landmarks, "one visible point");
  for (const float bad : {kNan, kInfinity, -kInfinity, 3e38f}) {
    for (const int place : {0, 27, 28, 55}) {
      landmarks = good;
      landmarks[place] = bad;
      expect_no_fit(landmarks, "a bad coordinate");
    }
  }
  ShapePose pose;
  std::vector<float> weights(10);
  EXPECT_GT(fitter.fit(good, pose, weights), 0);
}

TEST(ShapeFitter, GivesFiniteNumbersForAnyInput) {
  std::mt19937 random(9);
  const ShapeModel model(test::synthetic_pdm(13, 5, random));
  ShapeFitter fitter(model);
  const std::vector<float> pool = {0,     kNan,  kInfinity, -kInfinity, 3e38f,   -3e38f,
                                   1e30f, 1e18f, -1e15f,    1e10f,      -1e-38f, 1e-45f,
                                   100,   100,   -7,        0.1f,       1e4f,    -0.0f};
  int fits = 0;
  for (int trial = 0; trial < 3000; ++trial) {
    // One to all of the pool, so that runs with few kinds of numbers occur, too.
    const auto kinds = 1 + random() % pool.size();
    const auto first = random() % pool.size();
    std::vector<float> landmarks(26), weights(5);
    for (float& value : landmarks) {
      value = pool[(first + random() % kinds) % pool.size()];
      if (random() % 2 == 0) value *= test::uniform(random, -1, 1);
    }
    ShapePose pose;
    const int iterations = fitter.fit(landmarks, pose, weights);
    ASSERT_LE(iterations, 1000);
    fits += iterations > 0;
    for (const float value : values_of(pose))
      ASSERT_TRUE(std::isfinite(value)) << "trial " << trial;
    for (const float value : weights) ASSERT_TRUE(std::isfinite(value)) << "trial " << trial;
  }
  EXPECT_GT(fits, 100);  // the pool is not so bad that nothing is fitted
}

TEST(ShapeFitter, FitsModelsWithFewerModesInto34) {
  std::mt19937 random(10);
  const ShapeModel model(test::synthetic_pdm(68, 23, random));
  ShapeFitter fitter(model);
  const std::vector<float> planar = test::picture(model, test::random_weights(model, random),
                                                  test::random_pose(random, 1), random, 1);
  Landmarks landmarks;
  std::copy_n(planar.begin(), 68, landmarks.x.begin());
  std::copy_n(planar.begin() + 68, 68, landmarks.y.begin());
  ShapeFit fit;
  fit.p.fill(9);
  ShapePose pose;
  std::vector<float> weights(23);
  EXPECT_EQ(fitter.fit(landmarks, fit), fitter.fit(planar, pose, weights));
  EXPECT_EQ(values_of(pose_of(fit)), values_of(pose));
  EXPECT_TRUE(std::equal(weights.begin(), weights.end(), fit.p.begin()));
  for (int j = 23; j < kShapeModes; ++j) EXPECT_EQ(fit.p[j], 0);

  landmarks.x.fill(0);
  EXPECT_EQ(fitter.fit(landmarks, fit), 0);
  EXPECT_EQ(fit.scale, 0);
}

}  // namespace
}  // namespace auriga
