#include "landmarks/mesh_regions.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>

#include <nlohmann/json.hpp>

#include "auriga/error.hpp"

#include "base/file.hpp"
#include "base/same_math.hpp"
#include "base/simd.hpp"

namespace auriga {
namespace {

using Json = nlohmann::json;

class RegionsReader {
 public:
  explicit RegionsReader(const std::filesystem::path& file) : name_(file.string()) {
    text_ = read_file(file, ErrorCode::model, "description of the face mesh's regions",
                      std::size_t{1} << 20);
  }

  std::array<MeshRegion, kMeshRegions> read() {
    const Json json = Json::parse(text_, nullptr, false);
    const Json& list = member(json, "the file", "regions");
    if (!list.is_array() || list.size() != kMeshRegions)
      fail("a list of " + std::to_string(kMeshRegions) + " regions", excerpt(list));
    std::array<MeshRegion, kMeshRegions> regions;
    for (std::size_t i = 0; i < kMeshRegions; ++i) read_region(list[i], i, regions[i]);
    return regions;
  }

 private:
  [[noreturn]] void fail(const std::string& expected, const std::string& found) const {
    throw Error(ErrorCode::model, name_ + ": expected " + expected + ", found " + found +
                                      ". Make the open pack again (scripts/open-pack)");
  }
  static std::string excerpt(const Json& json) {
    if (json.is_discarded()) return "text that is no JSON";
    if (json.is_structured())
      return std::string(json.type_name()) + " of " + std::to_string(json.size());
    return json.dump(-1, ' ', true, Json::error_handler_t::replace).substr(0, 40);
  }
  const Json& member(const Json& json, const std::string& where, const char* key) const {
    if (!json.is_object() || !json.contains(key))
      fail("'" + std::string(key) + "' in " + where, excerpt(json));
    return json.at(key);
  }
  double number(const Json& json, const std::string& what, double least, double most) const {
    const double value =
        json.is_number() ? json.get<double>() : std::numeric_limits<double>::quiet_NaN();
    if (!(value >= least && value <= most)) {
      fail(what + " of " + std::to_string(least) + " to " + std::to_string(most), excerpt(json));
    }
    return value;
  }
  int landmark(const Json& json, const std::string& where) const {
    const double value = number(json, "a landmark of " + where, 0, kMeshSurface - 1);
    if (value != std::floor(value)) fail("a landmark of " + where, excerpt(json));
    return static_cast<int>(value);
  }

  void read_region(const Json& json, std::size_t index, MeshRegion& region) const {
    const std::string name(kMeshRegionNames[index]);
    const std::string where = "region '" + name + "'";
    const Json& found_name = member(json, where, "name");
    if (found_name != name) fail(where, excerpt(found_name));

    const Json& landmarks = member(json, where, "landmarks");
    if (!landmarks.is_array() || landmarks.size() != kMeshRegionPoints[index])
      fail(std::to_string(kMeshRegionPoints[index]) + " landmarks of " + where, excerpt(landmarks));
    std::array<bool, kMeshSurface> is_taken{};
    for (const Json& entry : landmarks) {
      const int point = landmark(entry, where);
      if (is_taken[static_cast<std::size_t>(point)])
        fail("every landmark of " + where + " once", std::to_string(point) + " twice");
      is_taken[static_cast<std::size_t>(point)] = true;
      region.landmarks.push_back(point);
    }
    region.rotation_from = landmark(member(json, where, "rotation_from"), where);
    region.rotation_to = landmark(member(json, where, "rotation_to"), where);
    if (region.rotation_from == region.rotation_to)
      fail("two landmarks that tell the rotation of " + where, "one");

    const auto number_of = [&](const char* key, double least, double most) {
      return number(member(json, where, key), "'" + std::string(key) + "' of " + where, least,
                    most);
    };
    const double target = number_of("rotation_target_rad", -std::numbers::pi, std::numbers::pi);
    region.target_cos = same::cos(target);
    region.target_sin = same::sin(target);
    region.scale_x = number_of("scale_x", 0.1, 10);
    region.scale_y = number_of("scale_y", 0.1, 10);
    for (const char* key : {"crop_width", "crop_height"})
      number_of(key, kFeatureCropSide, kFeatureCropSide);
    // The features have a cell for four pixels.
    region.cells_per_pixel = number_of("cells_per_pixel", 0.25, 0.25);
  }

  std::string name_, text_;
};

}  // namespace

std::array<MeshRegion, kMeshRegions> read_mesh_regions(const std::filesystem::path& file) {
  return RegionsReader(file).read();
}

RegionPlace place_region(const MeshRegion& region, std::span<const float> landmarks) {
  const auto at = [&](int point, std::size_t axis) {
    return static_cast<double>(landmarks[3 * static_cast<std::size_t>(point) + axis]) *
           region.cells_per_pixel;
  };
  const double dx = at(region.rotation_to, 0) - at(region.rotation_from, 0),
               dy = at(region.rotation_to, 1) - at(region.rotation_from, 1);
  const double length = std::sqrt(dx * dx + dy * dy);
  const double c0 = length > 0 ? dx / length : 1, s0 = length > 0 ? dy / length : 0;
  // The rotation of (c0, s0) to the target.
  const double c = region.target_cos * c0 + region.target_sin * s0,
               s = region.target_sin * c0 - region.target_cos * s0;

  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  double left = kInfinity, top = kInfinity, right = -kInfinity, bottom = -kInfinity;
  for (const int point : region.landmarks) {
    const double x = at(point, 0), y = at(point, 1);
    const double turned_x = c * x - s * y, turned_y = s * x + c * y;
    left = std::min(left, turned_x);
    right = std::max(right, turned_x);
    top = std::min(top, turned_y);
    bottom = std::max(bottom, turned_y);
  }
  const double middle_x = (left + right) / 2, middle_y = (top + bottom) / 2;
  const double per_column = region.scale_x * (right - left) / kFeatureCropSide,
               per_row = region.scale_y * (bottom - top) / kFeatureCropSide;
  RegionPlace place;
  place.xx = c * per_column;
  place.xy = s * per_row;
  place.yx = -s * per_column;
  place.yy = c * per_row;
  place.x = c * middle_x + s * middle_y - (place.xx + place.xy) * (kFeatureCropSide / 2.0);
  place.y = c * middle_y - s * middle_x - (place.yx + place.yy) * (kFeatureCropSide / 2.0);
  place.image_x = place.x / region.cells_per_pixel;
  place.image_y = place.y / region.cells_per_pixel;
  return place;
}

namespace {

AURIGA_INLINE void crop_features_body(const RegionPlace& place, const float* features,
                                      float* crop) {
  int offset[kFeatureCropCells];
  float weights[4][kFeatureCropCells];  // of the cell at the offset, right of, below, below right
  for (int row = 0; row < kFeatureCropSide; ++row) {
    for (int column = 0; column < kFeatureCropSide; ++column) {
      const auto i = static_cast<std::size_t>(row * kFeatureCropSide + column);
      const double u = column + 0.5, v = row + 0.5;
      double x = place.xx * u + place.xy * v + place.x - 0.5,
             y = place.yx * u + place.yy * v + place.y - 0.5;
      const bool inside = x >= 0 && x <= kFeatureSide - 1 && y >= 0 && y <= kFeatureSide - 1;
      x = inside ? x : 0;
      y = inside ? y : 0;
      // In the last column the cell to the left has the weight 0.
      const int ix = std::min(static_cast<int>(x), kFeatureSide - 2),
                iy = std::min(static_cast<int>(y), kFeatureSide - 2);
      const auto fx = static_cast<float>(x - ix), fy = static_cast<float>(y - iy);
      const float one = inside ? 1.0f : 0.0f;
      offset[i] = iy * kFeatureSide + ix;
      weights[0][i] = one * (1 - fx) * (1 - fy);
      weights[1][i] = one * fx * (1 - fy);
      weights[2][i] = one * (1 - fx) * fy;
      weights[3][i] = one * fx * fy;
    }
  }
  for (int channel = 0; channel < kFeatureChannels; ++channel) {
    const float* plane = features + channel * kFeatureSide * kFeatureSide;
    float* out = crop + static_cast<std::size_t>(channel) * kFeatureCropCells;
    for (std::size_t i = 0; i < kFeatureCropCells; ++i) {
      const float* cell = plane + offset[i];
      out[i] = (weights[0][i] * cell[0] + weights[1][i] * cell[1]) +
               (weights[2][i] * cell[kFeatureSide] + weights[3][i] * cell[kFeatureSide + 1]);
    }
  }
}

}  // namespace

void crop_features(const RegionPlace& place, const float* features, float* crop) {
  run_wide([&](auto) AURIGA_ALWAYS_INLINE { crop_features_body(place, features, crop); });
}

}  // namespace auriga
