#include "landmarks/blendshapes.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

namespace auriga {
namespace {

constexpr std::size_t kPoints = 146;
constexpr std::array<std::int64_t, 3> kInputShape{1, kPoints, 2};

// Of the mesh, in the order of the network's input.
constexpr std::array<std::size_t, kPoints> kSeen{
    0,   1,   4,   5,   6,   7,   8,   10,  13,  14,  17,  21,  33,  37,  39,  40,  46,  52,  53,
    54,  55,  58,  61,  63,  65,  66,  67,  70,  78,  80,  81,  82,  84,  87,  88,  91,  93,  95,
    103, 105, 107, 109, 127, 132, 133, 136, 144, 145, 146, 148, 149, 150, 152, 153, 154, 155, 157,
    158, 159, 160, 161, 162, 163, 168, 172, 173, 176, 178, 181, 185, 191, 195, 197, 234, 246, 249,
    251, 263, 267, 269, 270, 276, 282, 283, 284, 285, 288, 291, 293, 295, 296, 297, 300, 308, 310,
    311, 312, 314, 317, 318, 321, 323, 324, 332, 334, 336, 338, 356, 361, 362, 365, 373, 374, 375,
    377, 378, 379, 380, 381, 382, 384, 385, 386, 387, 388, 389, 390, 397, 398, 400, 402, 405, 409,
    415, 454, 466, 468, 469, 470, 471, 472, 473, 474, 475, 476, 477};

constexpr std::array<std::size_t, 2> kRightEye{33, 133},
    kLeftEye{362, 263};  // the person's corners

}  // namespace

std::shared_ptr<const BlendshapeNetwork::Model> BlendshapeNetwork::load(
    const std::filesystem::path& file, const DeviceChoice& device, int threads) {
  return std::shared_ptr<const Model>(
      new Model(Network::load(file, {"points", {kInputShape.begin(), kInputShape.end()}},
                              {{"blendshapes", {kBlendshapes}}}, device, threads)));
}

BlendshapeNetwork::BlendshapeNetwork(const std::shared_ptr<const Model>& model)
    : runner_(model->network_) {}

std::optional<Blendshapes> BlendshapeNetwork::compute(const FaceMesh& mesh) {
  // Twice the line from the middle of one eye's corners to that of the other's.
  const auto along = [](const auto& axis) {
    double sum = 0;
    for (const std::size_t corner : kLeftEye) sum += static_cast<double>(axis[corner]);
    for (const std::size_t corner : kRightEye) sum -= static_cast<double>(axis[corner]);
    return sum;
  };
  const double dx = along(mesh.x), dy = along(mesh.y);
  const double length = std::sqrt(dx * dx + dy * dy);
  const double c = length > 0 ? dx / length : 1, s = length > 0 ? dy / length : 0;

  double middle_x = 0, middle_y = 0;
  for (const std::size_t i : kSeen) {
    middle_x += static_cast<double>(mesh.x[i]);
    middle_y += static_cast<double>(mesh.y[i]);
  }
  middle_x /= kPoints;
  middle_y /= kPoints;

  const std::span<float> points = runner_.input(kInputShape);
  for (std::size_t k = 0; k < kPoints; ++k) {
    const double x = static_cast<double>(mesh.x[kSeen[k]]) - middle_x;
    const double y = static_cast<double>(mesh.y[kSeen[k]]) - middle_y;
    points[2 * k] = static_cast<float>(c * x + s * y);
    points[2 * k + 1] = static_cast<float>(c * y - s * x);
  }
  runner_.run();
  const std::span<const float> found = runner_.output(0);
  if (!std::all_of(found.begin(), found.end(), [](float v) { return v >= 0 && v <= 1; }))
    return std::nullopt;
  Blendshapes result;
  std::copy(found.begin(), found.end(), result.begin());
  return result;
}

}  // namespace auriga
