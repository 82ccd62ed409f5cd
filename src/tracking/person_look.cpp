#include "tracking/person_look.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <utility>

#include "appearance/fhog.hpp"
#include "base/same_math.hpp"

namespace auriga {
namespace {

constexpr float kWeightAround = 0.7f;
constexpr float kLeastInside = 0.3f;  // of the places around, that both have
constexpr int kGrid = 16;
constexpr float kReach = 3;     // width and height of the grid, in sizes of the face
constexpr float kAbove = 1.2f;  // of it above the middle of the landmarks
constexpr float kBlur = 0.06f;  // distance of the pixels that make a place, in sizes of the face
constexpr std::array kFaceHalves{0.55f, 0.6f};  // half axes of the ellipse that is left out

constexpr float grid_x(int i) {
  return (static_cast<float>(i) + 0.5f) / kGrid * kReach - kReach / 2;
}
constexpr float grid_y(int i) { return (static_cast<float>(i) + 0.5f) / kGrid * kReach - kAbove; }

bool on_face(float x, float y) {
  const float u = x / kFaceHalves[0], v = y / kFaceHalves[1];
  return u * u + v * v < 1;
}

// Landmarks as an upright frame: `middle` of their bounds, `size` the mean of width and height, px.
struct Place {
  Point2 middle;
  float size = 0, cosine = 1, sine = 0;
};

Place place_of(const Landmarks& landmarks) {
  const auto& [x, y] = landmarks;
  const float dx = x[42] + x[45] - x[36] - x[39], dy = y[42] + y[45] - y[36] - y[39];
  const float length = same::length(dx, dy);
  Place place;
  if (length > 0) place.cosine = dx / length, place.sine = dy / length;
  float left = 1e9f, right = -1e9f, top = 1e9f, bottom = -1e9f;
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    const float u = place.cosine * x[i] + place.sine * y[i];
    const float v = -place.sine * x[i] + place.cosine * y[i];
    left = std::min(left, u), right = std::max(right, u);
    top = std::min(top, v), bottom = std::max(bottom, v);
  }
  place.size = (right - left + bottom - top) / 2;
  const float u = (left + right) / 2, v = (top + bottom) / 2;
  place.middle = {place.cosine * u - place.sine * v, place.sine * u + place.cosine * v};
  return place;
}

// What look_around() reads.
Region reach(const Place& place, const Picture& picture) {
  const float most = (std::max(kAbove, kReach - kAbove) + kReach / 2 + 2 * kBlur) * place.size;
  const auto [x, y] = place.middle;
  return region_around(x - most, y - most, x + most, y + most, 1, picture.width(),
                       picture.height());
}

void look_around(ImageView bgr, const Place& place, std::vector<float>& around) {
  around.clear();
  const float step = kBlur * place.size;
  for (int row = 0; row < kGrid; ++row) {
    for (int column = 0; column < kGrid; ++column) {
      const float gx = grid_x(column), gy = grid_y(row);
      if (on_face(gx, gy)) continue;
      std::array<float, 3> sum{};
      int pixels = 0;
      for (int i = 0; i < 9; ++i) {
        const float u = gx * place.size + step * static_cast<float>(i % 3 - 1);
        const float v = gy * place.size + step * static_cast<float>(i / 3 - 1);
        const float x = place.middle.x + place.cosine * u - place.sine * v;
        const float y = place.middle.y + place.sine * u + place.cosine * v;
        if (!(x >= 0 && y >= 0 && x < static_cast<float>(bgr.width) &&
              y < static_cast<float>(bgr.height)))
          continue;
        const std::uint8_t* pixel = bgr.row(static_cast<int>(y)) + 3 * static_cast<int>(x);
        for (std::size_t c = 0; c < 3; ++c) sum[c] += static_cast<float>(pixel[c]);
        ++pixels;
      }
      for (const float channel : sum)
        around.push_back(pixels > 4 ? channel / static_cast<float>(pixels) : -1);
    }
  }
}

float correlation_around(std::span<const float> a, std::span<const float> b) {
  double n = 0, of_a = 0, of_b = 0, aa = 0, bb = 0, ab = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (a[i] < 0 || b[i] < 0) continue;
    const double x = static_cast<double>(a[i]), y = static_cast<double>(b[i]);
    ++n;
    of_a += x, of_b += y, aa += x * x, bb += y * y, ab += x * y;
  }
  if (n == 0 || n < static_cast<double>(kLeastInside) * static_cast<double>(a.size())) return 0;
  const double variances = (aa - of_a * of_a / n) * (bb - of_b * of_b / n);
  return variances > 1 ? static_cast<float>((ab - of_a * of_b / n) / std::sqrt(variances)) : 0;
}

}  // namespace

float face_likeness(const PersonLook& a, const PersonLook& b) {
  float alike = 0;
  for (std::size_t i = 0; i < std::min(a.face.size(), b.face.size()); ++i)
    alike += a.face[i] * b.face[i];
  return alike;
}

float likeness(const PersonLook& a, const PersonLook& b) {
  return face_likeness(a, b) + kWeightAround * correlation_around(a.around, b.around);
}

float turn(const PersonLook& a, const PersonLook& b) {
  return same::length(a.pitch_rad - b.pitch_rad, a.yaw_rad - b.yaw_rad);
}

PersonLooker::PersonLooker(const Pdm& pdm, std::vector<Triangle> triangles, const ShapeModel& model)
    : aligner_(pdm, std::move(triangles)), fitter_(model) {}

bool PersonLooker::look(const Picture& bgr, const TrackedFace& face, PersonLook& look) {
  ShapeFit fit = face.shape;
  if (!face.shape_is_calc_params && fitter_.fit(face.landmarks, fit) == 0) return false;
  aligner_.align(bgr, face.landmarks, fit, aligned_);
  look.face.resize(kFhogSize);
  compute_fhog(aligned_, std::span<float, kFhogSize>(look.face.data(), kFhogSize));
  float sum = 0, squares = 0;
  for (const float value : look.face) sum += value;
  for (float& value : look.face) {
    value -= sum / kFhogSize;
    squares += value * value;
  }
  if (!(squares > 0)) return false;
  for (float& value : look.face) value /= std::sqrt(squares);
  const Place place = place_of(face.landmarks);
  look_around(bgr.with(reach(place, bgr)), place, look.around);
  look.pitch_rad = fit.rx;
  look.yaw_rad = fit.ry;
  return true;
}

}  // namespace auriga
