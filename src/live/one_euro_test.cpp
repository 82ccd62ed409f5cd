#include <cmath>

#include <gtest/gtest.h>

#include "auriga/live.hpp"

namespace auriga {
namespace {

// The first value passes, then with alpha = 1 / (1 + 1 / (2 pi fc dt)) as published.
TEST(OneEuro, IsThatOfThePaper) {
  OneEuro filter({.min_cutoff_hz = 1, .beta = 0.5, .derivative_cutoff_hz = 1});
  EXPECT_EQ(filter.next(2, 10), 2);
  const double dt = 0.1, pi = std::acos(-1.0);
  const auto alpha = [&](double fc) { return 1 / (1 + 1 / (2 * pi * fc * dt)); };
  const double slope = alpha(1) * (1 / dt);
  const double expected = 2 + alpha(1 + 0.5 * slope) * 1;
  EXPECT_NEAR(filter.next(3, 10.1), expected, 1e-12);
}

TEST(OneEuro, HoldsNoiseBackAndFollowsMovement) {
  OneEuro filter;
  double most = 0;
  for (int i = 0; i < 300; ++i) {
    const double value = filter.next(1 + (i % 2 ? 0.1 : -0.1), i / 30.0);
    if (i > 60) most = std::max(most, std::abs(value - 1));
  }
  EXPECT_LT(most, 0.05);
  for (int i = 300; i < 360; ++i) filter.next(4, i / 30.0);
  EXPECT_NEAR(filter.next(4, 12), 4, 0.05);
}

TEST(OneEuro, StandsWhereTimeDoes) {
  OneEuro filter;
  filter.next(1, 5);
  EXPECT_EQ(filter.next(9, 5), 1);
  EXPECT_EQ(filter.next(9, 4), 1);
  filter.reset();
  EXPECT_EQ(filter.next(9, 4), 9);
}

}  // namespace
}  // namespace auriga
