#include "landmarks/pfld.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstdint>

namespace auriga {
namespace {

constexpr std::array<std::int64_t, 4> kInputShape{1, 3, kCropSide, kCropSide};
constexpr double kMargin = 1.1;
constexpr float kMaxCoordinate = 1e7f;  // px; 10 times the side of the largest image

}  // namespace

std::optional<Square> square_around(const FaceBox& box) {
  for (float v : {box.x, box.y, box.x + box.w, box.y + box.h}) {
    if (!(std::abs(v) <= kMaxCoordinate)) return std::nullopt;
  }
  const int left = static_cast<int>(box.x), top = static_cast<int>(box.y);
  const int width = static_cast<int>(box.x + box.w) - left,
            height = static_cast<int>(box.y + box.h) - top;
  const int side = static_cast<int>(kMargin * std::max(width, height));
  if (width <= 0 || height <= 0 || side > kMaxSquareSide) return std::nullopt;
  return Square{static_cast<int>(left + width / 2.0) - side / 2,
                static_cast<int>(top + height / 2.0) - side / 2, side};
}

std::shared_ptr<const Pfld::Model> Pfld::load(const std::filesystem::path& file,
                                              const DeviceChoice& device, int threads) {
  return std::shared_ptr<const Model>(
      new Model(Network::load(file, {"input", {kInputShape.begin(), kInputShape.end()}},
                              {{"output", {1, 2 * kLandmarks}}}, device, threads)));
}

Pfld::Pfld(const std::shared_ptr<const Model>& model) : runner_(model->network_) {}

template <typename AnySquare>
std::optional<Landmarks> Pfld::find(const Picture& bgr, const AnySquare& square) {
  assert(bgr.empty() || bgr.channels() == 3);
  const double right = static_cast<double>(square.x) + square.side;
  const double bottom = static_cast<double>(square.y) + square.side;
  const bool seen = square.x < bgr.width() && square.y < bgr.height() && right > 0 && bottom > 0;
  if (bgr.empty() || !(square.side >= 1 && square.side <= kMaxSquareSide) || !seen)
    return std::nullopt;

  crop_face(bgr.with(reach(square, bgr.width(), bgr.height())), square,
            runner_.input(kInputShape).data());
  runner_.run();
  const std::span<const float> relative =
      runner_.output(0);  // x, y of each point, in sides of the square
  if (!std::all_of(relative.begin(), relative.end(), [](float v) { return v > -1 && v < 2; }))
    return std::nullopt;

  const float side = static_cast<float>(square.side);
  Landmarks result;
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    result.x[i] = relative[2 * i] * side + static_cast<float>(square.x);
    result.y[i] = relative[2 * i + 1] * side + static_cast<float>(square.y);
  }
  return result;
}

std::optional<Landmarks> Pfld::landmarks(const Picture& bgr, const Square& square) {
  return find(bgr, square);
}

std::optional<Landmarks> Pfld::landmarks(const Picture& bgr, const SubpixelSquare& square) {
  return find(bgr, square);
}

std::optional<Landmarks> Pfld::landmarks(const Picture& bgr, const FaceBox& box) {
  const std::optional<Square> square = square_around(box);
  return square ? landmarks(bgr, *square) : std::nullopt;
}

}  // namespace auriga
