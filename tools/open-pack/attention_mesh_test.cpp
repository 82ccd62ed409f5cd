#include "attention_mesh.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "auriga/error.hpp"

#include "tiny_tflite_test.hpp"

namespace auriga::open_pack {
namespace {

using test::TinyTflite;
using testing::ElementsAre;
using testing::HasSubstr;

// A network with the tensors and custom operators of the attention mesh, all else left out.
struct TinyMesh {
  std::map<std::string, std::vector<double>> placing{{"subset_idxs", {7, 300, 9}},
                                                     {"left_rotation_idx", {9}},
                                                     {"right_rotation_idx", {300}},
                                                     {"target_rotation_radians", {0}},
                                                     {"scale_x", {1.5}},
                                                     {"scale_y", {1.25}},
                                                     {"output_width", {2}},
                                                     {"output_height", {3}}};
  std::map<std::string, std::vector<double>> crop{{"output_width", {2}}, {"output_height", {3}}};
  std::vector<float> way_back{1, 1, 4, 4, 1, 1, 4, 4, 0.25F, 0.25F, 1, 1, 0.25F, 0.25F, 1, 1};
  std::string placing_name = "Landmarks2TransformMatrix";

  std::string file() const {
    TinyTflite network;
    const int image = network.tensor("input_1", {1, 2, 2, 3});
    const int features = network.tensor("p_re_lu_3", {1, 2, 2, 3});
    network.add(19, {image}, {features});
    const int face = network.tensor("conv_faceflag", {1, 2, 2, 3});
    network.add(19, {features}, {face});
    const int landmarks = network.tensor("reshape", {1, 4, 3});
    network.add(22, {features}, {landmarks});
    const std::vector<std::vector<std::string>> outputs{
        {"reshape_1"}, {"reshape_3", "reshape_4"}, {"reshape_6", "reshape_7"}};
    for (std::size_t i = 0; i < 3; ++i) {
      const int scaled = network.tensor("scaled", {1, 4, 3});
      network.add(18, {landmarks, network.half_constant({1}, {0.25F})}, {scaled});
      const int matrix = network.tensor("matrix", {1, 4, 4});
      network.add_custom(placing_name, {scaled}, {matrix}, test::flex_map(placing));
      const int cut =
          network.tensor(std::string("transform_tensor_bilinear_v2") + (i == 0   ? ""
                                                                        : i == 1 ? "_1"
                                                                                 : "_2"),
                         {1, 3, 2, 3});
      network.add_custom("TransformTensorBilinear", {features, matrix}, {cut},
                         test::flex_map(crop));
      network.add(18, {matrix, network.half_constant({1, 4, 4}, way_back)},
                  {network.tensor("back", {1, 4, 4})});
      for (const std::string& name : outputs[i])
        network.add(22, {cut}, {network.tensor(name, {1, 9, 2})});
    }
    return network.model({image}, {landmarks});
  }
};

std::string error_of(const TinyMesh& mesh) {
  const std::string bytes = mesh.file();
  try {
    attention_mesh_regions(read_tflite("mesh.tflite", bytes));
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::model);
    return error.what();
  }
  return "no error";
}

TEST(AttentionMeshTest, ReadsTheRegions) {
  const std::string bytes = TinyMesh().file();
  const std::vector<MeshRegion> regions = attention_mesh_regions(read_tflite("mesh.tflite", bytes));
  ASSERT_EQ(regions.size(), 3U);
  EXPECT_EQ(regions[0].name, "lips");
  EXPECT_EQ(regions[2].name, "right_eye");
  EXPECT_THAT(regions[1].landmarks, ElementsAre(7, 300, 9));
  EXPECT_EQ(regions[1].rotation_from, 9);
  EXPECT_EQ(regions[1].rotation_to, 300);
  EXPECT_EQ(regions[1].rotation_target_rad, 0);
  EXPECT_EQ(regions[1].scale_x, 1.5);
  EXPECT_EQ(regions[1].scale_y, 1.25);
  EXPECT_EQ(regions[1].crop_width, 2);
  EXPECT_EQ(regions[1].crop_height, 3);
  EXPECT_EQ(regions[1].cells_per_pixel, 0.25);

  const nlohmann::json json = nlohmann::json::parse(to_json(regions))["regions"];
  ASSERT_EQ(json.size(), 3U);
  EXPECT_EQ(json[1]["name"], "left_eye");
  EXPECT_EQ(json[1]["landmarks"], (std::vector<int>{7, 300, 9}));
  EXPECT_EQ(json[1]["scale_y"], 1.25);
  EXPECT_EQ(json[1]["rotation_to"], 300);
}

TEST(AttentionMeshTest, CutsFourPlainNetworks) {
  const std::string bytes = TinyMesh().file();
  const TfliteNetwork mesh = read_tflite("mesh.tflite", bytes);
  for (const Cut& cut : attention_mesh_cuts()) {
    const std::string onnx = convert_cut(mesh, cut, "where it is from");
    EXPECT_THAT(onnx, HasSubstr("where it is from"));
    for (const Cut::End& end : cut.outputs) EXPECT_THAT(onnx, HasSubstr(std::string(end.name)));
  }
}

TEST(AttentionMeshTest, RefusesAnotherMesh) {
  TinyMesh mesh;
  mesh.placing["subset_idxs"] = {1, 468};
  EXPECT_THAT(error_of(mesh), HasSubstr("region lips: expected a whole number of 0 to 467"));
  mesh = {};
  mesh.placing.erase("scale_x");
  EXPECT_THAT(error_of(mesh), HasSubstr("option 'scale_x', found none"));
  mesh = {};
  mesh.placing["scale_x"] = {1, 2};
  EXPECT_THAT(error_of(mesh), HasSubstr("one number for option 'scale_x', found 2"));
  mesh = {};
  mesh.crop["output_width"] = {3};
  EXPECT_THAT(error_of(mesh), HasSubstr("one size of the crop"));
  mesh = {};
  mesh.way_back[3] = 2;
  EXPECT_THAT(error_of(mesh), HasSubstr("factors 1, 1, any, 4 on the way back to pixels, found "
                                        "1, 1, 4, 2"));
  mesh = {};
  mesh.placing_name = "SomethingElse";
  EXPECT_THAT(error_of(mesh), HasSubstr("to be made by Landmarks2TransformMatrix, found "
                                        "SomethingElse"));
}

}  // namespace
}  // namespace auriga::open_pack
