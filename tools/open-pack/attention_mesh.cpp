#include "attention_mesh.hpp"

#include <cmath>
#include <cstdint>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "flex_map.hpp"
#include "refuse.hpp"

namespace auriga::open_pack {
namespace {

constexpr int kMeshLandmarks = 468;

// Reads the custom operators of one region, from its network's input back to the landmarks and from
// its outputs on.
class RegionReader {
 public:
  RegionReader(const TfliteNetwork& mesh, const Cut& cut) : mesh_(mesh), cut_(cut) {}

  MeshRegion read() {
    const TfliteOperator& crop = maker(mesh_.tensor(cut_.input.tensor), "TransformTensorBilinear");
    if (operand(crop, 0) != mesh_.tensor(attention_mesh_cuts()[0].outputs[1].tensor))
      fail("a crop of the trunk's features",
           "a crop of tensor " + std::to_string(operand(crop, 0)));
    const int matrix = operand(crop, 1);
    const TfliteOperator& placing = maker(matrix, "Landmarks2TransformMatrix");
    const TfliteOperator& scaling = maker(operand(placing, 0), "MUL");

    MeshRegion region;
    region.name = cut_.name;
    const Options options = read_flex_map(mesh_.file, placing.custom_options);
    const Options crop_options = read_flex_map(mesh_.file, crop.custom_options);
    for (const double index : list(options, "subset_idxs"))
      region.landmarks.push_back(whole(index, 0, kMeshLandmarks - 1));
    region.rotation_from = whole(single(options, "left_rotation_idx"), 0, kMeshLandmarks - 1);
    region.rotation_to = whole(single(options, "right_rotation_idx"), 0, kMeshLandmarks - 1);
    region.rotation_target_rad = single(options, "target_rotation_radians");
    region.scale_x = single(options, "scale_x");
    region.scale_y = single(options, "scale_y");
    region.crop_width = whole(single(options, "output_width"), 1, 1024);
    region.crop_height = whole(single(options, "output_height"), 1, 1024);
    for (const char* key : {"output_width", "output_height"})
      if (single(crop_options, key) != single(options, key)) fail("one size of the crop", "two");
    region.cells_per_pixel = static_cast<double>(constant(operand(scaling, 1), 1)[0]);
    if (!(region.cells_per_pixel > 0 && region.cells_per_pixel <= 1))
      fail("a scale of 0 to 1 from pixels to cells", std::to_string(region.cells_per_pixel));
    check_way_back(matrix, region.cells_per_pixel);
    return region;
  }

 private:
  using Options = std::map<std::string, std::vector<double>>;

  [[noreturn]] void fail(const std::string& expected, const std::string& found) const {
    refuse(mesh_.file + ", region " + std::string(cut_.name), expected, found);
  }

  const TfliteOperator& maker(int tensor, const std::string& name) const {
    const TfliteOperator* found = mesh_.maker(tensor);
    if (!found || found->name != name)
      fail("tensor " + std::to_string(tensor) + " to be made by " + name,
           found ? found->name : "no operator");
    return *found;
  }

  int operand(const TfliteOperator& of, std::size_t i) const {
    if (i >= of.inputs.size() || of.inputs[i] < 0)
      fail(of.name + " with operand " + std::to_string(i),
           std::to_string(of.inputs.size()) + " operands");
    return of.inputs[i];
  }

  const std::vector<double>& list(const Options& options, const std::string& key) const {
    const auto found = options.find(key);
    if (found == options.end() || found->second.empty()) fail("option '" + key + "'", "none");
    return found->second;
  }
  double single(const Options& options, const std::string& key) const {
    const std::vector<double>& values = list(options, key);
    if (values.size() != 1 || !std::isfinite(values[0]))
      fail("one number for option '" + key + "'", std::to_string(values.size()));
    return values[0];
  }
  int whole(double value, int least, int most) const {
    if (!(value >= least && value <= most) || value != std::floor(value))
      fail(fmt::format("a whole number of {} to {}", least, most), fmt::format("{}", value));
    return static_cast<int>(value);
  }

  // A constant of half precision behind DEQUANTIZE.
  std::vector<float> constant(int tensor, std::size_t size) const {
    const TfliteTensor& half =
        mesh_.tensors[static_cast<std::size_t>(operand(maker(tensor, "DEQUANTIZE"), 0))];
    if (half.type != kFloat16 || half.data.size() != size * 2)
      fail(std::to_string(size) + " constants of half precision",
           std::to_string(half.data.size()) + " bytes of type " + std::to_string(half.type));
    return widened(half);
  }

  // The refined points are placed with the crop's matrix, its translation in pixels.
  void check_way_back(int matrix, double cells_per_pixel) const {
    for (const TfliteOperator& scaling : mesh_.operators) {
      if (scaling.name != "MUL" || scaling.inputs.size() != 2 || scaling.inputs[0] != matrix)
        continue;
      const std::vector<float> factors = constant(scaling.inputs[1], 16);  // 4 x 4
      const auto back = static_cast<float>(1 / cells_per_pixel);
      for (const std::size_t row : {0U, 1U})
        if (factors[4 * row] != 1 || factors[4 * row + 1] != 1 || factors[4 * row + 3] != back)
          fail(fmt::format("factors 1, 1, any, {} on the way back to pixels", back),
               fmt::format("{}", fmt::join(factors.begin() + 4 * static_cast<int>(row),
                                           factors.begin() + 4 * static_cast<int>(row) + 4, ", ")));
      return;
    }
    fail("the way back from cells to pixels", "none");
  }

  const TfliteNetwork& mesh_;
  const Cut& cut_;
};

}  // namespace

const std::array<Cut, 4>& attention_mesh_cuts() {
  static const std::array<Cut, 4> cuts{{
      {"trunk",
       {"input_1", "image"},
       {{"reshape", "landmarks"}, {"p_re_lu_3", "features"}, {"conv_faceflag", "face"}}},
      {"lips", {"transform_tensor_bilinear_v2", "features"}, {{"reshape_1", "lips"}}},
      {"left_eye",
       {"transform_tensor_bilinear_v2_1", "features"},
       {{"reshape_3", "eye"}, {"reshape_4", "iris"}}},
      {"right_eye",
       {"transform_tensor_bilinear_v2_2", "features"},
       {{"reshape_6", "eye"}, {"reshape_7", "iris"}}},
  }};
  return cuts;
}

std::string convert_cut(const TfliteNetwork& mesh, const Cut& cut, std::string_view note) {
  std::vector<Port> outputs;
  for (const Cut::End& end : cut.outputs)
    outputs.push_back({mesh.tensor(end.tensor), std::string(end.name)});
  return to_onnx(mesh, {{mesh.tensor(cut.input.tensor), std::string(cut.input.name)}}, outputs,
                 note);
}

std::vector<MeshRegion> attention_mesh_regions(const TfliteNetwork& mesh) {
  std::vector<MeshRegion> regions;
  for (std::size_t i = 1; i < attention_mesh_cuts().size(); ++i)
    regions.push_back(RegionReader(mesh, attention_mesh_cuts()[i]).read());
  return regions;
}

std::string to_json(const std::vector<MeshRegion>& regions) {
  std::string text = "{\n  \"regions\": [";
  for (const MeshRegion& region : regions) {
    text += fmt::format(
        R"({}
    {{
      "name": "{}",
      "cells_per_pixel": {}, "crop_width": {}, "crop_height": {}, "scale_x": {}, "scale_y": {},
      "rotation_from": {}, "rotation_to": {}, "rotation_target_rad": {},
      "landmarks": [)",
        &region == regions.data() ? "" : ",", region.name, region.cells_per_pixel,
        region.crop_width, region.crop_height, region.scale_x, region.scale_y, region.rotation_from,
        region.rotation_to, region.rotation_target_rad);
    for (std::size_t i = 0; i < region.landmarks.size(); ++i)
      text += (i == 0        ? ""
               : i % 20 == 0 ? ",\n                    "
                             : ", ") +
              std::to_string(region.landmarks[i]);
    text += "]\n    }";
  }
  return text + "\n  ]\n}\n";
}

}  // namespace auriga::open_pack
