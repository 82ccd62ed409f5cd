#include "au/running_median.hpp"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "au/linear/features.hpp"
#include "au/running_median_reference.hpp"
#include "support/allocations.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

using test::ScannedMedian;

std::vector<double> read(const RunningMedian& median, std::size_t dims) {
  std::vector<double> values(dims);
  median.read(values);
  return values;
}

// Feeds both and compares after every update, exactly: both evaluate the same expression for a
// bin's centre.
class Pair {
 public:
  Pair(int dims, int bins, double lo, double hi)
      : dims_(static_cast<std::size_t>(dims)),
        fast_(dims, bins, lo, hi),
        plain_(dims, bins, lo, hi) {}

  template <typename T>
  void update(const std::vector<T>& x, bool counted) {
    fast_.update(std::span<const T>(x), counted);
    plain_.update(x, counted);
    ++updates_;
    const auto found = read(fast_, dims_);
    for (std::size_t d = 0; d < dims_; ++d) {
      const double expected = plain_.median()[d];
      if (std::isnan(expected) && std::isnan(found[d])) continue;
      ASSERT_EQ(found[d], expected) << "dimension " << d << " after update " << updates_;
    }
  }

 private:
  std::size_t dims_;
  RunningMedian fast_;
  ScannedMedian plain_;
  int updates_ = 0;
};

TEST(RunningMedian, EqualsTheScanOnRandomValues) {
  std::mt19937 random(7);
  for (const int dims : {1, 3, 13, 63}) {
    for (const int bins : {1, 2, 31, 32, 33, 63, 64, 65, 1000}) {
      Pair pair(dims, bins, -1.5, 2);
      std::normal_distribution<float> value(0.2f, 1);  // some beyond either end
      std::bernoulli_distribution counted(0.8);
      for (int i = 0; i < 150; ++i) {
        std::vector<float> x(static_cast<std::size_t>(dims));
        for (float& v : x) v = value(random);
        ASSERT_NO_FATAL_FAILURE(pair.update(x, counted(random)))
            << dims << " dims, " << bins << " bins";
      }
    }
  }
}

TEST(RunningMedian, EqualsTheScanWhenValuesJumpBetweenTheEnds) {
  Pair pair(4, 10000, -60, 60);
  for (int i = 0; i < 400; ++i) {
    // Alternating, in pairs, in threes, and a flip halfway.
    const std::vector<double> x = {i % 2 ? 1e300 : -1e300, i / 2 % 2 ? 60.0 : -60.0,
                                   i / 3 % 2 ? 59.999 : -59.999, i < 200 ? 60.0 : -60.0};
    ASSERT_NO_FATAL_FAILURE(pair.update(x, true));
  }
}

TEST(RunningMedian, PutsNanInTheFirstBinAndInfinitiesInTheOuterOnes) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  RunningMedian median(3, 10, 0, 1);
  const std::vector<double> x = {nan, -infinity, infinity};
  median.update(std::span(x), true);
  EXPECT_TRUE(std::isnan(read(median, 3)[0])) << "one value: an exact copy";
  median.update(std::span(x), true);
  const auto values = read(median, 3);
  EXPECT_DOUBLE_EQ(values[0], 0.05);
  EXPECT_DOUBLE_EQ(values[1], 0.05);
  EXPECT_DOUBLE_EQ(values[2], 0.95);

  Pair pair(3, 10, 0, 1);
  std::mt19937 random(3);
  std::uniform_real_distribution<double> value(0, 1);
  for (int i = 0; i < 60; ++i) {
    ASSERT_NO_FATAL_FAILURE(pair.update(
        std::vector<double>{i % 3 ? nan : value(random), i % 2 ? infinity : value(random), nan},
        true));
  }
}

TEST(RunningMedian, FollowsTheEdgeCasesOfTheReference) {
  RunningMedian median(2, 10, 0, 1);
  EXPECT_EQ(read(median, 2), (std::vector<double>{0, 0}));
  const std::vector<double> zero = {0, 0}, first = {0.61234, 7}, second = {0.21, -3};

  median.update(std::span(zero), false);  // nothing counted yet: the first bin
  EXPECT_DOUBLE_EQ(read(median, 2)[1], 0.05);
  median.update(std::span(first), true);  // one: exact, even out of range
  EXPECT_EQ(read(median, 2), first);
  median.update(std::span(zero), false);  // still one: the failed frame's values
  EXPECT_EQ(read(median, 2), zero);
  median.update(std::span(second), true);  // two: lower median, and the first value was kept
  EXPECT_DOUBLE_EQ(read(median, 2)[0], 0.25);
  EXPECT_DOUBLE_EQ(read(median, 2)[1], 0.05);
  median.update(std::span(first), true);
  EXPECT_DOUBLE_EQ(read(median, 2)[0], 0.65);
  EXPECT_DOUBLE_EQ(read(median, 2)[1], 0.95);
  const auto before = read(median, 2);
  median.update(std::span(zero), false);  // no effect with more than one
  EXPECT_EQ(read(median, 2), before);
  EXPECT_EQ(median.count(), 3);
}

TEST(RunningMedian, PutsConstantZeroWhereTheReferenceDoes) {
  RunningMedian appearance(1, 1000, -0.005, 1.0), geometry(1, 10000, -60, 60);
  const std::vector<double> zero = {0};
  for (int i = 0; i < 2; ++i) {
    appearance.update(std::span(zero), true);
    geometry.update(std::span(zero), true);
  }
  EXPECT_NEAR(read(appearance, 1)[0], -0.0004775, 1e-12);  // the caller clamps it to 0
  EXPECT_NEAR(read(geometry, 1)[0], 0.006, 1e-12);
}

TEST(RunningMedian, CountsBeyondSixteenBits) {
  // Blocks longer than 65536 in one bin, so that counts carry into their upper half and the median
  // moves across such bins upward and downward.
  Pair pair(3, 8, 0, 8);
  int i = 0;
  for (const double level : {2.5, 5.5, 5.5, 2.5, 0.5, 0.5, 0.5, 7.5, 7.5, 7.5, 7.5}) {
    for (const int end = i + 70000; i < end; ++i) {
      ASSERT_NO_FATAL_FAILURE(
          pair.update(std::vector<double>{level, 8 - level, i % 5 + 0.5}, true));
    }
  }
}

// Few values in many bins, so that the median steps far in the list as in the histograms.
TEST(RunningMedian, EqualsTheScanAcrossTheEndOfTheList) {
  std::mt19937 random(11);
  std::uniform_int_distribution<int> level(0, 4);
  for (const int before : {0, 1, 20, 31, 32, 33, 50}) {
    RunningMedian used(63, 65536, 0, 1);
    ScannedMedian plain(63, 65536, 0, 1);
    std::vector<double> x(63);
    const auto update = [&](bool counted) {
      for (double& v : x) v = level(random) / 4.0;
      if (counted) used.update(std::span<const double>(x), true);
      if (counted) plain.update(x, true);
    };
    for (int i = 0; i < before; ++i) update(true);
    for (int i = 0; i < 40; ++i) {
      update(i % 3 != 0);
      if (used.count() == 0) continue;
      ASSERT_EQ(read(used, 63), plain.median()) << before << "+" << i;
    }
  }
}

TEST(RunningMedian, MakesItsHistogramsForThe33rdValue) {
  RunningMedian median(kGeometryFeatures, 10000, -60, 60);
  const std::vector<double> x(kGeometryFeatures, 1);
  const long before = test::allocations();
  for (int i = 0; i < 32; ++i) median.update(std::span(x), true);
  for (int i = 0; i < 100; ++i) median.update(std::span(x), false);
  EXPECT_EQ(test::allocations(), before);
  median.update(std::span(x), true);
  EXPECT_EQ(test::allocations(), before + 1) << "the set of occupied bins";
  median.update(std::span(x), true);
  EXPECT_EQ(test::allocations(), before + 1);
}

TEST(RunningMedian, GoldenMediansOfTwoVideos) {
  for (const std::string video : {"2015-10-15-15-14", "video01"}) {
    const std::string folder = "golden/stage_" + video;
    AURIGA_NEEDS(folder + "/hog.hog");
    const auto root = test::test_data() / folder;
    const auto hog = test::read_hog(root / "hog.hog");
    const test::Table geometry_table(root / "geom.csv");
    const std::size_t first = geometry_table.index("g_0");
    RunningMedian appearance(kAppearanceFeatures, 1000, -0.005, 1.0);
    RunningMedian geometry(kGeometryFeatures, 10000, -60, 60);
    int compared = 0;
    for (std::size_t frame = 0; frame < hog.size(); ++frame) {
      if (frame % 2 == 0) {
        std::vector<double> g(kGeometryFeatures);
        for (std::size_t k = 0; k < g.size(); ++k) g[k] = geometry_table.number(frame, first + k);
        appearance.update(std::span(hog[frame].values), true);
        geometry.update(std::span<const double>(g), true);
      }
      char number[8];
      std::snprintf(number, sizeof number, "%03d", static_cast<int>(frame));
      const auto hog_file = root / (std::string("median_hog_") + number + ".f64");
      if (!std::filesystem::exists(hog_file)) continue;
      const auto expected_hog = test::read_f64(hog_file);
      const auto expected_geometry =
          test::read_f64(root / (std::string("median_geom_") + number + ".f64"));
      auto found_hog = read(appearance, kAppearanceFeatures);
      for (double& v : found_hog) v = v < 0 ? 0 : v;
      const auto found_geometry = read(geometry, kGeometryFeatures);
      ASSERT_EQ(expected_hog.size(), found_hog.size());
      ASSERT_EQ(expected_geometry.size(), found_geometry.size());
      // A bin's centre can be evaluated in another order: 1e-12 is far below a bin's width
      // (1e-3, 1.2e-2). With one counted frame (0 and 1) the median is a copy, and the geometry
      // table has only nine digits of values up to 30.
      const double geometry_tolerance = frame < 2 ? 5e-8 : 1e-12;
      double worst_hog = 0, worst_geometry = 0;
      for (std::size_t k = 0; k < found_hog.size(); ++k) {
        worst_hog = std::max(worst_hog, std::abs(found_hog[k] - expected_hog[k]));
      }
      for (std::size_t k = 0; k < found_geometry.size(); ++k) {
        worst_geometry =
            std::max(worst_geometry, std::abs(found_geometry[k] - expected_geometry[k]));
      }
      EXPECT_LE(worst_hog, 1e-12) << video << " frame " << frame;
      EXPECT_LE(worst_geometry, geometry_tolerance) << video << " frame " << frame;
      ++compared;
    }
    EXPECT_EQ(compared, 6) << video;
  }
}

}  // namespace
}  // namespace auriga
