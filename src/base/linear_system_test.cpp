#include "base/linear_system.hpp"

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace auriga {
namespace {

std::vector<double> random_values(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<double> values(count);
  for (double& v : values) v = static_cast<double>(static_cast<std::int32_t>(random())) * 0x1p-31;
  return values;
}

TEST(LinearSystem, SolutionSolves) {
  constexpr std::size_t kSide = 40, kColumns = 7;
  const std::vector<double> a = random_values(kSide * kSide, 1),
                            wanted = random_values(kSide * kColumns, 2);
  std::vector<double> used = a, x = wanted;
  ASSERT_TRUE(solve_linear(used, x));
  for (std::size_t i = 0; i < kSide; ++i) {
    for (std::size_t j = 0; j < kColumns; ++j) {
      double sum = 0;
      for (std::size_t k = 0; k < kSide; ++k) sum += a[i * kSide + k] * x[k * kColumns + j];
      EXPECT_NEAR(sum, wanted[i * kColumns + j], 1e-11);
    }
  }
}

TEST(LinearSystem, PivotsAreExchanged) {
  std::vector<double> a = {0, 2, 4, 0}, x = {6, 20};
  ASSERT_TRUE(solve_linear(a, x));
  EXPECT_EQ(x, (std::vector<double>{5, 3}));
}

TEST(LinearSystem, SingularIsSaid) {
  std::vector<double> a = {1, 2, 2, 4}, x = {1, 1};
  EXPECT_FALSE(solve_linear(a, x));
  a = {NAN, 1, 1, 1}, x = {1, 1};
  EXPECT_FALSE(solve_linear(a, x));
}

// Recorded: other bits on any processor would be a fault. (FNV-1a over the bytes.)
TEST(LinearSystem, HasTheseBits) {
  std::vector<double> a = random_values(30 * 30, 3), x = random_values(30 * 9, 4);
  ASSERT_TRUE(solve_linear(a, x));
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const double v : x)
    for (int k = 0; k < 8; ++k)
      hash = (hash ^ (std::bit_cast<std::uint64_t>(v) >> (8 * k) & 255)) * 0x100000001b3;
  EXPECT_EQ(hash, 18331699223354162293ULL);
}

}  // namespace
}  // namespace auriga
