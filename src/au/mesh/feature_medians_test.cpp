#include "au/mesh/feature_medians.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "au/mesh/mesh_features.hpp"
#include "support/allocations.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

MeshAuModels shipped() {
  return read_mesh_au_models(test::repository() / "models/open/action_units.json");
}

std::vector<float> read(const FeatureMedians& medians, const MeshAuModels& models) {
  std::vector<float> values(models.neutral.size(), -1.0F);
  medians.read(values);
  return values;
}

// Persons who are far from the neutral face of the models, and whose faces move.
TEST(FeatureMedians, AreWithinHalfABinOfTheExactOnes) {
  const MeshAuModels models = shipped();
  const std::vector<int> compared = models.compared_features();
  for (const float far : {0.0F, 5.0F, -29.0F}) {
    std::mt19937 random(4);
    std::normal_distribution<float> change;
    FeatureMedians medians(models);
    std::vector<std::vector<float>> sorted(models.neutral.size());
    for (int n = 1; n <= 700; ++n) {
      auto x = models.neutral;
      for (std::size_t f = 0; f < x.size(); ++f) {
        x[f] += models.scale[f] * (far + 0.5F * change(random));
        auto& values = sorted[f];
        values.insert(std::upper_bound(values.begin(), values.end(), x[f]), x[f]);
      }
      medians.add(x);
      ASSERT_EQ(medians.count(), n);
      const auto found = read(medians, models);
      for (const int feature : compared) {
        const auto f = static_cast<std::size_t>(feature);
        const float exact = sorted[f][(sorted[f].size() - 1) / 2];
        // Half a bin, and the rounding of a single number.
        const double tolerance = static_cast<double>(models.scale[f]) / 256 +
                                 1e-6 * std::abs(static_cast<double>(exact));
        ASSERT_NEAR(found[f], exact, n == 1 ? tolerance / 100 : tolerance)
            << MeshFeatures::names()[f] << " of " << n << " faces " << far;
      }
    }
  }
  EXPECT_EQ(FeatureMedians::kBinsPerScale, 128);
}

TEST(FeatureMedians, AreZeroBeforeTheFirstFaceAndOfWhatIsNotCompared) {
  const MeshAuModels models = shipped();
  FeatureMedians medians(models);
  EXPECT_THAT(read(medians, models), testing::Each(0));
  auto x = models.neutral;
  for (float& value : x) value += 1;
  medians.add(x);
  const auto found = read(medians, models);
  const auto compared = models.compared_features();
  int zeros = 0;
  for (std::size_t f = 0; f < found.size(); ++f)
    if (!std::binary_search(compared.begin(), compared.end(), static_cast<int>(f))) {
      EXPECT_EQ(found[f], 0) << MeshFeatures::names()[f];
      ++zeros;
    }
  EXPECT_GT(zeros, 0);
  EXPECT_LT(zeros, static_cast<int>(found.size()) - 30);
}

// A median that is further than the histogram reaches is taken for its end.
TEST(FeatureMedians, EndWhereTheHistogramsEnd) {
  const MeshAuModels models = shipped();
  FeatureMedians medians(models);
  auto x = models.neutral;
  for (std::size_t f = 0; f < x.size(); ++f) x[f] += 50 * models.scale[f];
  medians.add(x);
  medians.add(x);
  const auto found = read(medians, models);
  for (const int feature : models.compared_features()) {
    const auto f = static_cast<std::size_t>(feature);
    EXPECT_NEAR((found[f] - models.neutral[f]) / models.scale[f], FeatureMedians::kReach, 0.01);
  }
}

TEST(FeatureMedians, AllocateOnlyForTheirHistograms) {
  const MeshAuModels models = shipped();
  FeatureMedians medians(models);
  std::vector<float> values(models.neutral.size());
  const long before = test::allocations();
  for (int i = 0; i < 32; ++i) medians.add(models.neutral);
  medians.read(values);
  EXPECT_EQ(test::allocations(), before);
  medians.add(models.neutral);
  const long histograms = test::allocations();
  for (int i = 0; i < 1000; ++i) {
    medians.add(models.neutral);
    medians.read(values);
  }
  EXPECT_EQ(test::allocations(), histograms);
}

}  // namespace
}  // namespace auriga
