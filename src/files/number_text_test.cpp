#include "files/number_text.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <random>

#include <gtest/gtest.h>

namespace auriga {
namespace {

std::string fixed(double value, int decimals) {
  std::string text = "|";  // appends, never replaces
  append_fixed(text, value, decimals);
  return text.substr(1);
}

template <typename Number>
std::string shortest(Number value) {
  std::string text = "|";
  append_shortest(text, value);
  return text.substr(1);
}

TEST(FixedDecimals, RoundHalfToEvenOnTheExactValue) {
  EXPECT_EQ(fixed(0.25, 1), "0.2");
  EXPECT_EQ(fixed(0.75, 1), "0.8");
  EXPECT_EQ(fixed(-0.25, 1), "-0.2");
  EXPECT_EQ(fixed(0.125, 2), "0.12");
  EXPECT_EQ(fixed(0.375, 2), "0.38");
  EXPECT_EQ(fixed(0.35, 1), "0.3");                        // 0.34999999999999997...
  EXPECT_EQ(fixed(static_cast<double>(0.35F), 1), "0.3");  // 0.3499999940...
  EXPECT_EQ(fixed(static_cast<double>(0.45F), 1), "0.4");  // 0.4499999880...
  EXPECT_EQ(fixed(static_cast<double>(0.15F), 1), "0.2");  // 0.1500000059...
  EXPECT_EQ(fixed(1.0, 2), "1.00");
  EXPECT_EQ(fixed(1.5, 0), "2");
  EXPECT_EQ(fixed(2.5, 0), "2");
}

TEST(FixedDecimals, KeepTheSignOfZero) {
  EXPECT_EQ(fixed(-0.0, 1), "-0.0");
  EXPECT_EQ(fixed(-0.04, 1), "-0.0");
  EXPECT_EQ(fixed(0.0, 3), "0.000");
}

TEST(FixedDecimals, AreNeverScientific) {
  EXPECT_EQ(fixed(static_cast<double>(2.5e7F), 1), "25000000.0");
  EXPECT_EQ(fixed(1e-30, 3), "0.000");
  EXPECT_EQ(fixed(std::numeric_limits<double>::max(), 3).size(), 313U);
  EXPECT_EQ(fixed(-std::numeric_limits<double>::max(), 9).size(), 320U);
}

// printf rounds as the spec asks; random bit patterns reach all magnitudes, small integers / 2^k
// all ties.
TEST(FixedDecimals, EqualPrintf) {
  std::mt19937_64 random(7);
  char expected[400];
  for (int i = 0; i < 20000; ++i) {
    auto value = static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(random())));
    if (i % 2 == 0)
      value = std::ldexp(static_cast<double>(static_cast<std::int32_t>(random() % 100001)) - 50000,
                         -static_cast<int>(random() % 12));
    if (!std::isfinite(value)) continue;
    const int decimals = static_cast<int>(random() % 7);
    std::snprintf(expected, sizeof expected, "%.*f", decimals, value);
    ASSERT_EQ(fixed(value, decimals), expected);
  }
}

TEST(ShortestDecimals, AreThoseOfPython) {
  EXPECT_EQ(shortest(0.0), "0.0");
  EXPECT_EQ(shortest(-0.0), "-0.0");
  EXPECT_EQ(shortest(1.0 / 30), "0.03333333333333333");
  EXPECT_EQ(shortest(2.0 / 30), "0.06666666666666667");
  EXPECT_EQ(shortest(1.0 / 10), "0.1");
  EXPECT_EQ(shortest(213.0), "213.0");
  EXPECT_EQ(shortest(0.0001), "0.0001");
  EXPECT_EQ(shortest(0.00001), "1e-05");
  EXPECT_EQ(shortest(1.5e-7), "1.5e-07");
  EXPECT_EQ(shortest(1e15), "1000000000000000.0");
  EXPECT_EQ(shortest(1e16), "1e+16");
  EXPECT_EQ(shortest(1e-300), "1e-300");
  EXPECT_EQ(shortest(0.1F), "0.1");
  EXPECT_EQ(shortest(static_cast<double>(0.1F)), "0.10000000149011612");
}

TEST(ShortestDecimals, ReadBackTheSame) {
  std::mt19937_64 random(11);
  for (int i = 0; i < 20000; ++i) {
    const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    const auto wide = std::bit_cast<double>(static_cast<std::uint64_t>(random()));
    if (std::isfinite(value)) {
      ASSERT_EQ(std::strtof(shortest(value).c_str(), nullptr), value);
    }
    if (std::isfinite(wide)) {
      ASSERT_EQ(std::strtod(shortest(wide).c_str(), nullptr), wide);
    }
  }
}

}  // namespace
}  // namespace auriga
