// The attention face mesh, cut into networks that ONNX can express.
//
// The TFLite network finds 468 landmarks, takes a crop of its feature maps around the lips and
// around each eye, and refines those landmarks on the crops. The crops are taken by custom
// operators. Without these it falls apart into four plain networks; what the custom operators do is
// described by a few numbers, which go into a JSON file.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "convert.hpp"
#include "tflite_network.hpp"

namespace auriga::open_pack {

// One of the plain networks: where it is cut out of the TFLite network, by tensor names.
struct Cut {
  struct End {
    std::string_view tensor;  // in the TFLite file
    std::string_view name;    // in the ONNX file
  };
  std::string_view name;
  End input;
  std::vector<End> outputs;
};

// The trunk, then the regions.
//   trunk      image 1x3x192x192, RGB in 0..1 -> landmarks 1x468x3 (x, y, z in px of the image),
//              features 1x32x48x48, face 1x1x1x1 (logit of: there is a face)
//   lips       features 1x32x16x16 -> lips 1x80x2
//   left_eye   features 1x32x16x16 -> eye 1x71x2, iris 1x5x2
//   right_eye  the same
const std::array<Cut, 4>& attention_mesh_cuts();

// The ONNX file of one cut. Throws Error(model), like to_onnx.
std::string convert_cut(const TfliteNetwork& mesh, const Cut& cut, std::string_view note);

// A refined region. All coordinates: x to the right, y down, the corner of the picture is (0, 0).
// With p = `landmarks` of the trunk x cells_per_pixel and the rotation r that turns the vector from
// `rotation_from` to `rotation_to` into direction `rotation_target_rad`: let w, h, c be width,
// height and centre of the upright bounding box of the region's p, seen turned by r. Then
// M = R(-r) diag(scale_x w / crop_width, scale_y h / crop_height) and t = c - M (crop_width,
// crop_height) / 2 place the crop on the features: its cell (x, y) is their value, interpolated, at
// M (x + 1/2, y + 1/2) + t - (1/2, 1/2), zero outside. A refined point q of the network stands at
// M q + t / cells_per_pixel on the image.
struct MeshRegion {
  std::string name;
  std::vector<int> landmarks;  // of the 468, in the order of the network's first output
  int rotation_from = 0, rotation_to = 0;
  double rotation_target_rad = 0, scale_x = 0, scale_y = 0;
  int crop_width = 0, crop_height = 0;
  double cells_per_pixel = 0;
};

// What the custom operators around the regions' networks do: lips, left eye, right eye. Throws
// Error(model) when they are not as described above.
std::vector<MeshRegion> attention_mesh_regions(const TfliteNetwork& mesh);

// The regions as JSON for people and programs.
std::string to_json(const std::vector<MeshRegion>& regions);

}  // namespace auriga::open_pack
