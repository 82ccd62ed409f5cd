#include "live/vmc.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace auriga {
namespace {

using Vector = std::array<double, 3>;

Vector turned(const std::array<float, 4>& q, const Vector& v) {
  const double x = q[0], y = q[1], z = q[2], w = q[3];
  const double r[3][3] = {{1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)},
                          {2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)},
                          {2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)}};
  Vector out{};
  for (int i = 0; i < 3; ++i)
    for (int k = 0; k < 3; ++k)
      out[static_cast<std::size_t>(i)] += r[i][k] * v[static_cast<std::size_t>(k)];
  return out;
}

Vector rotated(double angle, int axis, const Vector& v) {
  Vector out = v;
  const std::size_t a = static_cast<std::size_t>((axis + 1) % 3),
                    b = static_cast<std::size_t>((axis + 2) % 3);
  out[a] = std::cos(angle) * v[a] - std::sin(angle) * v[b];
  out[b] = std::sin(angle) * v[a] + std::cos(angle) * v[b];
  return out;
}

TEST(Vmc, TurnsTheHeadAsTheAnglesDo) {
  std::mt19937 random(3);
  std::uniform_real_distribution<float> angle(-1, 1);
  for (int i = 0; i < 100; ++i) {
    HeadPose pose;
    for (float& one : pose.rotation_rad) one = angle(random);
    const Vector v = {0.3, -0.5, 0.8};
    // R v = Rx Ry Rz v
    const auto& r = pose.rotation_rad;
    const Vector expected = rotated(r[0], 0, rotated(r[1], 1, rotated(r[2], 2, v)));
    const Vector found = turned(head_turn(pose), v);
    for (std::size_t k = 0; k < 3; ++k) EXPECT_NEAR(found[k], expected[k], 1e-6);
  }
}

// Who looks down has a positive pitch, and Unity's positive turn about x lowers what looks along z.
TEST(Vmc, LooksDownWhereTheFaceDoes) {
  HeadPose pose;
  pose.rotation_rad = {0.5f, 0, 0};
  const std::array<float, 4> q = head_turn(pose);
  EXPECT_GT(q[0], 0);
  EXPECT_NEAR(q[0], std::sin(0.25), 1e-6);
  EXPECT_NEAR(q[3], std::cos(0.25), 1e-6);
}

TEST(Vmc, MapsUnitsToShapesOfArkit) {
  const std::set<std::string_view> known(kBlendshapeNames.begin(), kBlendshapeNames.end());
  std::set<std::string_view> used;
  for (const UnitShapes& one : unit_shapes())
    for (const std::string_view shape : one.shapes) {
      if (shape.empty()) continue;
      EXPECT_TRUE(known.contains(shape)) << shape;
      EXPECT_TRUE(used.insert(shape).second) << shape;
    }
  NamedShapes shapes;
  shapes_of({{"AU12", "AU26", "AU99"}, {}}, std::array{2.5, 7.0, 1.0}, shapes);
  EXPECT_EQ(shapes,
            (NamedShapes{{"mouthSmileLeft", 0.5f}, {"mouthSmileRight", 0.5f}, {"jawOpen", 1.0f}}));
}

TEST(Vmc, PassesBlendshapesOnWithoutNeutral) {
  Blendshapes blendshapes{};
  blendshapes[0] = 0.9f;
  blendshapes[25] = 0.25f;
  NamedShapes shapes;
  shapes_of(blendshapes, shapes);
  ASSERT_EQ(shapes.size(), 51u);
  EXPECT_EQ(shapes[24], (std::pair<std::string_view, float>("jawOpen", 0.25f)));
  for (const auto& [name, value] : shapes) EXPECT_NE(name, "_neutral");
}

}  // namespace
}  // namespace auriga
