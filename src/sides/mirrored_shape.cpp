#include "sides/mirrored_shape.hpp"

#include <cstddef>
#include <string>

#include "auriga/error.hpp"

#include "base/linear_system.hpp"

namespace auriga {
namespace {

constexpr std::size_t kCoordinates = std::size_t{3} * kLandmarks;
constexpr std::size_t kModes = kShapeModes;

ShapeInSpace mirror_image(const ShapeInSpace& shape) {
  ShapeInSpace mirror;
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    const std::size_t from = kMirroredLandmark[i];
    mirror[i] = -shape[from];
    for (std::size_t axis = 1; axis < 3; ++axis)
      mirror[axis * kLandmarks + i] = shape[axis * kLandmarks + from];
  }
  return mirror;
}

}  // namespace

ShapeMirror::ShapeMirror(const Pdm& pdm) {
  if (pdm.points != kLandmarks || pdm.modes != kShapeModes)
    throw Error(ErrorCode::model,
                "sides of a face: expected a shape model of 68 points and 34 modes, found " +
                    std::to_string(pdm.points) + " points and " + std::to_string(pdm.modes) +
                    " modes; use the one of the action-unit models");
  mean_.assign(pdm.mean.begin(), pdm.mean.end());
  basis_.assign(pdm.basis.begin(), pdm.basis.end());
  // (B^T B)^-1 B^T: the normal equations for all coordinates at once.
  std::vector<double> normal(kModes * kModes), modes(kModes * kCoordinates);
  for (std::size_t i = 0; i < kCoordinates; ++i) {
    const double* row = &basis_[i * kModes];
    for (std::size_t j = 0; j < kModes; ++j) {
      modes[j * kCoordinates + i] = row[j];
      for (std::size_t k = 0; k < kModes; ++k) normal[j * kModes + k] += row[j] * row[k];
    }
  }
  if (!solve_linear(normal, modes))
    throw Error(ErrorCode::model,
                "sides of a face: expected a shape model with 34 independent modes, found modes "
                "that depend on each other; use the one of the action-unit models");
  inverse_.resize(basis_.size());
  for (std::size_t i = 0; i < kCoordinates; ++i)
    for (std::size_t mode = 0; mode < kModes; ++mode)
      inverse_[i * kModes + mode] = modes[mode * kCoordinates + i];
}

ShapeInSpace ShapeMirror::shape(const ShapeFit& fit) const {
  ShapeInSpace shape;
  for (std::size_t i = 0; i < kCoordinates; ++i) {
    double sum = mean_[i];
    for (std::size_t mode = 0; mode < kModes; ++mode)
      sum += basis_[i * kModes + mode] * static_cast<double>(fit.p[mode]);
    shape[i] = sum;
  }
  return shape;
}

ShapeInSpace ShapeMirror::mirrored(const ShapeInSpace& given, PictureHalf half) {
  ShapeInSpace shape = half == PictureHalf::left ? mirror_image(given) : given;
  const double* const y = shape.data() + kLandmarks;
  const double top_x = (shape[kLeftBrowEnd] + shape[kRightBrowEnd]) / 2;
  const double top_y = (y[kLeftBrowEnd] + y[kRightBrowEnd]) / 2;
  const double height = y[kChinPoint] - top_y;
  const double slope = height != 0 ? (shape[kChinPoint] - top_x) / height : 0;
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    const std::size_t other = kMirroredLandmark[i];
    if (other == i) {
      shape[i] = 0;
      continue;
    }
    if (!is_on_right(i)) continue;
    const double x = shape[i] - (top_x + slope * (y[i] - top_y));
    shape[i] = x;
    shape[other] = -x;
    for (std::size_t axis = 1; axis < 3; ++axis)
      shape[axis * kLandmarks + other] = shape[axis * kLandmarks + i];
  }
  return shape;
}

ShapeFit ShapeMirror::fit(const ShapeInSpace& shape) const {
  std::array<double, kModes> p{};
  for (std::size_t i = 0; i < kCoordinates; ++i) {
    const double displacement = shape[i] - mean_[i];
    for (std::size_t mode = 0; mode < kModes; ++mode)
      p[mode] += inverse_[i * kModes + mode] * displacement;
  }
  ShapeFit fit;
  for (std::size_t mode = 0; mode < kModes; ++mode) fit.p[mode] = static_cast<float>(p[mode]);
  return fit;
}

}  // namespace auriga
