#include "landmarks/face_mesh.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "auriga/error.hpp"

#include "base/file.hpp"
#include "base/parallel.hpp"
#include "base/real_text.hpp"
#include "base/same_math.hpp"

namespace auriga {
namespace {

constexpr std::array<std::int64_t, 4> kImageShape{1, 3, kRoiCropSide, kRoiCropSide};
constexpr std::array<std::int64_t, 4> kFeatureCropShape{1, kFeatureChannels, kFeatureCropSide,
                                                        kFeatureCropSide};
constexpr std::size_t kIrisPoints = 5;
constexpr double kRoiMargin = 1.5;
constexpr std::size_t kRightOuterEyeCorner = 33, kLeftOuterEyeCorner = 263;  // the person's

std::shared_ptr<const Network> load_region(const std::filesystem::path& pack, std::size_t region,
                                           const DeviceChoice& device, int threads) {
  const TensorSpec input{"features", {kFeatureCropShape.begin(), kFeatureCropShape.end()}};
  const auto points = static_cast<std::int64_t>(kMeshRegionPoints[region]);
  std::vector<TensorSpec> outputs{{region == 0 ? "lips" : "eye", {1, points, 2}}};
  if (region > 0) outputs.push_back({"iris", {1, kIrisPoints, 2}});
  return Network::load(pack / ("face_mesh_" + std::string(kMeshRegionNames[region]) + ".onnx"),
                       input, outputs, device, threads);
}

bool are_finite(std::span<const float> values) {
  // A sum of products with 0 is NaN exactly if there is one that is not finite.
  float sum = 0;
  for (const float value : values) sum += value * 0;
  return sum == 0;
}

}  // namespace

FaceRoi roi_around(const FaceBox& box) {
  FaceRoi roi;
  roi.x = box.x + box.w / 2;
  roi.y = box.y + box.h / 2;
  roi.side = static_cast<float>(kRoiMargin) * std::max(box.w, box.h);
  roi.angle_rad = same::atan2(box.points[1].y - box.points[0].y, box.points[1].x - box.points[0].x);
  return roi;
}

FaceRoi roi_around(const FaceMesh& mesh) {
  const double dx = static_cast<double>(mesh.x[kLeftOuterEyeCorner]) - mesh.x[kRightOuterEyeCorner],
               dy = static_cast<double>(mesh.y[kLeftOuterEyeCorner]) - mesh.y[kRightOuterEyeCorner];
  const double length = std::sqrt(dx * dx + dy * dy);
  const double c = length > 0 ? dx / length : 1, s = length > 0 ? dy / length : 0;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  double left = kInfinity, top = kInfinity, right = -kInfinity, bottom = -kInfinity;
  for (std::size_t i = 0; i < kMeshSurface; ++i) {
    const double x = c * mesh.x[i] + s * mesh.y[i], y = c * mesh.y[i] - s * mesh.x[i];
    left = std::min(left, x);
    right = std::max(right, x);
    top = std::min(top, y);
    bottom = std::max(bottom, y);
  }
  const double middle_x = (left + right) / 2, middle_y = (top + bottom) / 2;
  FaceRoi roi;
  roi.x = static_cast<float>(c * middle_x - s * middle_y);
  roi.y = static_cast<float>(s * middle_x + c * middle_y);
  roi.side = static_cast<float>(kRoiMargin * std::max(right - left, bottom - top));
  roi.angle_rad = static_cast<float>(same::atan2(dy, dx));
  return roi;
}

FaceMeshNetwork::Model::Model(const std::filesystem::path& pack, const DeviceChoice& device,
                              int threads)
    : trunk_(Network::load(pack / "face_mesh_trunk.onnx",
                           {"image", {kImageShape.begin(), kImageShape.end()}},
                           {{"landmarks", {1, kMeshSurface, 3}},
                            {"features", {1, kFeatureChannels, kFeatureSide, kFeatureSide}},
                            {"face", {1, 1, 1, 1}}},
                           device, threads)),
      regions_{load_region(pack, 0, device, threads), load_region(pack, 1, device, threads),
               load_region(pack, 2, device, threads)},
      shapes_(read_mesh_regions(pack / "face_mesh_regions.json")) {}

std::shared_ptr<const FaceMeshNetwork::Model> FaceMeshNetwork::load(
    const std::filesystem::path& pack, const DeviceChoice& device, int threads) {
  return std::shared_ptr<const Model>(new Model(pack, device, threads));
}

FaceMeshNetwork::FaceMeshNetwork(std::shared_ptr<const Model> model)
    : model_(std::move(model)),
      trunk_(model_->trunk_),
      regions_{Runner(model_->regions_[0]), Runner(model_->regions_[1]),
               Runner(model_->regions_[2])} {}

float presence_of(float logit) { return 1 / (1 + std::exp(-logit)); }

std::optional<float> FaceMeshNetwork::find(const Picture& bgr, const FaceRoi& roi, FaceMesh& mesh) {
  assert(bgr.empty() || bgr.channels() == 3);
  if (!is_seen(roi, bgr.width(), bgr.height())) return std::nullopt;
  crop_roi(bgr.with(reach(roi, bgr.width(), bgr.height())), roi, trunk_.input(kImageShape).data());
  trunk_.run();
  const std::span<const float> points = trunk_.output(0), features = trunk_.output(1);
  const float logit = trunk_.output(2)[0];
  if (!are_finite(points) || !std::isfinite(logit)) return std::nullopt;

  // Into the frame, from px of the crop.
  const CropPlace place(roi);
  const double scale = static_cast<double>(roi.side) / kRoiCropSide;
  const auto set = [&](std::size_t point, double x, double y) {
    mesh.x[point] = static_cast<float>(place.xx * x + place.xy * y + place.x);
    mesh.y[point] = static_cast<float>(place.yx * x + place.yy * y + place.y);
  };
  for (std::size_t i = 0; i < kMeshSurface; ++i) {
    set(i, points[3 * i], points[3 * i + 1]);
    mesh.z[i] = static_cast<float>(scale * points[3 * i + 2]);
  }
  std::fill(mesh.z.begin() + kMeshSurface, mesh.z.end(), 0.0f);

  std::array<RegionPlace, kMeshRegions> crops;
  for (std::size_t r = 0; r < kMeshRegions; ++r)
    crops[r] = place_region(model_->shapes_[r], points);
  in_parallel(static_cast<int>(kMeshRegions), [&](int index) {
    const auto r = static_cast<std::size_t>(index);
    Runner& network = regions_[r];
    crop_features(crops[r], features.data(), network.input(kFeatureCropShape).data());
    network.run();
  });
  for (std::size_t r = 0; r < kMeshRegions; ++r) {
    const RegionPlace& crop = crops[r];
    const auto set_refined = [&](std::size_t point, const float* refined) {
      set(point, crop.xx * refined[0] + crop.xy * refined[1] + crop.image_x,
          crop.yx * refined[0] + crop.yy * refined[1] + crop.image_y);
    };
    const std::vector<int>& landmarks = model_->shapes_[r].landmarks;
    const std::span<const float> refined = regions_[r].output(0);
    for (std::size_t i = 0; i < landmarks.size(); ++i)
      set_refined(static_cast<std::size_t>(landmarks[i]), &refined[2 * i]);
    if (r == 0) continue;
    const std::span<const float> iris = regions_[r].output(1);
    for (std::size_t i = 0; i < kIrisPoints; ++i)
      set_refined(kMeshSurface + (r - 1) * kIrisPoints + i, &iris[2 * i]);
  }
  if (!are_finite(mesh.x) || !are_finite(mesh.y) || !are_finite(mesh.z)) return std::nullopt;
  return logit;
}

namespace {

// Reads lines `landmark point weight`.
class MapReader {
 public:
  explicit MapReader(const std::filesystem::path& file)
      : name_(file.string()),
        text_(read_file(file, ErrorCode::model, "map from mesh points to landmarks",
                        std::size_t{1} << 20)) {}

  // The next line's fields; false at the end of the file.
  bool next(int& landmark, int& point, double& weight) {
    while (at_ < text_.size()) {
      const std::size_t end = std::min(text_.find('\n', at_), text_.size());
      line_ = std::string_view(text_).substr(at_, end - at_);
      at_ = end + 1;
      ++line_number_;
      skip_blanks();
      if (line_.empty() || line_.front() == '#') continue;
      read(landmark, "a landmark");
      read(point, "a mesh point");
      read(weight, "a weight");
      if (!line_.empty() && line_.front() != '#') fail("the end of the line");
      return true;
    }
    return false;
  }

  [[noreturn]] void fail(const std::string& expected, std::string found = "") const {
    if (found.empty())
      found = line_.empty() ? "the end of the line" : "'" + std::string(line_.substr(0, 40)) + "'";
    throw Error(ErrorCode::model, name_ + ", line " + std::to_string(line_number_) + ": expected " +
                                      expected + ", found " + found +
                                      ". Get a fresh copy of the file");
  }

 private:
  void skip_blanks() {
    while (!line_.empty() &&
           (line_.front() == ' ' || line_.front() == '\t' || line_.front() == '\r'))
      line_.remove_prefix(1);
  }
  template <typename Number>
  void read(Number& value, const std::string& what) {
    const char *const first = line_.data(), *const last = first + line_.size();
    const auto [end, error] = [&] {
      if constexpr (std::is_floating_point_v<Number>)
        return read_real(first, last, value);
      else
        return std::from_chars(first, last, value);
    }();
    const auto length = static_cast<std::size_t>(end - line_.data());
    if (error != std::errc() ||
        (length < line_.size() &&
         std::string_view(" \t\r#").find(line_[length]) == std::string_view::npos))
      fail(what);
    line_.remove_prefix(length);
    skip_blanks();
  }

  std::string name_, text_;
  std::string_view line_;
  std::size_t at_ = 0;
  int line_number_ = 0;
};

constexpr double kMaxWeight = 100;
constexpr double kSumTolerance = 1e-3;

}  // namespace

MeshTo68::MeshTo68(const std::filesystem::path& file) : terms_(kLandmarks) {
  MapReader reader(file);
  std::vector<bool> is_taken(std::size_t{kLandmarks} * kMeshPoints);
  std::array<double, kLandmarks> sums{};
  int landmark = 0, point = 0;
  for (double weight = 0; reader.next(landmark, point, weight);) {
    if (landmark < 0 || landmark >= kLandmarks)
      reader.fail("a landmark of 0 to 67", std::to_string(landmark));
    if (point < 0 || point >= kMeshPoints)
      reader.fail("a mesh point of 0 to 477", std::to_string(point));
    if (!(std::abs(weight) <= kMaxWeight))
      reader.fail("a weight of -100 to 100", std::to_string(weight));
    const auto row = static_cast<std::size_t>(landmark);
    const std::size_t cell = row * kMeshPoints + static_cast<std::size_t>(point);
    if (is_taken[cell])
      reader.fail("every pair of a landmark and a point once",
                  std::to_string(landmark) + " " + std::to_string(point) + " again");
    is_taken[cell] = true;
    terms_[row].push_back({point, static_cast<float>(weight)});
    sums[row] += weight;
  }
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    if (!(std::abs(sums[i] - 1) <= kSumTolerance))
      reader.fail("weights of landmark " + std::to_string(i) + " with the sum 1",
                  std::to_string(sums[i]));
    // Exactly, or else a face that moves across the frame would change.
    for (Term& term : terms_[i]) term.weight = static_cast<float>(term.weight / sums[i]);
  }
}

Landmarks MeshTo68::landmarks(const FaceMesh& mesh) const {
  Landmarks result;
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    double x = 0, y = 0;
    for (const Term& term : terms_[i]) {
      const auto point = static_cast<std::size_t>(term.point);
      x += static_cast<double>(term.weight) * mesh.x[point];
      y += static_cast<double>(term.weight) * mesh.y[point];
    }
    result.x[i] = static_cast<float>(x);
    result.y[i] = static_cast<float>(y);
  }
  return result;
}

}  // namespace auriga
