#include "au/mesh/mesh_models.hpp"

#include <cmath>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "au/mesh/mesh_features.hpp"
#include "support/allocations.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

// Two units; AU45 has a feature both ways.
const std::string kSmall = R"({
  "version": "open-test",
  "about": "ignored",
  "scale": {"eye_open": 0.5, "gap": 2, "absolute yaw": 0.25, "absolute eye_open": 4, "chin": 9},
  "neutral": {"eye_open": 0.25, "gap": 0.5},
  "units": [
    {"name": "AU25", "experimental": false, "dead_zone": 0.25, "presence_threshold": 1,
     "inputs": ["gap"],
     "networks": [{"weights1": [[1]], "bias1": [0], "weights2": [2], "bias2": 0.5}]},
    {"name": "AU45", "experimental": true, "dead_zone": 0, "presence_threshold": 0.75,
     "inputs": ["absolute yaw", "eye_open", "absolute eye_open"],
     "networks": [
       {"weights1": [[1, 2, 3], [-1, 0.5, 4]], "bias1": [0.5, -1], "weights2": [1, -2], "bias2": 1},
       {"weights1": [[0.5, 0, 0]], "bias1": [1], "weights2": [3], "bias2": -0.5}]}
  ]
})";

MeshAuModels read(const std::string& text) {
  const test::TemporaryFolder folder;
  test::write_text(folder.path() / "units.json", text);
  return read_mesh_au_models(folder.path() / "units.json");
}

std::string replaced(const std::string& from, const std::string& to) {
  std::string text = kSmall;
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

double silu(double v) { return v / (1 + std::exp(-v)); }

TEST(MeshAuModels, ReadsUnitsAndTheirInputs) {
  const MeshAuModels models = read(kSmall);
  const int n = MeshFeatures::count();
  const int eye = MeshFeatures::index("eye_open"), gap = MeshFeatures::index("gap"),
            yaw = MeshFeatures::index("yaw");
  EXPECT_EQ(models.version, "open-test");
  ASSERT_EQ(models.units.size(), 2U);
  EXPECT_EQ(models.units[0].name, "AU25");
  EXPECT_FALSE(models.units[0].experimental);
  EXPECT_FLOAT_EQ(models.units[0].dead_zone, 0.25F);
  EXPECT_TRUE(models.units[1].experimental);
  EXPECT_FLOAT_EQ(models.units[1].presence_threshold, 0.75F);
  ASSERT_LT(eye, yaw);
  EXPECT_THAT(models.absolute, ElementsAre(eye, yaw));
  EXPECT_THAT(models.units[0].inputs, ElementsAre(gap));
  EXPECT_THAT(models.units[1].inputs, ElementsAre(n + 1, eye, n));
  ASSERT_EQ(models.scale.size(), static_cast<std::size_t>(n) + 2);
  EXPECT_EQ(models.scale[static_cast<std::size_t>(eye)], 0.5F);
  EXPECT_EQ(models.scale[static_cast<std::size_t>(n)], 4);
  EXPECT_EQ(models.scale[static_cast<std::size_t>(n) + 1], 0.25F);
  EXPECT_EQ(models.scale[static_cast<std::size_t>(MeshFeatures::index("chin"))], 1) << "unused";
  EXPECT_EQ(models.neutral[static_cast<std::size_t>(eye)], 0.25F);
  std::vector<int> used{eye, gap, yaw};
  std::sort(used.begin(), used.end());
  EXPECT_EQ(models.used_features(), used);
  EXPECT_THAT(models.units[1].networks[0].weights1, ElementsAre(1, 2, 3, -1, 0.5F, 4));
}

TEST(MeshAuModels, AnswersWithTheMeanOfItsNetworks) {
  const MeshAuModels models = read(kSmall);
  std::vector<float> features(static_cast<std::size_t>(MeshFeatures::count())), median = features;
  const auto set = [](std::vector<float>& to, const char* name, float v) {
    to[static_cast<std::size_t>(MeshFeatures::index(name))] = v;
  };
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<double> out(2);
  for (int i = 0; i < 100; ++i) {
    const float eye = normal(random), eye_median = normal(random), gap = normal(random),
                yaw = normal(random);
    set(features, "eye_open", eye);
    set(median, "eye_open", eye_median);
    set(features, "gap", gap);
    set(features, "yaw", yaw);
    set(median, "yaw", normal(random));  // not subtracted
    mesh_intensities(models, features, median, out);
    const double x = yaw / 0.25, y = (static_cast<double>(eye) - eye_median) / 0.5, z = eye / 4.0;
    const double first = 1 + silu(0.5 + x + 2 * y + 3 * z) - 2 * silu(-1 - x + 0.5 * y + 4 * z);
    const double second = -0.5 + 3 * silu(1 + 0.5 * x);
    EXPECT_NEAR(out[1], std::clamp((first + second) / 2, 0.0, 5.0), 1e-12);
    EXPECT_NEAR(out[0], std::clamp(0.5 + 2 * silu(gap / 2.0), 0.0, 5.0), 1e-12);
  }
}

// std::exp has other bits on processors with fused multiplication, ours must not.
TEST(MeshAuModels, HasASmoothStepOfItsOwn) {
  MeshAuModels models = read(kSmall);
  auto& network = models.units[0].networks[0];
  std::vector<float> features(static_cast<std::size_t>(MeshFeatures::count()));
  const std::vector<float> median(features.size());
  std::vector<double> out(2);
  const auto gap = static_cast<std::size_t>(MeshFeatures::index("gap"));
  for (double v = -60; v < 60; v += 0.37) {
    features[gap] = static_cast<float>(2 * v);
    const double x = static_cast<double>(features[gap]) / 2;
    // Keeps the result within 0..5.
    network.bias2 = 2;
    network.weights2[0] = static_cast<float>(1 / std::max(1.0, std::abs(x)));
    mesh_intensities(models, features, median, out);
    EXPECT_NEAR(out[0], 2 + static_cast<double>(network.weights2[0]) * silu(x), 4e-15) << x;
  }
  for (const float far : {1e6F, -1e6F, 1e30F, -1e30F}) {
    features[gap] = far;
    mesh_intensities(models, features, median, out);
    EXPECT_NEAR(out[0], far > 0 ? 5 : 2, 1e-9);
  }
}

TEST(MeshAuModels, AllocatesNothing) {
  const MeshAuModels models = read(kSmall);
  const std::vector<float> features(static_cast<std::size_t>(MeshFeatures::count()));
  std::vector<double> out(2);
  const long before = test::allocations();
  mesh_intensities(models, features, features, out);
  EXPECT_EQ(test::allocations(), before);
}

TEST(MeshAuModels, SaysWhereTheFileIsWrong) {
  struct Case {
    const char *from, *to, *place, *expected, *found;
  };
  const Case cases[] = {
      {"\"version\": \"open-test\",", "", "top level", "member 'version'", "none"},
      {"\"open-test\"", "7", "version", "a text", "7"},
      {"\"open-test\"", "\"\"", "version", "not empty", "\"\""},
      {"\"AU25\"", "\"AU5\"", "units[0], name", "AU and two digits", "\"AU5\""},
      {"\"AU45\"", "\"AU25\"", "units[1], name", "after AU25", "\"AU25\""},
      {"\"AU25\"", "\"AU99\"", "units[1], name", "after AU99", "\"AU45\""},
      {"true", "1", "units[1] (AU45), experimental", "true or false", "1"},
      {"0.75", "-1", "units[1] (AU45), presence_threshold", "a number from 0 to 5", "-1"},
      {"\"dead_zone\": 0.25", "\"dead_zone\": 5.5", "units[0] (AU25), dead_zone", "0 to 5", "5.5"},
      {"\"dead_zone\": 0.25", "\"dead_zone\": null", "dead_zone", "a number", "null"},
      {"[\"gap\"]", "[\"gab\"]", "units[0] (AU25), inputs[0]", "name of a feature", "gab"},
      {"[\"gap\"]", "[]", "units[0] (AU25), inputs", "1 to 256 names", "[]"},
      {"[\"gap\"]", "\"gap\"", "inputs", "1 to 256 names", "\"gap\""},
      {"[[1]]", "[[1, 2]]", "units[0] (AU25), networks[0], weights1[0]", "1 numbers", "[1,2]"},
      {"[-1, 0.5, 4]", "[-1, 4]", "units[1] (AU45), networks[0], weights1[1]", "3 numbers",
       "[-1,4]"},
      {"[0.5, -1]", "[0.5]", "networks[0], bias1", "2 numbers", "[0.5]"},
      {"[1, -2]", "[1, 2, 3]", "networks[0], weights2", "2 numbers", "[1,2,3]"},
      {"[1, -2]", "[1, \"2\"]", "networks[0], weights2[1]", "a number", "\"2\""},
      {"\"bias2\": -0.5", "\"bias2\": 1e38", "networks[1], bias2", "to 1e+06", "1e+38"},
      {"\"eye_open\": 0.5", "\"eye_open\": 0", "scale, eye_open", "from 1e-06", "0"},
      {"\"absolute yaw\": 0.25", "\"yaw\": 0.25", "scale", "member 'absolute yaw'", "none"},
      {", \"gap\": 0.5", "", "neutral", "member 'gap'", "none"},
      {"{\"eye_open\": 0.25, \"gap\": 0.5}", "[1]", "neutral", "an object", "[1]"},
      {"]\n}", "]", ": expected JSON", "found what is not", "line 15"},
  };
  for (const Case& c : cases) {
    try {
      read(replaced(c.from, c.to));
      ADD_FAILURE() << "accepted " << c.to << " for " << c.from;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::model);
      EXPECT_THAT(e.what(), AllOf(HasSubstr("units.json"), HasSubstr(c.place),
                                  HasSubstr(c.expected), HasSubstr(c.found)));
    }
  }
  EXPECT_THROW(read_mesh_au_models("/nonexistent/units.json"), Error);
  EXPECT_THROW(read("[]"), Error);
  EXPECT_THROW(read(std::string(100000, '[')), Error);
  EXPECT_THROW(read("{\"version\": \"\xff\xfe\"}"), Error);
}

TEST(MeshAuModels, TheShippedFileHasTheUnitsOfOpenFaceAndNamesTheUncertainOnes) {
  const auto file = test::repository() / "models/open/action_units.json";
  EXPECT_LE(std::filesystem::file_size(file), 150'000U);
  const MeshAuModels models = read_mesh_au_models(file);
  EXPECT_THAT(models.version, HasSubstr("open-"));
  std::vector<std::string> names, sure;
  for (const auto& unit : models.units) {
    names.push_back(unit.name);
    if (!unit.experimental) sure.push_back(unit.name);
  }
  EXPECT_THAT(names,
              ElementsAre("AU01", "AU02", "AU04", "AU05", "AU06", "AU07", "AU09", "AU10", "AU12",
                          "AU14", "AU15", "AU17", "AU20", "AU23", "AU25", "AU26", "AU45"));
  EXPECT_THAT(sure, ElementsAre("AU01", "AU02", "AU06", "AU12", "AU25", "AU45"));
  // A face that is as always does nothing worth mentioning.
  std::vector<double> out(models.units.size());
  mesh_intensities(models, models.neutral, models.neutral, out);
  for (std::size_t u = 0; u < out.size(); ++u)
    EXPECT_LT(out[u], models.units[u].dead_zone + 0.25) << names[u];
}

}  // namespace
}  // namespace auriga
