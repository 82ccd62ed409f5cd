#include "au/linear/score_histogram.hpp"

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace auriga {
namespace {

TEST(ScoreHistogram, IsWithinItsErrorOfTheSortedQuantile) {
  std::mt19937 random(3);
  std::normal_distribution<double> narrow(0.3, 0.5), wide(-4, 6);
  ScoreHistogram histogram(2);
  std::vector<double> sorted[2];
  for (int n = 1; n <= 400; ++n) {
    const std::vector<double> scores = {narrow(random), wide(random)};
    histogram.add(scores);
    ASSERT_EQ(histogram.count(), n);
    for (int m = 0; m < 2; ++m) {
      auto& values = sorted[m];
      values.insert(std::upper_bound(values.begin(), values.end(), scores[m]), scores[m]);
      for (const double q : {0.0, 0.2, 0.55, 0.7000000000000001, 0.999999}) {
        const auto index = static_cast<std::size_t>(static_cast<double>(n) * q);
        ASSERT_NEAR(histogram.quantile(m, q), values[index], 1.0000001 * ScoreHistogram::kError)
            << n << ' ' << q;
      }
      ASSERT_NEAR(histogram.quantile(m, 1), values.back(), 1.0000001 * ScoreHistogram::kError);
    }
  }
  EXPECT_EQ(ScoreHistogram::kError, 1.0 / 512);
}

TEST(ScoreHistogram, CountsWhatIsOutsideAtTheEnds) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  ScoreHistogram histogram(1);
  for (const double score : {-1e300, -33.0, 0.0, 1e300, nan}) histogram.add(std::vector{score});
  EXPECT_DOUBLE_EQ(histogram.quantile(0, 0.0), -32 + ScoreHistogram::kError);
  EXPECT_DOUBLE_EQ(histogram.quantile(0, 0.2), -32 + ScoreHistogram::kError);
  EXPECT_DOUBLE_EQ(histogram.quantile(0, 0.4), ScoreHistogram::kError);
  EXPECT_DOUBLE_EQ(histogram.quantile(0, 0.6), 32 - ScoreHistogram::kError);
  EXPECT_DOUBLE_EQ(histogram.quantile(0, 1.0), 32 - ScoreHistogram::kError) << "NaN comes last";
}

}  // namespace
}  // namespace auriga
