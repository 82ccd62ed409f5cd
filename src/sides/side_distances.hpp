// Distances on both sides of a face, in mm, as clinics measure them (docs/clinic.md has the
// sources).
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "auriga/row.hpp"

#include "files/columns.hpp"
#include "sides/half.hpp"

namespace auriga {

// Of adults, as Emotrics has it (Guarin et al. 2018).
inline constexpr double kIrisDiameter_mm = 11.77;

struct SideDistances {
  bool iris_scale = false;  // mm by the irises; false: by the scale of the shape model
  double mm_per_px = 0;
  // By the half of the picture (left 0, right 1) and SideMeasure: mm, the angle in degrees; NaN
  // where it cannot be told.
  std::array<std::array<double, kSideMeasures>, 2> of{};
};

// Of a face that is followed, seen from the front: nothing is done about foreshortening. Axes: x
// along the line between the pupils, towards the right of the picture, y down, 0 on that line. The
// pupils are the middles of the iris outlines of FrameResult::eyes; where there are none, the
// middles of the lids, and MRD1 and MRD2 cannot be told. With L the lids (12 points of the eyes, or
// 6 landmarks) and B the brow as lines from point to point, at the x of the pupil:
//
//   brow_height          -y of B
//   fissure_height       y of the lower L - y of the upper L
//   mrd1, mrd2           -y of the upper L; y of the lower L
//   commissure_excursion distance from the middle of the lower lip (57) to the corner (48, 54)
//   commissure_angle     of that line above the line between the pupils, degrees
//   upper_lip_height     y of the inner edge of the upper lip beside the middle (61, 63)
//   lower_lip_height     the same of the lower lip (67, 65)
//   dental_show          lower_lip_height - upper_lip_height
//   commissure_midline   x of the corner (48, 54), outwards from the middle between the pupils
//
// Pure; any thread.
SideDistances side_distances(const FrameResult& row);

// Smaller by larger; NaN where the larger is below 1 mm or one is negative or NaN.
double side_ratio(double one, double other);
// Of the healthy side, per cent; NaN where that is below 1 mm or one is NaN.
double side_percent(double affected, double healthy);

// How far a turned head spoils what is compared between its sides.
enum class YawQuality { green, yellow, red, beyond };
// Limits of the yaw, degrees: up to and with.
inline constexpr double kGreenYaw_deg = 10, kYellowYaw_deg = 20, kRedYaw_deg = 30;
// Yaw of the head as the camera sees it, degrees; its sign is that of `p_ry`.
double yaw_deg(const ShapeFit& fit);
YawQuality yaw_quality(double yaw_deg);
std::string_view name_of(YawQuality quality);

}  // namespace auriga
