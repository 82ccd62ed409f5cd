// The refined regions of the attention face mesh, lips and eyes: where the crops of the feature
// maps are taken and where the refined points go.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

namespace auriga {

inline constexpr int kMeshSurface = 468;  // points of the trunk
inline constexpr int kFeatureSide = 48;   // cells
inline constexpr int kFeatureChannels = 32;
inline constexpr int kFeatureCropSide = 16;  // cells
inline constexpr std::size_t kFeatureCropCells = std::size_t{kFeatureCropSide} * kFeatureCropSide;

// face_mesh_regions.json; formulas in tools/open-pack/attention_mesh.hpp.
struct MeshRegion {
  std::vector<int> landmarks;              // of the 468, in the order of the network's output
  int rotation_from = 0, rotation_to = 0;  // landmarks
  double target_cos = 1,
         target_sin = 0;            // of the direction that the one is turned to from the other
  double scale_x = 0, scale_y = 0;  // crop per bounding box
  double cells_per_pixel = 0;
};

inline constexpr std::size_t kMeshRegions =
    3;  // lips, the eye on the left of the picture, the other
inline constexpr std::array<std::string_view, kMeshRegions> kMeshRegionNames{"lips", "left_eye",
                                                                             "right_eye"};
inline constexpr std::array<std::size_t, kMeshRegions> kMeshRegionPoints{80, 71, 71};

// Throws Error(model) when the file is missing or does not describe these regions.
std::array<MeshRegion, kMeshRegions> read_mesh_regions(const std::filesystem::path& file);

// Where a crop lies. Corner of the pictures: (0, 0).
struct RegionPlace {
  // On the features: (xx, xy; yx, yy) crop + (x, y), in cells.
  double xx = 0, xy = 0, yx = 0, yy = 0, x = 0, y = 0;
  // On the image: the same matrix, and this in place of (x, y), in px.
  double image_x = 0, image_y = 0;
};

// `landmarks`: 468 x (x, y, z), px of the image, finite.
RegionPlace place_region(const MeshRegion& region, std::span<const float> landmarks);

// `features`: 32 x 48 x 48. `crop`: 32 x 16 x 16, interpolated bilinearly, zero where the place is
// outside of the centres of the outer cells.
void crop_features(const RegionPlace& place, const float* features, float* crop);

}  // namespace auriga
