#include "tracking/face_likeness.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "base/same_math.hpp"
#include "tracking/face_square.hpp"
#include "tracking/mean_face.hpp"

namespace auriga {
namespace {

constexpr float kLeastInside = 1 / 3.0f;
// Around eyes, nose and mouth, in widths of the face.
constexpr float kStep = 0.05f;  // of the grid of places
constexpr float kEye = 0.2f, kNose = 0.18f, kMouth = 0.24f;

}  // namespace

FaceLikeness::FaceLikeness(const FacePatchSampler& sampler) {
  sampler.sample(mean_face_picture(), mean_face_landmarks(), mean_face_);
  const Landmarks& face = sampler.mean_landmarks();
  const auto [left, right] = std::minmax_element(face.x.begin(), face.x.end());
  const float middle = (*left + *right) / 2, bridge = face.y[29];
  const Point2 one = mean(face, 36, 42), other = mean(face, 42, 48), mouth = mean(face, 48, 68);
  const float eyes = (one.y + other.y) / 2;
  const auto next = [](const Point2& a, const Point2& b) {
    const float dx = b.x - a.x, dy = b.y - a.y;
    return (dx > kStep / 2 && dx < 1.5f * kStep && std::abs(dy) < kStep / 2) ||
           (dy > kStep / 2 && dy < 1.5f * kStep && std::abs(dx) < kStep / 2);
  };
  for (int k = 0; k < sampler.places(); ++k) {
    for (int m = k + 1; m < sampler.places(); ++m)
      if (next(sampler.place(k), sampler.place(m)))
        neighbours_.push_back({static_cast<std::size_t>(k), static_cast<std::size_t>(m)});
    const Point2 place = sampler.place(k);
    const auto near = [&](float x, float y, float radius) {
      const float dx = place.x - x, dy = place.y - y;
      return dx * dx + dy * dy < radius * radius;
    };
    const std::array<bool, kHalves + kParts> in{place.x < middle,
                                                place.x >= middle,
                                                place.y < bridge,
                                                place.y >= bridge,
                                                near(one.x, eyes, kEye),
                                                near(other.x, eyes, kEye),
                                                near(face.x[33], face.y[33], kNose),
                                                near(mouth.x, mouth.y, kMouth)};
    for (std::size_t r = 0; r < in.size(); ++r)
      if (in[r]) regions_[r].push_back(static_cast<std::size_t>(k));
  }
}

FaceLikeness::Agreement FaceLikeness::agreement(const FacePatch& patch,
                                                const std::vector<std::size_t>& region) const {
  double n = 0, sum = 0, sum_mean = 0, squares = 0, squares_mean = 0, products = 0;
  for (const std::size_t k : region) {
    if (patch.inside[k] == 0) continue;
    const double a = static_cast<double>(patch.grey[k]),
                 b = static_cast<double>(mean_face_.grey[k]);
    ++n;
    sum += a, sum_mean += b;
    squares += a * a, squares_mean += b * b, products += a * b;
  }
  if (n < static_cast<double>(region.size()) * static_cast<double>(kLeastInside)) return {};
  const double spread = std::max(0.0, squares - sum * sum / n);
  const double spread_mean = std::max(0.0, squares_mean - sum_mean * sum_mean / n);
  Agreement result;
  result.deviation = static_cast<float>(std::sqrt(spread / n));
  // Below one grey level there is nothing but noise.
  if (spread > n)
    result.correlation = static_cast<float>((products - sum * sum_mean / n) /
                                            std::sqrt(spread * std::max(1.0, spread_mean)));
  return result;
}

float FaceLikeness::roughness(const FacePatch& patch) const {
  double n = 0, sum = 0, squares = 0, pairs = 0, differences = 0;
  for (std::size_t k = 0; k < patch.grey.size(); ++k) {
    if (patch.inside[k] == 0) continue;
    const double grey = static_cast<double>(patch.grey[k]);
    ++n;
    sum += grey;
    squares += grey * grey;
  }
  for (const auto& [one, other] : neighbours_) {
    if (patch.inside[one] == 0 || patch.inside[other] == 0) continue;
    const double step =
        static_cast<double>(patch.grey[other]) - static_cast<double>(patch.grey[one]);
    ++pairs;
    differences += step * step;
  }
  if (n == 0 || pairs == 0) return Likeness::kSmooth;
  const double variance = std::max(1.0, squares / n - (sum / n) * (sum / n));
  return static_cast<float>(same::log(std::max(same::exp(static_cast<double>(Likeness::kSmooth)),
                                               differences / pairs / (2 * variance))));
}

Likeness FaceLikeness::of(const FacePatch& patch) const {
  if (!(patch.inside_share >= kLeastInside)) return {};
  Likeness likeness{1, 1, 0, roughness(patch)};
  float least = 255;
  for (std::size_t r = 0; r < regions_.size(); ++r) {
    const auto [correlation, deviation] = agreement(patch, regions_[r]);
    float& lowest = r < kHalves ? likeness.halves : likeness.parts;
    lowest = std::min(lowest, correlation);
    if (r >= kHalves) least = std::min(least, deviation);
  }
  likeness.contrast = std::log(std::max(1.0f, least));
  return likeness;
}

}  // namespace auriga
