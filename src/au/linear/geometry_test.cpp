#include "au/linear/geometry.hpp"

#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "support/golden.hpp"

namespace auriga {
namespace {

Pdm random_pdm() {
  std::mt19937 random(5);
  std::uniform_real_distribution<float> value(-0.2f, 0.2f);
  Pdm pdm{kLandmarks, kShapeModes, std::vector<float>(3 * kLandmarks),
          std::vector<float>(3 * kLandmarks * kShapeModes), std::vector<float>(kShapeModes, 1.0f)};
  for (float& v : pdm.mean) v = 100 * value(random);
  for (float& v : pdm.basis) v = value(random);
  return pdm;
}

TEST(Geometry, EqualsThePlainProduct) {
  const Pdm pdm = random_pdm();
  const GeometryDescriptor descriptor(pdm);
  std::mt19937 random(6);
  std::normal_distribution<float> value(0, 10);
  ShapeFit fit{2, 1, 1, 1, 300, 200, {}};  // the pose must not matter
  for (float& p : fit.p) p = value(random);
  std::array<double, kGeometryFeatures> found;
  descriptor.compute(fit, found);
  for (int row = 0; row < 3 * kLandmarks; ++row) {
    double expected = 0;
    for (int mode = 0; mode < kShapeModes; ++mode) {
      expected += double{pdm.basis[row * kShapeModes + mode]} * double{fit.p[mode]};
    }
    EXPECT_EQ(found[row], expected) << row;  // same order of summation, so same bits
  }
  for (int mode = 0; mode < kShapeModes; ++mode) {
    EXPECT_EQ(found[3 * kLandmarks + mode], double{fit.p[mode]});
  }
}

TEST(Geometry, RejectsAnotherShapeModel) {
  Pdm pdm = random_pdm();
  pdm.modes = 30;
  try {
    const GeometryDescriptor descriptor(pdm);
    FAIL() << "accepted";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::model);
    EXPECT_NE(std::string(e.what()).find("30 modes"), std::string::npos) << e.what();
  }
  pdm.modes = kShapeModes;
  pdm.basis.pop_back();
  EXPECT_THROW(GeometryDescriptor{pdm}, Error);
}

TEST(Geometry, GoldenValuesOfTwoVideos) {
  const std::string model = "models/openface-2.2/AU_predictors/In-the-wild_aligned_PDM_68.txt";
  AURIGA_NEEDS(model);
  const GeometryDescriptor descriptor(read_pdm(test::test_data() / model));
  for (const std::string video : {"2015-10-15-15-14", "video01"}) {
    const std::string folder = "golden/stage_" + video;
    AURIGA_NEEDS(folder + "/geom.csv");
    const test::Table expected(test::test_data() / folder / "geom.csv");
    const test::Table fits(test::test_data() / folder / "fa_params.csv");
    ASSERT_EQ(expected.rows(), 120u);
    const std::size_t first = expected.index("g_0"), p0 = fits.index("p_0");
    for (std::size_t frame = 0; frame < expected.rows(); ++frame) {
      ShapeFit fit;
      for (std::size_t mode = 0; mode < fit.p.size(); ++mode) {
        fit.p[mode] = static_cast<float>(fits.number(frame, p0 + mode));
      }
      std::array<double, kGeometryFeatures> found;
      descriptor.compute(fit, found);
      for (std::size_t k = 0; k < found.size(); ++k) {
        // The table has nine significant digits, so it is off by half a unit of the ninth.
        const double value = expected.number(frame, first + k);
        const double half_unit = 0.5 * std::pow(10, std::floor(std::log10(std::abs(value))) - 8);
        ASSERT_NEAR(found[k], value, 1.001 * half_unit + 1e-12) << video << " frame " << frame;
      }
      if (frame > 0) continue;
      // The median of one frame is that frame's vector, stored with all digits. Values reach 30;
      // the reference may add the 34 products in another order.
      const auto exact = test::read_f64(test::test_data() / folder / "median_geom_000.f64");
      for (std::size_t k = 0; k < found.size(); ++k) EXPECT_NEAR(found[k], exact[k], 1e-13);
    }
  }
}

}  // namespace
}  // namespace auriga
