#include "au/linear/online_correction.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace auriga {
namespace {

TEST(OnlineCorrection, OnlyClipsTheFirstNineSuccesses) {
  OnlineCorrection correction(3);
  for (int i = 0; i < 9; ++i) {
    std::array<double, 3> v = {-1.0, 2.5, 6.0};
    correction.apply(true, v);
    EXPECT_THAT(v, testing::ElementsAre(0, 2.5, 5));
    v = {-1.0, 2.5, 6.0};
    correction.apply(false, v);  // failed frames do not count
    EXPECT_THAT(v, testing::ElementsAre(0, 2.5, 5));
  }
  std::array<double, 3> v = {-1.0, 2.5, 6.0};
  correction.apply(true, v);
  // From the tenth on the lower edge of the bin that holds the 10th percentile is subtracted:
  // -1, 2.48 (bin 137 of width 0.04), 4.96 (the last bin, for all above).
  EXPECT_DOUBLE_EQ(v[0], 0);
  EXPECT_NEAR(v[1], 0.02, 1e-12);
  EXPECT_NEAR(v[2], 1.04, 1e-12);
  v = {-1.0, 2.5, 6.0};
  correction.apply(false, v);
  EXPECT_THAT(v, testing::ElementsAre(0, 2.5, 5)) << "a failed frame is not corrected";
}

// The percentile by sorting: the first bin with more than trunc(n / 10) values at or below it holds
// the value of that index in ascending order.
TEST(OnlineCorrection, EqualsTheSortedPercentile) {
  std::mt19937 random(9);
  std::normal_distribution<double> value(0.5, 2);
  OnlineCorrection correction(1);
  std::vector<int> bins;
  for (int i = 0; i < 500; ++i) {
    const double v = value(random);
    bins.push_back(static_cast<int>(std::clamp((v + 3) * 200 / 8, 0.0, 199.0)));
    std::sort(bins.begin(), bins.end());
    const auto index = static_cast<std::size_t>(0.10 * static_cast<double>(bins.size()));
    const double subtracted = bins.size() < 10 ? 0 : -3 + 0.04 * bins[index];
    std::array<double, 1> found = {v};
    correction.apply(true, found);
    ASSERT_NEAR(found[0], std::clamp(v - subtracted, 0.0, 5.0), 1e-12) << i;
  }
}

TEST(OnlineCorrection, SurvivesValuesThatAreNoNumbers) {
  OnlineCorrection correction(3);
  for (int i = 0; i < 12; ++i) {
    std::array<double, 3> v = {std::numeric_limits<double>::quiet_NaN(), 1e300, -1e300};
    correction.apply(true, v);
    EXPECT_EQ(v[1], 5);
    EXPECT_EQ(v[2], 0);
  }
}

}  // namespace
}  // namespace auriga
