#include "tracking/face_patch.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include "auriga/error.hpp"

#include "base/linear_system.hpp"
#include "base/same_math.hpp"
#include "base/simd.hpp"

namespace auriga {
namespace {

constexpr int kColumns = 20;  // of the grid, across the width of the face
// Of the spline; 0 would let the noise of every single landmark through.
constexpr double kStiffness = 0.05;
constexpr float kFlat = 2;  // grey levels
constexpr float kLeastInside = 1 / 3.0f;

using Points = Eigen::Matrix<double, Eigen::Dynamic, 2>;

std::size_t padded(std::size_t places) { return (places + 7) / 8 * 8; }

float sum(const f32x8& v) {
  return ((v[0] + v[4]) + (v[1] + v[5])) + ((v[2] + v[6]) + (v[3] + v[7]));
}

// Kernel of the thin-plate spline, r^2 log r.
double kernel(const Eigen::RowVector2d& a, const Eigen::RowVector2d& b) {
  const double square = (a - b).squaredNorm();
  return square > 0 ? 0.5 * square * same::log(square) : 0;
}

// By counting how often a ray to the right crosses the polygon.
bool is_inside(const Points& polygon, double x, double y) {
  bool inside = false;
  for (Eigen::Index i = 0, j = polygon.rows() - 1; i < polygon.rows(); j = i++) {
    const double xi = polygon(i, 0), yi = polygon(i, 1), xj = polygon(j, 0), yj = polygon(j, 1);
    if ((yi > y) != (yj > y) && x < xi + (xj - xi) * (y - yi) / (yj - yi)) inside = !inside;
  }
  return inside;
}

// The mean shape seen from the front, its width being 1.
Points frontal_mean(const ShapeModel& model) {
  assert(model.points() == kLandmarks);
  std::vector<float> shape(3 * kLandmarks);
  model.shape(std::vector<float>(static_cast<std::size_t>(model.modes())), shape);
  Points points(kLandmarks, 2);
  for (int i = 0; i < kLandmarks; ++i) points.row(i) << shape[i], shape[kLandmarks + i];
  return points / (points.col(0).maxCoeff() - points.col(0).minCoeff());
}

// Along the jaw from ear to ear, then the brows back.
Points outline_of(const Points& shape) {
  Points outline(27, 2);
  outline << shape.topRows(17), shape.middleRows(17, 10).colwise().reverse();
  return outline;
}

// [landmark][place]: how the spline that takes the shape's points to the landmarks takes that
// place.
std::vector<double> spline_weights(const Points& shape, const Points& places) {
  const Eigen::Index n = shape.rows(), unknowns = n + 3, columns = places.rows();
  std::vector<double> system(static_cast<std::size_t>(unknowns * unknowns));
  std::vector<double> weights(static_cast<std::size_t>(unknowns * columns));
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index j = 0; j < n; ++j)
      system[i * unknowns + j] = kernel(shape.row(i), shape.row(j));
    system[i * unknowns + i] += kStiffness;
    const std::array<double, 3> plane = {1, shape(i, 0), shape(i, 1)};
    for (Eigen::Index k = 0; k < 3; ++k)
      system[i * unknowns + n + k] = system[(n + k) * unknowns + i] = plane[k];
    for (Eigen::Index k = 0; k < columns; ++k)
      weights[i * columns + k] = kernel(places.row(k), shape.row(i));
  }
  for (Eigen::Index k = 0; k < columns; ++k) {
    weights[n * columns + k] = 1;
    weights[(n + 1) * columns + k] = places(k, 0);
    weights[(n + 2) * columns + k] = places(k, 1);
  }
  // The system is symmetric, so that its solution for what is wanted of a place are the weights.
  if (!solve_linear(system, weights))
    throw Error(ErrorCode::model,
                "shape model: expected a mean face of 68 different points, found points on a line");
  return weights;
}

// Green, the bulk of luminance, between four pixels, which must all be inside of the frame.
AURIGA_INLINE float green_at(ImageView bgr, float x, float y) {
  const int column = static_cast<int>(x), row = static_cast<int>(y);
  const float fx = x - static_cast<float>(column), fy = y - static_cast<float>(row);
  const std::uint8_t* upper = bgr.row(row) + 3 * static_cast<std::ptrdiff_t>(column) + 1;
  const std::uint8_t* lower = upper + bgr.stride;
  const float top = static_cast<float>(upper[0]) + fx * static_cast<float>(upper[3] - upper[0]);
  const float bottom = static_cast<float>(lower[0]) + fx * static_cast<float>(lower[3] - lower[0]);
  return top + fy * (bottom - top);
}

}  // namespace

float correlation(const FacePatch& a, const FacePatch& b) {
  assert(a.grey.size() == b.grey.size() && a.grey.size() % 8 == 0);
  if (std::min(a.inside_share, b.inside_share) < kLeastInside) return 0;
  f32x8 n{}, sum_a{}, sum_b{}, sum_aa{}, sum_bb{}, sum_ab{};
  for (std::size_t i = 0; i < a.grey.size(); i += 8) {
    const f32x8 both = load<f32x8>(&a.inside[i]) * load<f32x8>(&b.inside[i]);
    const f32x8 va = both * load<f32x8>(&a.grey[i]), vb = both * load<f32x8>(&b.grey[i]);
    n += both;
    sum_a += va, sum_b += vb;
    sum_aa += va * va, sum_bb += vb * vb, sum_ab += va * vb;
  }
  const float count = std::max(1.0f, sum(n)), mean_a = sum(sum_a) / count,
              mean_b = sum(sum_b) / count;
  const float var_a = sum(sum_aa) / count - mean_a * mean_a,
              var_b = sum(sum_bb) / count - mean_b * mean_b;
  if (!(var_a >= kFlat * kFlat && var_b >= kFlat * kFlat)) return 0;
  return std::clamp((sum(sum_ab) / count - mean_a * mean_b) / std::sqrt(var_a * var_b), -1.0f,
                    1.0f);
}

void blend(const FacePatch& patch, float rate, FacePatch& average) {
  assert(patch.grey.size() == average.grey.size());
  for (std::size_t i = 0; i < patch.grey.size(); ++i) {
    if (patch.inside[i] == 0) continue;
    average.grey[i] += (average.inside[i] > 0 ? rate : 1) * (patch.grey[i] - average.grey[i]);
    average.inside[i] = 1;
  }
  average.inside_share = std::max(average.inside_share, patch.inside_share);
}

FacePatchSampler::FacePatchSampler(const ShapeModel& model) {
  const Points shape = frontal_mean(model), outline = outline_of(shape);
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    mean_landmarks_.x[i] = static_cast<float>(shape(static_cast<Eigen::Index>(i), 0));
    mean_landmarks_.y[i] = static_cast<float>(shape(static_cast<Eigen::Index>(i), 1));
  }
  for (double y = outline.col(1).minCoeff(); y < outline.col(1).maxCoeff(); y += 1.0 / kColumns) {
    for (double x = outline.col(0).minCoeff(); x < outline.col(0).maxCoeff(); x += 1.0 / kColumns) {
      if (!is_inside(outline, x, y)) continue;
      x_.push_back(static_cast<float>(x));
      y_.push_back(static_cast<float>(y));
    }
  }
  Points grid(places(), 2);
  for (int k = 0; k < places(); ++k) grid.row(k) << x_[k], y_[k];
  const std::vector<double> weights = spline_weights(shape, grid);
  const std::size_t stride = padded(x_.size());
  weights_.resize(kLandmarks * stride);
  for (int i = 0; i < kLandmarks; ++i) {
    for (int k = 0; k < places(); ++k)
      weights_[i * stride + k] = static_cast<float>(weights[i * x_.size() + k]);
  }
}

// What is read of the picture for the places that it holds; nothing where it holds none.
Region FacePatchSampler::region_of(const Reach& reach, const FacePatch& places,
                                   const Picture& bgr) const {
  constexpr float kFar = std::numeric_limits<float>::max();
  float left = kFar, top = kFar, right = -kFar, bottom = -kFar;
  for (std::size_t k = 0; k < x_.size(); ++k) {
    const float x = places.grey[k], y = places.inside[k];
    if (!reach.holds(x, y)) continue;
    left = std::min(left, x), right = std::max(right, x);
    top = std::min(top, y), bottom = std::max(bottom, y);
  }
  if (left > right) return {};
  return region_around(left - reach.around, top - reach.around, right + reach.around,
                       bottom + reach.around, 1, bgr.width(), bgr.height());
}

AURIGA_INLINE void FacePatchSampler::place_body(const Landmarks& landmarks,
                                                FacePatch& patch) const {
  const std::size_t stride = padded(x_.size());
  patch.grey.resize(stride);
  patch.inside.resize(stride);
  for (std::size_t first = 0; first < stride; first += 8) {
    f32x8 xs{}, ys{};
    for (std::size_t i = 0; i < kLandmarks; ++i) {
      const f32x8 w = load<f32x8>(&weights_[i * stride + first]);
      xs += w * landmarks.x[i];
      ys += w * landmarks.y[i];
    }
    store(&patch.grey[first], xs);
    store(&patch.inside[first], ys);
  }
}

AURIGA_INLINE void FacePatchSampler::sample_body(ImageView bgr, const Reach& reach,
                                                 FacePatch& patch) const {
  // Normal equations of the plane.
  Eigen::Matrix3f moments = Eigen::Matrix3f::Zero();
  Eigen::Vector3f projections = Eigen::Vector3f::Zero();
  const float around = reach.around;
  for (std::size_t k = 0; k < x_.size(); ++k) {
    const float x = patch.grey[k], y = patch.inside[k];
    patch.grey[k] = patch.inside[k] = 0;
    if (!reach.holds(x, y)) continue;
    const float grey =
        0.25f * ((green_at(bgr, x - around, y - around) + green_at(bgr, x + around, y - around)) +
                 (green_at(bgr, x - around, y + around) + green_at(bgr, x + around, y + around)));
    patch.grey[k] = grey;
    patch.inside[k] = 1;
    const Eigen::Vector3f place(1, x_[k], y_[k]);
    moments += place * place.transpose();
    projections += grey * place;
  }
  for (std::size_t k = x_.size(); k < patch.grey.size(); ++k) patch.grey[k] = patch.inside[k] = 0;
  patch.inside_share = moments(0, 0) / static_cast<float>(x_.size());
  if (patch.inside_share < kLeastInside) return;  // `correlation` does not look at it

  const Eigen::Vector3f plane = moments.ldlt().solve(projections);
  for (std::size_t k = 0; k < x_.size(); ++k) {
    patch.grey[k] -= patch.inside[k] * (plane[0] + plane[1] * x_[k] + plane[2] * y_[k]);
  }
}

void FacePatchSampler::sample(const Picture& bgr, const Landmarks& landmarks,
                              FacePatch& patch) const {
  assert(bgr.empty() || bgr.channels() == 3);
  run_wide([&](auto) AURIGA_ALWAYS_INLINE { place_body(landmarks, patch); });
  const auto [left, right] = std::minmax_element(landmarks.x.begin(), landmarks.x.end());
  Reach reach;
  // A place stands for the mean of its cell: four points.
  reach.around = 0.25f * (*right - *left) / kColumns;
  reach.last_x = static_cast<float>(bgr.width() - 1) - reach.around;
  reach.last_y = static_cast<float>(bgr.height() - 1) - reach.around;
  const ImageView part = bgr.with(region_of(reach, patch, bgr));
  run_wide([&](auto) AURIGA_ALWAYS_INLINE { sample_body(part, reach, patch); });
}

}  // namespace auriga
