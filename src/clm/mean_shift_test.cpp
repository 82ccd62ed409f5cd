#include "clm/mean_shift.hpp"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "shape/fake_pdm.hpp"

namespace auriga {
namespace {

using test::uniform;

std::vector<float> random_map(int window, std::mt19937& random) {
  std::vector<float> map(static_cast<std::size_t>(window) * window + kResponseMargin);
  for (float& value : map) value = uniform(random, 0, 1);
  return map;
}

// Spec clnf.md section 5.1, in double precision from the snapped centre on.
std::array<double, 2> plain_shift(const std::vector<float>& map, int window, float sigma, float x,
                                  float y) {
  const float step = 0.1f, last = static_cast<float>(window) - step;
  x = std::min(std::max(x, 0.0f), last);
  y = std::min(std::max(y, 0.0f), last);
  const double ux = std::trunc(x / step + 0.5f) * 0.1, uy = std::trunc(y / step + 0.5f) * 0.1;
  double sum = 0, mean_x = 0, mean_y = 0;
  for (int i = 0; i < window; ++i) {
    for (int j = 0; j < window; ++j) {
      const double weight =
          map[i * window + j] *
          std::exp(-0.5 / (double{sigma} * sigma) * ((uy - i) * (uy - i) + (ux - j) * (ux - j)));
      sum += weight;
      mean_x += weight * j;
      mean_y += weight * i;
    }
  }
  return {mean_x / sum - x, mean_y / sum - y};
}

TEST(MeanShiftKernel, AgreesWithAPlainLoop) {
  std::mt19937 random(1);
  for (const int window : {1, 3, 5, 7, 9, 11, 13, 15, 31}) {
    for (const float sigma : {1.0f, 1.75f, 2.5f}) {
      const MeanShiftKernel kernel(window, sigma);
      for (int trial = 0; trial < 50; ++trial) {
        const std::vector<float> map = random_map(window, random);
        const float side = static_cast<float>(window);
        const float x = uniform(random, -side, 2 * side), y = uniform(random, -side, 2 * side);
        const auto shift = kernel.shift(map.data(), x, y);
        const auto expected = plain_shift(map, window, sigma, x, y);
        // Sums of up to 961 products in single precision, times a position of up to 31.
        EXPECT_NEAR(shift[0], expected[0], 4e-5) << window << ", " << x << ", " << y;
        EXPECT_NEAR(shift[1], expected[1], 4e-5) << window << ", " << x << ", " << y;
      }
    }
  }
}

TEST(MeanShiftKernel, SnapsTheCentreButNotTheStart) {
  std::mt19937 random(2);
  const MeanShiftKernel kernel(9, 1.5f);
  const std::vector<float> map = random_map(9, random);
  // 3.96 and 4.04 share the node 4.0: the same mean, from other starts.
  const auto a = kernel.shift(map.data(), 3.96f, 5), b = kernel.shift(map.data(), 4.04f, 5);
  EXPECT_NEAR(a[0] + 3.96f, b[0] + 4.04f, 2e-6);  // a rounding at 4 is 5e-7
  EXPECT_EQ(a[1], b[1]);
  EXPECT_NE(kernel.shift(map.data(), 4.06f, 5)[1], a[1]);
}

TEST(MeanShiftKernel, LooksAtTheMapOnly) {
  std::mt19937 random(3);
  for (const int window : {3, 9, 15}) {
    const MeanShiftKernel kernel(window, 1.5f);
    std::vector<float> map = random_map(window, random);
    const auto shift = kernel.shift(map.data(), 1.3f, 1.8f);
    std::fill(map.begin() + window * window, map.end(), 1e6f);
    EXPECT_EQ(kernel.shift(map.data(), 1.3f, 1.8f), shift);
  }
}

TEST(MeanShiftKernel, DoesNotMoveWithoutWeight) {
  const MeanShiftKernel kernel(5, 1);
  std::vector<float> map(25 + kResponseMargin);
  const std::array<float, 2> none = {0, 0};
  EXPECT_EQ(kernel.shift(map.data(), 2, 2), none);
  EXPECT_EQ(MeanShiftKernel::likelihood(map.data(), 5, 2, 2, 1), 0);
  map.assign(map.size(), 1);
  map[12] = std::numeric_limits<float>::infinity();
  EXPECT_EQ(kernel.shift(map.data(), 2, 2), none);
  EXPECT_EQ(MeanShiftKernel::likelihood(map.data(), 5, 2, 2, 1), 0);
}

TEST(MeanShiftKernel, TakesAnyPosition) {
  std::mt19937 random(4);
  const MeanShiftKernel kernel(7, 1.5f);
  const std::vector<float> map = random_map(7, random);
  const float huge = std::numeric_limits<float>::infinity();
  EXPECT_EQ(kernel.shift(map.data(), huge, -huge), kernel.shift(map.data(), 7, 0));
  EXPECT_EQ(kernel.shift(map.data(), NAN, NAN), kernel.shift(map.data(), 0, 0));
}

TEST(MeanShiftKernel, LikelihoodIsExact) {
  std::mt19937 random(5);
  for (const int window : {3, 9, 15}) {
    const std::vector<float> map = random_map(window, random);
    for (int trial = 0; trial < 20; ++trial) {
      const float side = static_cast<float>(window);
      const float x = uniform(random, -2, side + 2), y = uniform(random, -2, side + 2);
      double sum = 0;
      for (int i = 0; i < window; ++i)
        for (int j = 0; j < window; ++j)
          sum += map[i * window + j] *
                 std::exp(-0.5 / (1.6 * 1.6) * (std::pow(y - i, 2) + std::pow(x - j, 2)));
      EXPECT_NEAR(MeanShiftKernel::likelihood(map.data(), window, x, y, 1.6f), sum, 2e-6 * sum);
    }
  }
}

}  // namespace
}  // namespace auriga
