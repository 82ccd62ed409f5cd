#include "live/source_clock.hpp"

#include <gtest/gtest.h>

namespace auriga {
namespace {

std::chrono::steady_clock::time_point at(double s) {
  return std::chrono::steady_clock::time_point(
      std::chrono::duration_cast<std::chrono::steady_clock::duration>(
          std::chrono::duration<double>(s)));
}

TEST(SourceClock, FollowsTheSource) {
  SourceClock clock;
  EXPECT_EQ(clock.show(100, at(5)), 0);
  EXPECT_NEAR(clock.show(100.5, at(5.6)), 0.5, 1e-9);
  EXPECT_NEAR(clock.show(108, at(13)), 8, 1e-9);
}

TEST(SourceClock, GoesByArrivalsWhereTheSourceJumps) {
  SourceClock clock;
  clock.show(100, at(5));
  EXPECT_NEAR(clock.show(20, at(5.1)), 0.1, 1e-9);    // back
  EXPECT_NEAR(clock.show(20.2, at(5.3)), 0.3, 1e-9);  // goes on from there
  EXPECT_NEAR(clock.show(5000, at(5.4)), 0.4, 1e-9);  // ahead
  EXPECT_NEAR(clock.show({}, at(5.5)), 0.5, 1e-9);    // silent
  EXPECT_NEAR(clock.show(5001, at(5.7)), 0.7, 1e-9);
  EXPECT_NEAR(clock.show(5001.5, at(6)), 1.2, 1e-9);
  // A long gap that is one.
  EXPECT_NEAR(clock.show(5041.5, at(46)), 41.2, 1e-9);
}

}  // namespace
}  // namespace auriga
