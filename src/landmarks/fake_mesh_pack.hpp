// For tests: a face mesh pack of networks that always answer the same.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "landmarks/mesh_regions.hpp"
#include "nn/fake_onnx.hpp"
#include "support/golden.hpp"

namespace auriga::test {

// Landmarks of region r: 100 r and the ones that follow.
inline nlohmann::json mesh_regions_json() {
  nlohmann::json regions = nlohmann::json::array();
  for (std::size_t r = 0; r < kMeshRegions; ++r) {
    std::vector<int> landmarks(kMeshRegionPoints[r]);
    for (std::size_t i = 0; i < landmarks.size(); ++i) landmarks[i] = static_cast<int>(100 * r + i);
    regions.push_back({{"name", kMeshRegionNames[r]},
                       {"cells_per_pixel", 0.25},
                       {"crop_width", 16},
                       {"crop_height", 16},
                       {"scale_x", 1.5},
                       {"scale_y", 1.5},
                       {"rotation_from", 70},
                       {"rotation_to", 71},
                       {"rotation_target_rad", 0},
                       {"landmarks", landmarks}});
  }
  return {{"regions", regions}};
}

struct ConstantOutput {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

inline void write_constant_network(const std::filesystem::path& file, const std::string& input,
                                   const std::vector<std::int64_t>& shape,
                                   const std::vector<ConstantOutput>& outputs) {
  TinyOnnx network;
  network.input(input, shape);
  network.node("ReduceMean", {input}, "mean", {{"keepdims", {0}}});
  network.tensor("zero", {}, {0.0f});
  network.node("Mul", {"mean", "zero"}, "nothing");
  for (const ConstantOutput& output : outputs) {
    network.output(output.name, output.shape);
    network.tensor(output.name + "_values", output.shape, output.values);
    network.node("Add", {output.name + "_values", "nothing"}, output.name);
  }
  write_text(file, network.model());
}

// Answers of the networks of a pack, all points (x, y) or (x, y, z) one after the other.
struct ConstantMesh {
  std::vector<float> landmarks = std::vector<float>(3 * kMeshSurface, 1.0f);
  float face = 3;
  std::vector<float> lips = std::vector<float>(160, 1.0f), left_eye = std::vector<float>(142, 1.0f),
                     left_iris = std::vector<float>(10, 1.0f), right_eye = left_eye,
                     right_iris = left_iris;

  void write(const std::filesystem::path& folder) const {
    write_constant_network(
        folder / "face_mesh_trunk.onnx", "image", {1, 3, 192, 192},
        {{"landmarks", {1, 468, 3}, landmarks},
         {"features", {1, 32, 48, 48}, std::vector<float>(std::size_t{32} * 48 * 48, 1.0f)},
         {"face", {1, 1, 1, 1}, {face}}});
    const std::vector<std::int64_t> crop{1, 32, 16, 16};
    write_constant_network(folder / "face_mesh_lips.onnx", "features", crop,
                           {{"lips", {1, 80, 2}, lips}});
    write_constant_network(folder / "face_mesh_left_eye.onnx", "features", crop,
                           {{"eye", {1, 71, 2}, left_eye}, {"iris", {1, 5, 2}, left_iris}});
    write_constant_network(folder / "face_mesh_right_eye.onnx", "features", crop,
                           {{"eye", {1, 71, 2}, right_eye}, {"iris", {1, 5, 2}, right_iris}});
    write_text(folder / "face_mesh_regions.json", mesh_regions_json().dump());
  }
};

}  // namespace auriga::test
