#include "clm/nu_rlms.hpp"

#include <cmath>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clm/nu_rlms_reference.hpp"
#include "shape/fake_pdm.hpp"

namespace auriga {
namespace {

using test::uniform;
using ::testing::Each;

// Maps with a peak each, at a random place near the middle, around a random shape.
struct Scene {
  Scene(int points, int modes, int window_size, std::uint32_t seed)
      : window(window_size), random(seed) {
    pdm = test::synthetic_pdm(points, modes, random);
    const ShapeModel model(pdm);
    pose = test::random_pose(random, 1.3f);
    p = test::random_weights(model, random);
    base = test::picture(model, p, pose, random, 0);
    visible.assign(points, 1);
    values.resize(static_cast<std::size_t>(points) * window * window + kResponseMargin);
    const float middle = static_cast<float>(window - 1) / 2;
    for (int i = 0; i < points; ++i)
      peak(i, middle + uniform(random, -1.5f, 1.5f), middle + uniform(random, -1.5f, 1.5f));
  }

  void peak(int point, float px, float py) {
    for (int y = 0; y < window; ++y)
      for (int x = 0; x < window; ++x)
        values[(point * window + y) * window + x] =
            std::exp(-0.3f * static_cast<float>(std::pow(x - px, 2) + std::pow(y - py, 2)));
  }

  ResponseMaps maps() const { return {values, visible, weights, base, to_map, to_picture}; }

  int window;
  std::mt19937 random;
  Pdm pdm;
  ShapePose pose;
  std::vector<float> p, base, values, weights;
  std::vector<std::uint8_t> visible;
  // Turned by 0.2 rad and shrunk to 0.4.
  std::array<float, 4> to_map = {0.392027f, -0.0794677f, 0.0794677f, 0.392027f},
                       to_picture = {2.45017f, 0.496673f, -0.496673f, 2.45017f};
};

std::vector<float> picture(const Pdm& pdm, const ShapePose& pose, const std::vector<float>& p) {
  std::vector<float> points(2 * static_cast<std::size_t>(pdm.points));
  project(test::plain_shape(pdm, p), pose, points);
  return points;
}

TEST(NormalMatrix, EqualsAPlainLoopBitForBit) {
  std::mt19937 random(1);
  for (const int rows : {0, 1, 3, 13, 136}) {
    for (const int n : {8, 16, 40}) {
      const int stride = n + 8, h_stride = n + 16;
      std::vector<float> left(static_cast<std::size_t>(rows) * stride), right(left.size());
      for (float& value : left) value = uniform(random, -1, 1);
      for (float& value : right) value = uniform(random, -1, 1);
      std::vector<float> h(static_cast<std::size_t>(n) * h_stride, 77);
      normal_matrix(left.data(), right.data(), rows, stride, n, h.data(), h_stride);
      for (int i = 0; i < n; ++i) {
        for (int j = 0; j < h_stride; ++j) {
          float sum = j / 8 < i / 8 || j >= n ? 77 : 0;
          if (sum == 0)
            for (int row = 0; row < rows; ++row)
              sum += left[row * stride + i] * right[row * stride + j];
          ASSERT_EQ(h[i * h_stride + j], sum) << rows << " rows, " << i << ", " << j;
        }
      }
    }
  }
}

TEST(NuRlms, AgreesWithPlainLoops) {
  for (const auto& [points, modes] : {std::pair{13, 3}, {28, 10}, {51, 32}, {63, 16}, {68, 34}}) {
    for (const bool rigid : {true, false}) {
      for (const bool weighted : {false, true}) {
        SCOPED_TRACE(testing::Message() << points << " points, " << modes << " modes, rigid "
                                        << rigid << ", weighted " << weighted);
        Scene scene(points, modes, 9, 10 + points);
        scene.visible[1] = scene.visible[5] = scene.visible[points - 1] = 0;
        if (weighted)
          for (int i = 0; i < points; ++i)
            scene.weights.push_back(uniform(scene.random, 0.2f, 2.5f));
        ShapePose pose = scene.pose, expected_pose = scene.pose;
        std::vector<float> p = scene.p, expected_p = scene.p;
        const ShapeModel model(scene.pdm);
        NuRlms optimiser(model);
        const MeanShiftKernel kernel(9, 1.5f);
        // One iteration: more would let a position close to half-way between two nodes decide.
        optimiser.climb(scene.maps(), kernel, rigid ? NuRlms::Pass::rigid : NuRlms::Pass::all, 1,
                        25, pose, p);
        test::climb_plainly(scene.pdm, scene.maps(), 9, 1.5f, rigid, 1, 25, expected_pose,
                            expected_p);
        const auto moved = test::plain_distance(picture(scene.pdm, pose, p), scene.base);
        const auto difference = test::plain_distance(picture(scene.pdm, pose, p),
                                                     picture(scene.pdm, expected_pose, expected_p));
        EXPECT_GT(moved, 0.5);
        EXPECT_LT(difference, 1e-2);  // px, of all points together; roundings at 400 px are 3e-5
        for (std::size_t j = 0; j < p.size(); ++j) EXPECT_NEAR(p[j], expected_p[j], 5e-3) << j;
      }
    }
  }
}

TEST(NuRlms, FindsThePeaks) {
  // Every map has its peak where the same shape, elsewhere, would have its points.
  Scene scene(68, 34, 15, 3);
  ShapePose target = scene.pose;
  target.tx += 3;
  target.ty -= 4;
  target.scale *= 1.03f;
  target.rz += 0.02f;
  std::vector<float> target_p = scene.p;
  target_p[0] += 5;
  const std::vector<float> goal = picture(scene.pdm, target, target_p);
  const std::array<float, 4>& a = scene.to_map;
  for (int i = 0; i < 68; ++i) {
    const float ox = goal[i] - scene.base[i], oy = goal[68 + i] - scene.base[68 + i];
    scene.peak(i, 7 + a[0] * ox + a[1] * oy, 7 + a[2] * ox + a[3] * oy);
  }
  const ShapeModel model(scene.pdm);
  NuRlms optimiser(model);
  const MeanShiftKernel kernel(15, 1.5f);
  for (const auto pass : {NuRlms::Pass::rigid, NuRlms::Pass::all})
    optimiser.climb(scene.maps(), kernel, pass, 50, 0.1f, scene.pose, scene.p);
  const std::vector<float> found = picture(scene.pdm, scene.pose, scene.p);
  // The kernel's centre snaps to 0.1 px of a map, which is 0.25 px here.
  for (int i = 0; i < 136; ++i) EXPECT_NEAR(found[i], goal[i], 0.25) << i;
}

TEST(NuRlms, DoesNotLookAtInvisiblePoints) {
  Scene scene(28, 10, 9, 4);
  scene.visible[3] = scene.visible[27] = 0;
  const ShapeModel model(scene.pdm);
  NuRlms optimiser(model);
  const MeanShiftKernel kernel(9, 1);
  ShapePose pose = scene.pose;
  std::vector<float> p = scene.p;
  optimiser.climb(scene.maps(), kernel, NuRlms::Pass::all, 5, 1, pose, p);

  scene.peak(3, 0, 8);
  scene.peak(27, 8, 8);
  ShapePose other_pose = scene.pose;
  std::vector<float> other_p = scene.p;
  optimiser.climb(scene.maps(), kernel, NuRlms::Pass::all, 5, 1, other_pose, other_p);
  EXPECT_EQ(p, other_p);
  EXPECT_EQ(pose.tx, other_pose.tx);

  scene.visible[3] = 1;
  other_pose = scene.pose;
  other_p = scene.p;
  optimiser.climb(scene.maps(), kernel, NuRlms::Pass::all, 5, 1, other_pose, other_p);
  EXPECT_NE(p, other_p);
}

TEST(NuRlms, LimitsTheModesInBothPasses) {
  Scene scene(28, 10, 9, 5);
  const ShapeModel model(scene.pdm);
  NuRlms optimiser(model);
  for (const auto pass : {NuRlms::Pass::rigid, NuRlms::Pass::all}) {
    ShapePose pose = scene.pose;
    std::vector<float> p(10);
    for (std::size_t j = 0; j < 10; ++j)
      p[j] = (j % 2 == 0 ? 5.0f : -5.0f) * std::sqrt(scene.pdm.variances[j]);
    optimiser.climb(scene.maps(), MeanShiftKernel(9, 1), pass, 1, 1e-3f, pose, p);
    for (std::size_t j = 0; j < 10; ++j)
      EXPECT_LE(std::abs(p[j]), 3 * std::sqrt(scene.pdm.variances[j]));
    for (std::size_t j = 0; j < 10 && pass == NuRlms::Pass::rigid; ++j)
      EXPECT_EQ(std::abs(p[j]), 3 * std::sqrt(scene.pdm.variances[j]));
  }
}

TEST(NuRlms, StopsWhenThePointsStandStill) {
  // All maps draw from just below 4.05, where the kernel's centre snaps to 4.0, to just above,
  // where it snaps to 4.1 and the next step would be large. From 4.0499 on the first step moves the
  // 28 points by 0.004 px together, which ends the pass; from 4.045 on by 0.07 px.
  for (const auto& [start, still] : {std::pair{4.0499f, true}, {4.045f, false}}) {
    Scene scene(28, 10, 9, 6);
    for (int i = 0; i < 28; ++i) {
      scene.peak(i, 4.134f, 4);
      scene.base[i] -= scene.to_picture[0] * (start - 4);
      scene.base[28 + i] -= scene.to_picture[2] * (start - 4);
    }
    const ShapeModel model(scene.pdm);
    NuRlms optimiser(model);
    const MeanShiftKernel kernel(9, 1);
    ShapePose once = scene.pose, twice = scene.pose;
    std::vector<float> p = scene.p, twice_p = scene.p;
    optimiser.climb(scene.maps(), kernel, NuRlms::Pass::rigid, 1, 0, once, p);
    optimiser.climb(scene.maps(), kernel, NuRlms::Pass::rigid, 2, 0, twice, twice_p);
    EXPECT_NE(once.tx, scene.pose.tx);
    EXPECT_EQ(once.tx == twice.tx, still);
  }
}

TEST(NuRlms, TellsPositionsOfBeforeTheLastStep) {
  Scene scene(28, 10, 9, 7);
  const ShapeModel model(scene.pdm);
  NuRlms optimiser(model);
  optimiser.climb(scene.maps(), MeanShiftKernel(9, 1), NuRlms::Pass::all, 1, 1, scene.pose,
                  scene.p);
  EXPECT_THAT(std::vector(optimiser.positions().begin(), optimiser.positions().end()),
              Each(testing::FloatNear(4, 1e-4f)));  // the middle: where the maps were made
  // Where no step was taken that is all there is to tell.
  optimiser.climb(scene.maps(), MeanShiftKernel(9, 1), NuRlms::Pass::all, 5, 1, scene.pose,
                  scene.p);
  optimiser.climb(scene.maps(), MeanShiftKernel(9, 1), NuRlms::Pass::all, 0, 1, scene.pose,
                  scene.p);
  EXPECT_THAT(std::vector(optimiser.positions().begin(), optimiser.positions().end()), Each(4));
}

TEST(NuRlms, TakesNoStepOutOfThisWorld) {
  for (const float factor : {1e10f, 1e25f, 1e38f}) {
    Scene scene(28, 10, 9, 9);
    for (float& value : scene.to_picture) value *= factor;
    const ShapeModel model(scene.pdm);
    NuRlms optimiser(model);
    for (const auto pass : {NuRlms::Pass::rigid, NuRlms::Pass::all}) {
      ShapePose pose = scene.pose;
      std::vector<float> p = scene.p;
      optimiser.climb(scene.maps(), MeanShiftKernel(9, 1), pass, 5, 1, pose, p);
      EXPECT_EQ(pose.scale, scene.pose.scale) << factor;
      EXPECT_EQ(pose.rx, scene.pose.rx) << factor;
      EXPECT_EQ(pose.tx, scene.pose.tx) << factor;
      EXPECT_EQ(p, scene.p) << factor;
    }
  }
}

TEST(NuRlms, StaysFinite) {
  Scene scene(28, 10, 9, 8);
  const ShapeModel model(scene.pdm);
  NuRlms optimiser(model);
  const MeanShiftKernel kernel(9, 1);
  std::vector<float> limits;
  for (const float variance : model.variances()) limits.push_back(3 * std::sqrt(variance));
  for (const float value : {0.0f, 1e-38f, 1e38f, -1.0f, INFINITY, NAN}) {
    for (const float scale : {1.0f, 0.0f, -1.0f, 1e-20f, 1e30f}) {
      std::fill(scene.values.begin(), scene.values.end(), value);
      ShapePose pose = scene.pose;
      pose.scale = scale;
      std::vector<float> p = scene.p;
      for (const auto pass : {NuRlms::Pass::rigid, NuRlms::Pass::all})
        optimiser.climb(scene.maps(), kernel, pass, 5, 1, pose, p);
      for (const float v : {pose.scale, pose.rx, pose.ry, pose.rz, pose.tx, pose.ty})
        EXPECT_TRUE(std::isfinite(v)) << value << ", " << scale;
      for (std::size_t j = 0; j < p.size(); ++j)
        EXPECT_LE(std::abs(p[j]), limits[j]) << value << ", " << scale;
    }
  }
}

}  // namespace
}  // namespace auriga
