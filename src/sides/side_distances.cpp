#include "sides/side_distances.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <span>

#include "base/same_math.hpp"

namespace auriga {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr double kDegrees = 180 / std::numbers::pi;
constexpr double kLeast_mm = 1;  // of what something is compared with

struct Point {
  double x = 0, y = 0;
};

Point operator-(Point a, Point b) { return {a.x - b.x, a.y - b.y}; }
double length(Point p) { return same::length(p.x, p.y); }

// Landmarks of the side in the left half of the picture and in the other.
constexpr std::size_t kBrow[2] = {17, 22}, kEye[2] = {36, 42}, kCorner[2] = {48, 54},
                      kUpperLip[2] = {61, 63}, kLowerLip[2] = {67, 65};
constexpr std::size_t kBrowPoints = 5, kEyePointsOfLandmarks = 6, kLowerLipMiddle = 57;
constexpr std::size_t kOfOneEye = kEyeLandmarks / 2, kIris = 8, kFirstLid = 8, kLids = 12;

struct Iris {
  Point middle;
  double diameter = 0;  // px; 0: none
};

// The largest diameter: looking aside and lids make others smaller.
Iris iris_of(const EyeLandmarks& eyes, std::size_t half) {
  Iris iris;
  const auto at = [&](std::size_t i) {
    return Point{static_cast<double>(eyes.x[half * kOfOneEye + i]),
                 static_cast<double>(eyes.y[half * kOfOneEye + i])};
  };
  for (std::size_t i = 0; i < kIris; ++i) {
    iris.middle.x += at(i).x / kIris;
    iris.middle.y += at(i).y / kIris;
    iris.diameter = std::max(iris.diameter, length(at(i) - at((i + kIris / 2) % kIris)));
  }
  return iris;
}

// y at x of a line from point to point, whose x ascend or descend; beyond its ends theirs.
double height_at(double x, std::span<const Point> line) {
  for (std::size_t i = 0; i + 1 < line.size(); ++i) {
    const Point a = line[i].x <= line[i + 1].x ? line[i] : line[i + 1];
    const Point b = line[i].x <= line[i + 1].x ? line[i + 1] : line[i];
    if (x < a.x || x > b.x || !(b.x > a.x)) continue;
    return a.y + (b.y - a.y) * (x - a.x) / (b.x - a.x);
  }
  const Point first = line.front(), last = line.back();
  return std::abs(first.x - x) <= std::abs(last.x - x) ? first.y : last.y;
}

}  // namespace

SideDistances side_distances(const FrameResult& row) {
  SideDistances sides;
  for (auto& half : sides.of) half.fill(kUnknown);
  const auto landmark = [&](std::size_t i) {
    return Point{static_cast<double>(row.landmarks.x[i]), static_cast<double>(row.landmarks.y[i])};
  };
  const Iris iris[2] = {iris_of(row.eyes, 0), iris_of(row.eyes, 1)};
  sides.iris_scale = iris[0].diameter > 0 && iris[1].diameter > 0;
  sides.mm_per_px = sides.iris_scale ? 2 * kIrisDiameter_mm / (iris[0].diameter + iris[1].diameter)
                                     : 1 / static_cast<double>(row.shape.scale);
  Point pupil[2];
  for (const std::size_t half : {0, 1}) {
    pupil[half] = iris[half].middle;
    if (sides.iris_scale) continue;
    pupil[half] = {};
    for (std::size_t i = 0; i < kEyePointsOfLandmarks; ++i) {
      pupil[half].x += landmark(kEye[half] + i).x / kEyePointsOfLandmarks;
      pupil[half].y += landmark(kEye[half] + i).y / kEyePointsOfLandmarks;
    }
  }
  const Point between = pupil[1] - pupil[0];
  const double apart = length(between);
  if (!(apart > 0) || !std::isfinite(sides.mm_per_px)) return sides;
  const auto placed = [&](Point p) {
    const Point d = p - pupil[0];
    return Point{(d.x * between.x + d.y * between.y) / apart * sides.mm_per_px,
                 (d.y * between.x - d.x * between.y) / apart * sides.mm_per_px};
  };

  const Point lip = placed(landmark(kLowerLipMiddle));
  for (const std::size_t half : {0, 1}) {
    const auto set = [&](SideMeasure measure, double value) {
      sides.of[half][static_cast<std::size_t>(measure)] = value;
    };
    const double x = placed(pupil[half]).x;
    std::array<Point, kBrowPoints> brow;
    for (std::size_t i = 0; i < kBrowPoints; ++i) brow[i] = placed(landmark(kBrow[half] + i));
    set(SideMeasure::brow_height, -height_at(x, brow));

    // Round the eye from its left corner; the upper lid first, from corner to corner.
    std::array<Point, kLids + 1> lids;
    const std::size_t points = sides.iris_scale ? kLids : kEyePointsOfLandmarks;
    for (std::size_t i = 0; i < points; ++i) {
      const std::size_t k = half * kOfOneEye + kFirstLid + i;
      lids[i] = placed(sides.iris_scale ? Point{static_cast<double>(row.eyes.x[k]),
                                                static_cast<double>(row.eyes.y[k])}
                                        : landmark(kEye[half] + i));
    }
    lids[points] = lids[0];
    const double upper = height_at(x, std::span(lids).first(points / 2 + 1));
    const double lower = height_at(x, std::span(lids).subspan(points / 2, points / 2 + 1));
    set(SideMeasure::fissure_height, lower - upper);
    if (sides.iris_scale) {
      set(SideMeasure::mrd1, -upper);
      set(SideMeasure::mrd2, lower);
    }

    const Point corner = placed(landmark(kCorner[half])) - lip;
    set(SideMeasure::commissure_excursion, length(corner));
    const double outwards = half == 0 ? -corner.x : corner.x;
    set(SideMeasure::commissure_angle, same::atan2(-corner.y, outwards) * kDegrees);
    const double upper_lip = placed(landmark(kUpperLip[half])).y;
    const double lower_lip = placed(landmark(kLowerLip[half])).y;
    set(SideMeasure::upper_lip_height, upper_lip);
    set(SideMeasure::lower_lip_height, lower_lip);
    set(SideMeasure::dental_show, lower_lip - upper_lip);
    const double from_middle = placed(landmark(kCorner[half])).x - apart * sides.mm_per_px / 2;
    set(SideMeasure::commissure_midline, half == 0 ? -from_middle : from_middle);
  }
  return sides;
}

double side_ratio(double one, double other) {
  const double larger = one > other ? one : other, smaller = one > other ? other : one;
  // Of NaN no comparison is true.
  return one >= 0 && other >= 0 && larger >= kLeast_mm ? smaller / larger : kUnknown;
}

double side_percent(double affected, double healthy) {
  return healthy >= kLeast_mm ? 100 * affected / healthy : kUnknown;
}

double yaw_deg(const ShapeFit& fit) { return static_cast<double>(fit.ry) * kDegrees; }

YawQuality yaw_quality(double yaw_deg) {
  const double yaw = std::abs(yaw_deg);
  if (yaw <= kGreenYaw_deg) return YawQuality::green;
  if (yaw <= kYellowYaw_deg) return YawQuality::yellow;
  return yaw <= kRedYaw_deg ? YawQuality::red : YawQuality::beyond;
}

std::string_view name_of(YawQuality quality) {
  switch (quality) {
    case YawQuality::green:
      return "green";
    case YawQuality::yellow:
      return "yellow";
    case YawQuality::red:
      return "red";
    case YawQuality::beyond:
      break;
  }
  return "beyond";
}

}  // namespace auriga
