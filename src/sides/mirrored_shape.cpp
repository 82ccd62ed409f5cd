#include "sides/mirrored_shape.hpp"

#include <cstddef>
#include <string>

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include "auriga/error.hpp"

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
  using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const Eigen::Map<const Matrix> basis(basis_.data(), kCoordinates, kModes);
  const Matrix inverse =
      (basis.transpose() * basis).ldlt().solve(Matrix(basis.transpose())).transpose();
  inverse_.assign(inverse.data(), inverse.data() + inverse.size());
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
