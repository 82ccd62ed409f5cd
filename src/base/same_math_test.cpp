#include "base/same_math.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>

#include <gtest/gtest.h>

namespace auriga {
namespace {

// Units in the last place between two finite numbers.
double ulps(double a, double b) {
  const double step = std::nextafter(std::abs(b), INFINITY) - std::abs(b);
  return std::abs(a - b) / step;
}

template <typename Ours, typename Theirs>
void compare(const char* name, double low, double high, Ours ours, Theirs theirs,
             double most_ulps = 2) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> uniform(low, high);
  for (int i = 0; i < 200'000; ++i) {
    const double x = uniform(random);
    ASSERT_LE(ulps(ours(x), theirs(x)), most_ulps) << name << " of " << x;
  }
}

TEST(SameMath, IsWhatTheLibrarySays) {
  compare(
      "exp", -700, 700, [](double x) { return same::exp(x); },
      [](double x) { return std::exp(x); });
  compare(
      "exp", -1, 1, [](double x) { return same::exp(x); }, [](double x) { return std::exp(x); });
  compare(
      "log", 1e-300, 1e-290, [](double x) { return same::log(x); },
      [](double x) { return std::log(x); });
  compare(
      "log", 1e-6, 10, [](double x) { return same::log(x); }, [](double x) { return std::log(x); });
  compare(
      "log", 0.9, 1.1, [](double x) { return same::log(x); }, [](double x) { return std::log(x); });
  compare(
      "log", 1, 1e300, [](double x) { return same::log(x); }, [](double x) { return std::log(x); });
  compare(
      "atan", -2, 2, [](double x) { return same::atan(x); }, [](double x) { return std::atan(x); });
  compare(
      "atan", -1e6, 1e6, [](double x) { return same::atan(x); },
      [](double x) { return std::atan(x); });
  compare(
      "asin", -0.9, 0.9, [](double x) { return same::asin(x); },
      [](double x) { return std::asin(x); }, 4);
  compare(
      "acos", -0.9, 0.9, [](double x) { return same::acos(x); },
      [](double x) { return std::acos(x); }, 4);
  compare(
      "pow", 0.01, 50, [](double x) { return same::pow(x, 1.7); },
      [](double x) { return std::pow(x, 1.7); }, 12);
  // Near their zeros the last place of sine and cosine is smaller than that of the argument.
  std::mt19937_64 random(2);
  std::uniform_real_distribution<double> angles(-100, 100), unit(-1, 1);
  for (int i = 0; i < 200'000; ++i) {
    const double x = angles(random), y = unit(random), z = unit(random);
    ASSERT_NEAR(same::sin(x), std::sin(x), 3e-16) << x;
    ASSERT_NEAR(same::cos(x), std::cos(x), 3e-16) << x;
    ASSERT_NEAR(same::atan2(y, z), std::atan2(y, z), 1e-15) << y << " " << z;
    ASSERT_LE(ulps(same::length(y, z), std::hypot(y, z)), 2);
    ASSERT_EQ(same::length(static_cast<float>(y), static_cast<float>(z)),
              std::hypot(static_cast<float>(y), static_cast<float>(z)));
  }
}

TEST(SameMath, EndsWhereTheLibraryDoes) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(same::exp(-kInfinity), 0);
  EXPECT_EQ(same::exp(kInfinity), kInfinity);
  EXPECT_EQ(same::exp(0), 1);
  EXPECT_TRUE(std::isnan(same::exp(NAN)));
  EXPECT_EQ(same::log(0), -kInfinity);
  EXPECT_EQ(same::log(1), 0);
  EXPECT_TRUE(std::isnan(same::log(-1)));
  EXPECT_EQ(same::sin(0), 0);
  EXPECT_EQ(same::cos(0), 1);
  EXPECT_TRUE(std::isnan(same::sin(kInfinity)));
  EXPECT_EQ(same::atan2(0.0, -1.0), std::atan2(0, -1));
  EXPECT_EQ(same::atan2(-0.0, 1.0), 0);
  EXPECT_EQ(same::atan2(0.0, 0.0), 0);
  EXPECT_EQ(same::atan2(1.0, 0.0), std::atan2(1, 0));
  EXPECT_EQ(same::asin(1.0), std::asin(1));
  EXPECT_EQ(same::asin(0.0), 0);
  EXPECT_TRUE(std::isnan(same::asin(1.1)));
  EXPECT_EQ(same::acos(1), 0);
  EXPECT_EQ(same::acos(-1), std::acos(-1));
  EXPECT_TRUE(std::isnan(same::acos(-1.1)));
  EXPECT_EQ(same::atan(kInfinity), std::atan(kInfinity));
}

// Single precision is rounded once: the value in extended precision, rounded, is the same.
TEST(SameMath, OfSinglePrecisionIsCorrectlyRounded) {
  std::mt19937 random(3);
  std::uniform_real_distribution<float> unit(-1, 1);
  for (int i = 0; i < 200'000; ++i) {
    const float y = unit(random), x = unit(random);
    ASSERT_EQ(same::atan2(y, x), static_cast<float>(std::atan2(static_cast<long double>(y),
                                                               static_cast<long double>(x))));
    ASSERT_EQ(same::asin(x), static_cast<float>(std::asin(static_cast<long double>(x))));
  }
}

// Recorded: any other bit on any processor would be a fault. (FNV-1a over the bytes.)
TEST(SameMath, HasTheseBits) {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto add = [&](double v) {
    std::uint64_t bits;
    std::memcpy(&bits, &v, sizeof bits);
    for (int k = 0; k < 8; ++k) hash = (hash ^ (bits >> (8 * k) & 255)) * 0x100000001b3;
  };
  for (int i = 1; i < 20'000; ++i) {
    const double x = i * 0.00137;
    add(same::exp(x - 13));
    add(same::log(x));
    add(same::sin(x));
    add(same::cos(x));
    add(same::atan2(x - 7, 3 - x));
    add(same::asin(i / 20'000.0));
    add(same::pow(x, 0.3));
    add(same::length(x, 1.7));
    add(same::acos(i / 20'000.0));
    add(same::asin(static_cast<float>(i) / 20'000));
    add(same::atan2(static_cast<float>(x) - 7, 3 - static_cast<float>(x)));
  }
  EXPECT_EQ(hash, 5933983606460032119ULL);
}

// Recorded from the C library (glibc 2.36 on x86-64), whose functions these are.
TEST(SameMath, SinglePrecisionHasTheseBits) {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto add = [&](float v) {
    const auto bits = std::bit_cast<std::uint32_t>(v);
    for (int k = 0; k < 4; ++k) hash = (hash ^ (bits >> (8 * k) & 255)) * 0x100000001b3;
  };
  std::uint32_t state = 1;
  const auto number = [&] {  // -2 .. 2
    state = state * 1664525 + 1013904223;
    return static_cast<float>(static_cast<std::int32_t>(state)) * 0x1p-30f;
  };
  for (int i = 0; i < 100'000; ++i) {
    const float y = number(), x = number();
    add(same::single::atan2(y, x));
    add(same::single::atan2(y * 0x1p-20f, x));
    add(same::single::atan2(y, x * 0x1p-26f));
    add(same::single::asin(y / 2));
    add(same::single::asin(y * 0x1p-15f));
    add(same::single::asin(1 - x * x * 0x1p-7f));
  }
  for (const float y : {0.0f, -0.0f, 1.0f, -1.0f, INFINITY, -INFINITY, 0x1p-149f, -0x1p127f}) {
    for (const float x : {0.0f, -0.0f, 1.0f, -1.0f, INFINITY, -INFINITY, 0x1p-149f, -0x1p127f})
      add(same::single::atan2(y, x));
    if (std::abs(y) <= 1) add(same::single::asin(y));
  }
  EXPECT_EQ(hash, 5624303634261993948ULL);
  EXPECT_TRUE(std::isnan(same::single::asin(1.5f)));
  EXPECT_TRUE(std::isnan(same::single::asin(NAN)));
  EXPECT_TRUE(std::isnan(same::single::atan2(NAN, 1)));
  EXPECT_TRUE(std::isnan(same::single::atan2(1, NAN)));
}

}  // namespace
}  // namespace auriga
