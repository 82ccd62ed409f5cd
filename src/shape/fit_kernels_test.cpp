#include "shape/fit_kernels.hpp"

#include <cmath>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "shape/fake_pdm.hpp"
#include "shape/shape_fitter_reference.hpp"

namespace auriga {
namespace {

using test::uniform;
using ::testing::Each;

std::vector<float> random_values(std::size_t count, std::mt19937& random) {
  std::vector<float> values(count);
  for (float& value : values) value = uniform(random, -1, 1);
  return values;
}

TEST(CombineRows, EqualsAPlainLoopBitForBit) {
  std::mt19937 random(1);
  for (const int rows : {0, 1, 3, 13, 63}) {
    for (int columns = 0; columns <= 136; columns += 8) {
      const int stride = columns + 5;
      const std::vector<float> weights = random_values(rows, random);
      const std::vector<float> matrix =
          random_values(static_cast<std::size_t>(rows) * stride, random);
      std::vector<float> out(columns + 1, 77.0f);
      combine_rows(weights.data(), rows, matrix.data(), stride, columns, out.data());
      for (int c = 0; c < columns; ++c) {
        float sum = 0;
        for (int r = 0; r < rows; ++r) sum += weights[r] * matrix[r * stride + c];
        ASSERT_EQ(out[c], sum) << rows << " x " << columns << ", column " << c;
      }
      EXPECT_EQ(out[columns], 77.0f);
    }
  }
}

TEST(SolveCholesky, SolvesTheUpperTriangle) {
  std::mt19937 random(2);
  for (const int n : {8, 16, 40, 48, 72}) {
    const int stride = n + 16;
    // A^T A + n I, so that the condition is small and the tolerance is a few roundings.
    const std::vector<float> a = random_values(static_cast<std::size_t>(n) * n, random);
    std::vector<float> h(a.size());
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < n; ++j)
        for (int k = 0; k < n; ++k) h[i * n + j] += a[k * n + i] * a[k * n + j] + (i == j);
    const std::vector<float> b = random_values(n, random);
    std::vector<float> system(static_cast<std::size_t>(n) * stride, NAN);
    for (int i = 0; i < n; ++i) {
      for (int j = i; j < n; ++j) system[i * stride + j] = h[i * n + j];
      system[i * stride + n] = b[i];
    }
    std::vector<float> x(n, NAN);
    ASSERT_TRUE(solve_cholesky(system.data(), n, stride, x.data()));
    const std::vector<float> expected = test::plain_cholesky_solve(h, b);
    for (int i = 0; i < n; ++i) EXPECT_NEAR(x[i], expected[i], 1e-6f) << n << ", " << i;
  }
}

TEST(SolveCholesky, GivesZeroForSmallOrBadPivots) {
  for (const float pivot : {0.0f, -1.0f, 1e-7f, NAN, static_cast<float>(INFINITY)}) {
    for (const int place : {0, 5, 7, 9, 15}) {
      std::vector<float> system(16 * 24), x(16, 1.0f);
      for (int i = 0; i < 16; ++i) system[i * 24 + i] = system[i * 24 + 16] = 1;
      for (int j = 0; j < 16; ++j)
        system[j * 24 + place] = j == place ? pivot : system[j * 24 + place];
      const bool solved = solve_cholesky(system.data(), 16, 24, x.data());
      if (std::isinf(pivot)) continue;  // a number or not, as long as it returns
      EXPECT_FALSE(solved) << pivot << " at " << place;
      EXPECT_THAT(x, Each(0.0f));
    }
  }
  std::vector<float> system(8 * 16), x(8);
  for (int i = 0; i < 8; ++i)
    system[i * 16 + i] = system[i * 16 + 8] = 1.2e-7f;  // just above epsilon
  EXPECT_TRUE(solve_cholesky(system.data(), 8, 16, x.data()));
  EXPECT_THAT(x, Each(::testing::FloatEq(1)));
}

TEST(ResidualNorm, LooksAtVisiblePointsOnly) {
  std::vector<float> shape(24), seen(16), mask(8);
  const WeakPerspective camera{1, 10, 20, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
  seen[2] = 13;      // x off by 3
  seen[8 + 2] = 24;  // y off by 4
  mask[2] = 1;
  EXPECT_FLOAT_EQ(residual_norm(shape.data(), seen.data(), mask.data(), 8, camera), 5);
}

}  // namespace
}  // namespace auriga
