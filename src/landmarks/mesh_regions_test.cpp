#include "landmarks/mesh_regions.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "auriga/error.hpp"

#include "landmarks/fake_mesh_pack.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using Json = nlohmann::json;

std::string refusal(const std::string& text) {
  const test::TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "regions.json";
  test::write_text(file, text);
  try {
    read_mesh_regions(file);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::model);
    EXPECT_THAT(error.what(), HasSubstr(file.string()));
    return error.what();
  }
  return "";
}

TEST(MeshRegions, AreThoseOfTheOpenPack) {
  AURIGA_NEEDS_OPEN_PACK();
  const auto regions = read_mesh_regions(test::open_pack() / "face_mesh_regions.json");
  EXPECT_EQ(regions[0].landmarks.front(), 61);
  EXPECT_EQ(regions[0].landmarks.back(), 407);
  EXPECT_EQ(regions[1].rotation_from, 33);
  EXPECT_EQ(regions[2].rotation_to, 263);
  EXPECT_EQ(regions[2].scale_x, 1.5);
  EXPECT_EQ(regions[2].target_cos, 1);
  EXPECT_EQ(regions[2].target_sin, 0);
}

TEST(MeshRegions, RefusesABadFile) {
  EXPECT_EQ(refusal(test::mesh_regions_json().dump()), "");
  EXPECT_THAT(refusal(""), HasSubstr("no JSON"));
  EXPECT_THAT(refusal(test::mesh_regions_json().dump().substr(0, 900)), HasSubstr("no JSON"));
  EXPECT_THAT(refusal(std::string(100000, '[')), HasSubstr("no JSON"));
  EXPECT_THAT(refusal("[]"), HasSubstr("'regions'"));
  EXPECT_THAT(refusal("{\"regions\": 7}"), AllOf(HasSubstr("3 regions"), HasSubstr("found 7")));
  EXPECT_THAT(refusal("{\"regions\": [1, 2]}"), HasSubstr("3 regions"));
  EXPECT_THAT(refusal("{\"regions\": [1, 2, 3]}"), HasSubstr("'name'"));

  struct Change {
    const char* key;
    Json value;
    const char* expected;
  };
  const std::vector<Change> changes{
      {"name", "left_eye", "region 'right_eye'"},
      {"name", 3, "region 'right_eye'"},
      {"landmarks", Json::array(), "71 landmarks"},
      {"landmarks", Json::array_t(71, 5), "5 twice"},
      {"landmarks", Json::array_t(71, -1), "of 0"},
      {"landmarks", Json::array_t(71, 468), "found 468"},
      {"landmarks", Json::array_t(71, 1e300), "found 1e"},
      {"landmarks", Json::array_t(71, 0.5), "found 0.5"},
      {"landmarks", Json::array_t(71, "1"), "found \"1\""},
      {"landmarks", Json::array_t(71, nullptr), "found null"},
      {"rotation_from", 500, "found 500"},
      {"rotation_from", 71, "rotation of region 'right_eye'"},
      {"rotation_to", Json(), "found null"},
      {"rotation_target_rad", 4, "rotation_target_rad"},
      {"scale_x", 0, "scale_x"},
      {"scale_y", -1, "scale_y"},
      {"scale_y", 1e9, "scale_y"},
      {"crop_width", 17, "crop_width"},
      {"crop_height", 15.5, "crop_height"},
      {"cells_per_pixel", 0.5, "cells_per_pixel"},
  };
  for (const Change& change : changes) {
    SCOPED_TRACE(change.key);
    Json json = test::mesh_regions_json();
    json["regions"][2][change.key] = change.value;
    EXPECT_THAT(refusal(json.dump()), HasSubstr(change.expected));
    json["regions"][2].erase(change.key);
    EXPECT_THAT(refusal(json.dump()), HasSubstr(change.key));
  }
}

std::vector<float> random_values(std::size_t count, float least, float most, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> any(least, most);
  std::vector<float> values(count);
  std::generate(values.begin(), values.end(), [&] { return any(random); });
  return values;
}

MeshRegion some_region(unsigned seed) {
  MeshRegion region;
  std::mt19937 random(seed);
  for (int i = 0; i < 20; ++i)
    region.landmarks.push_back(static_cast<int>(random() % kMeshSurface));
  region.rotation_from = 3;
  region.rotation_to = 77;
  region.target_cos = std::cos(0.3);
  region.target_sin = std::sin(0.3);
  region.scale_x = 1.5;
  region.scale_y = 1.25;
  region.cells_per_pixel = 0.25;
  return region;
}

// The formulas of tools/open-pack/attention_mesh.hpp, with angles.
TEST(MeshRegions, PlaceIsThatOfTheFormula) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    const std::vector<float> landmarks = random_values(3 * kMeshSurface, -20, 200, seed);
    const MeshRegion region = some_region(seed);
    const auto p = [&](int i, std::size_t axis) {
      return 0.25 * static_cast<double>(landmarks[3 * static_cast<std::size_t>(i) + axis]);
    };
    const double r = 0.3 - std::atan2(p(77, 1) - p(3, 1), p(77, 0) - p(3, 0));
    const double c = std::cos(r), s = std::sin(r);
    std::vector<double> x, y;
    for (const int i : region.landmarks) {
      x.push_back(c * p(i, 0) - s * p(i, 1));
      y.push_back(s * p(i, 0) + c * p(i, 1));
    }
    const auto [left, right] = std::minmax_element(x.begin(), x.end());
    const auto [top, bottom] = std::minmax_element(y.begin(), y.end());
    const double mx = (*left + *right) / 2, my = (*top + *bottom) / 2;
    const double sx = 1.5 * (*right - *left) / 16, sy = 1.25 * (*bottom - *top) / 16;

    const RegionPlace place = place_region(region, landmarks);
    EXPECT_NEAR(place.xx, c * sx, 1e-12);
    EXPECT_NEAR(place.xy, s * sy, 1e-12);
    EXPECT_NEAR(place.yx, -s * sx, 1e-12);
    EXPECT_NEAR(place.yy, c * sy, 1e-12);
    // The middle of the crop is that of the box.
    EXPECT_NEAR(8 * (place.xx + place.xy) + place.x, c * mx + s * my, 1e-12);
    EXPECT_NEAR(8 * (place.yx + place.yy) + place.y, c * my - s * mx, 1e-12);
    EXPECT_EQ(place.image_x, 4 * place.x);
    EXPECT_EQ(place.image_y, 4 * place.y);
  }
}

TEST(MeshRegions, PlaceIsFiniteForPointsThatCoincide) {
  const std::vector<float> landmarks(3 * kMeshSurface, 40.0f);
  const RegionPlace place = place_region(some_region(1), landmarks);
  for (const double v : {place.xx, place.xy, place.yx, place.yy}) EXPECT_EQ(v, 0);
  EXPECT_NEAR(place.x, 10, 1e-12);
  EXPECT_NEAR(place.image_y, 40, 1e-12);
}

std::vector<float> reference_crop(const RegionPlace& place, const std::vector<float>& features) {
  std::vector<float> crop(kFeatureChannels * kFeatureCropCells);
  for (std::size_t i = 0; i < crop.size(); ++i) {
    const auto channel = static_cast<int>(i / kFeatureCropCells);
    const double u = static_cast<double>(i % kFeatureCropSide) + 0.5,
                 v = static_cast<double>(i / kFeatureCropSide % kFeatureCropSide) + 0.5;
    const double x = place.xx * u + place.xy * v + place.x - 0.5,
                 y = place.yx * u + place.yy * v + place.y - 0.5;
    if (!(x >= 0 && x <= kFeatureSide - 1 && y >= 0 && y <= kFeatureSide - 1)) continue;
    const auto cell = [&](double column, double row) {
      const int cx = static_cast<int>(std::min(column, kFeatureSide - 1.0)),
                cy = static_cast<int>(std::min(row, kFeatureSide - 1.0));
      return static_cast<double>(
          features[static_cast<std::size_t>((channel * kFeatureSide + cy) * kFeatureSide + cx)]);
    };
    const double left = std::floor(x), top = std::floor(y), dx = x - left, dy = y - top;
    crop[i] =
        static_cast<float>((cell(left, top) * (1 - dx) + cell(left + 1, top) * dx) * (1 - dy) +
                           (cell(left, top + 1) * (1 - dx) + cell(left + 1, top + 1) * dx) * dy);
  }
  return crop;
}

TEST(MeshRegions, CropOfTheFeaturesIsInterpolated) {
  const std::vector<float> features =
      random_values(kFeatureChannels * kFeatureSide * kFeatureSide, -4, 4, 3);
  std::mt19937 random(11);
  std::uniform_real_distribution<double> matrix(-2, 2), translation(-10, 50);
  for (int i = 0; i < 40; ++i) {
    RegionPlace place{matrix(random), matrix(random),      matrix(random),
                      matrix(random), translation(random), translation(random)};
    // The last one's outer cells lie on the centres of the outer features.
    if (i == 39) place = {47 / 15.0, 0, 0, 47 / 15.0, 0.5 - 47 / 30.0, 0.5 - 47 / 30.0};
    std::vector<float> crop(kFeatureChannels * kFeatureCropCells, -1.0f);
    crop_features(place, features.data(), crop.data());
    const std::vector<float> expected = reference_crop(place, features);
    for (std::size_t k = 0; k < crop.size(); ++k) ASSERT_NEAR(crop[k], expected[k], 1e-5f) << k;
  }
}

TEST(MeshRegions, CropFarOutsideOfTheFeaturesIsZero) {
  const std::vector<float> features(kFeatureChannels * kFeatureSide * kFeatureSide, 1.0f);
  for (const double far : {48.1, -17.0, 1e9, -1e9, 1e300}) {
    const RegionPlace place{1, 0, 0, 1, far, 20};
    std::vector<float> crop(kFeatureChannels * kFeatureCropCells, -1.0f);
    crop_features(place, features.data(), crop.data());
    EXPECT_EQ(crop, std::vector<float>(crop.size(), 0.0f)) << far;
  }
}

}  // namespace
}  // namespace auriga
