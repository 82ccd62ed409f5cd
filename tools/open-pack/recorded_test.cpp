// The converted networks of the open pack against what the original ones gave in TensorFlow Lite's
// own runtime (record/record). Skipped where the pack has not been made (scripts/open-pack).
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "nn/runner.hpp"
#include "support/golden.hpp"

namespace auriga::open_pack {
namespace {

using nlohmann::json;

// Outputs are in px (landmarks: of the network's picture of 192 px, or a quarter of a crop's cell),
// in logits (face, scores) or in px of the detector's picture (boxes). The networks are the same;
// what remains is the rounding of sums in another order. A two-thousandth of a pixel is far below
// what a landmark is worth. Blendshapes are 0 to 1.
constexpr double kMostDifference = 5e-4, kMostBlendshapeDifference = 1e-5;

std::filesystem::path pack() { return auriga::test::repository() / "build/open-pack"; }

json recorded_networks() {
  const std::filesystem::path file =
      auriga::test::repository() / "tools/open-pack/record/outputs.json";
  return json::parse(auriga::test::read_text(file)).at("networks");
}

using Shape = std::vector<std::int64_t>;

Shape onnx_shape(const Shape& s) { return s.size() == 4 ? Shape{s[0], s[3], s[1], s[2]} : s; }

// Where element `i` of a tensor in TFLite's order, channels last, lies in ONNX's order.
std::size_t onnx_index(std::size_t i, const Shape& s) {
  if (s.size() != 4) return i;
  const auto channels = static_cast<std::size_t>(s[3]),
             area = static_cast<std::size_t>(s[1] * s[2]);
  return i % channels * area + i / channels;
}

// The input that record.mjs makes: pseudo-random bytes on a lattice, interpolated.
void fill_input(const json& recipe, std::uint32_t seed, std::span<float> input) {
  Shape shape = recipe["shape"];
  shape.insert(shape.begin(), 4 - shape.size(), 1);
  const bool is_picture = recipe["shape"].size() == 4;
  const auto height = static_cast<std::size_t>(shape[1]),
             width = static_cast<std::size_t>(shape[2]),
             channels = static_cast<std::size_t>(shape[3]);
  const std::size_t cell = recipe["cell"], columns = (width + cell - 1) / cell + 1,
                    rows = (height + cell - 1) / cell + 1;
  const double low = recipe["low"], high = recipe["high"];
  std::vector<std::size_t> lattice(rows * columns * channels);
  for (std::size_t& byte : lattice) {
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    byte = seed >> 24;
  }
  for (std::size_t i = 0; i < height * width * channels; ++i) {
    const std::size_t c = i % channels, x = i / channels % width, y = i / channels / width;
    const std::size_t fx = x % cell, fy = y % cell;
    const auto at = [&](std::size_t row, std::size_t column) {
      return lattice[(row * columns + column) * channels + c];
    };
    const std::size_t row = y / cell, column = x / cell;
    const std::size_t above = at(row, column) * (cell - fx) + at(row, column + 1) * fx;
    const std::size_t below = at(row + 1, column) * (cell - fx) + at(row + 1, column + 1) * fx;
    const auto part = static_cast<double>(above * (cell - fy) + below * fy) /
                      static_cast<double>(255 * cell * cell);
    input[is_picture ? onnx_index(i, shape) : i] = static_cast<float>(low + (high - low) * part);
  }
}

class RecordedTest : public testing::TestWithParam<std::string> {};

TEST_P(RecordedTest, GivesTheOriginalOutputs) {
  const std::filesystem::path file = pack() / (GetParam() + ".onnx");
  if (!std::filesystem::exists(file))
    GTEST_SKIP() << "the open pack is not here: " << file << " (run scripts/open-pack)";
  const json networks = recorded_networks();
  const auto network = std::find_if(networks.begin(), networks.end(),
                                    [](const json& n) { return n["network"] == GetParam(); });
  ASSERT_NE(network, networks.end());

  const bool is_blendshapes = GetParam() == "face_blendshapes";
  const double most_difference = is_blendshapes ? kMostBlendshapeDifference : kMostDifference;
  const TensorSpec input{
      is_blendshapes ? "points"
      : GetParam().find("_mesh_") == std::string::npos || GetParam().ends_with("trunk")
          ? "image"
          : "features",
      onnx_shape((*network)["input"]["shape"])};
  std::vector<TensorSpec> outputs;
  for (const json& output : (*network)["records"][0]["outputs"])
    outputs.push_back({output["name"], onnx_shape(output["shape"])});
  Runner runner(Network::load(file, input, outputs, Device::cpu, 1));

  std::size_t compared = 0;
  double most = 0;
  for (const json& record : (*network)["records"]) {
    fill_input((*network)["input"], record["seed"], runner.input(input.shape));
    runner.run();
    for (std::size_t k = 0; k < outputs.size(); ++k) {
      const json& expected = record["outputs"][k];
      const std::span<const float> found = runner.output(k);
      for (std::size_t i = 0; i < expected["values"].size(); ++i, ++compared) {
        const std::size_t index =
            onnx_index(i * expected["step"].get<std::size_t>(), expected["shape"]);
        const double difference =
            std::fabs(static_cast<double>(found[index]) - expected["values"][i].get<double>());
        ASSERT_LE(difference, most_difference)
            << outputs[k].name << " " << i << ", seed " << record["seed"];
        most = std::max(most, difference);
      }
    }
  }
  EXPECT_GE(compared, is_blendshapes ? 150U : 400U);
  std::printf("  most difference %.2g over %zu values\n", most, compared);
}

INSTANTIATE_TEST_SUITE_P(OpenPack, RecordedTest,
                         testing::Values("face_detection_short_range", "face_detection_full_range",
                                         "face_mesh_trunk", "face_mesh_lips", "face_mesh_left_eye",
                                         "face_mesh_right_eye", "face_blendshapes"),
                         [](const auto& test) { return test.param; });

// Each region names one landmark of the mesh for each point that its network refines.
TEST(OpenPackTest, RegionsFitTheirNetworks) {
  const std::filesystem::path file = pack() / "face_mesh_regions.json";
  if (!std::filesystem::exists(file))
    GTEST_SKIP() << "the open pack is not here: " << file << " (run scripts/open-pack)";
  const json regions = json::parse(auriga::test::read_text(file))["regions"];
  ASSERT_EQ(regions.size(), 3U);
  const json networks = recorded_networks();
  int compared = 0;
  for (const json& network : networks) {
    for (const json& region : regions) {
      if (network["network"] != "face_mesh_" + region["name"].get<std::string>()) continue;
      ++compared;
      const std::set<int> landmarks = region["landmarks"];
      EXPECT_EQ(landmarks.size(), network["records"][0]["outputs"][0]["shape"][1]);
      EXPECT_TRUE(landmarks.contains(region["rotation_from"].get<int>()));
      EXPECT_TRUE(landmarks.contains(region["rotation_to"].get<int>()));
      EXPECT_LT(*landmarks.rbegin(), 468);
      EXPECT_EQ(region["crop_width"], network["input"]["shape"][2]);
      EXPECT_EQ(region["crop_height"], network["input"]["shape"][1]);
    }
  }
  EXPECT_EQ(compared, 3);
}

}  // namespace
}  // namespace auriga::open_pack
