// A face mesh and its picture for tests: random points, mirrored pairs, dark brows.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>

#include "auriga/face.hpp"
#include "auriga/image.hpp"

namespace auriga::test {

// Points of the mesh on the left of the picture with those that mirror them: all that features and
// alignment look at. The others are in the middle.
inline constexpr std::array<std::pair<int, int>, 58> kMirrored{
    {{33, 263},  {133, 362}, {109, 338}, {67, 297},  {103, 332}, {54, 284},  {21, 251},  {162, 389},
     {127, 356}, {234, 454}, {122, 351}, {196, 419}, {174, 399}, {198, 420}, {55, 285},  {107, 336},
     {65, 295},  {66, 296},  {52, 282},  {105, 334}, {53, 283},  {63, 293},  {46, 276},  {70, 300},
     {159, 386}, {158, 385}, {160, 387}, {145, 374}, {153, 380}, {144, 373}, {27, 257},  {28, 258},
     {30, 260},  {23, 253},  {230, 450}, {50, 280},  {205, 425}, {117, 346}, {129, 358}, {98, 327},
     {37, 267},  {39, 269},  {40, 270},  {82, 312},  {61, 291},  {87, 317},  {81, 311},  {178, 402},
     {84, 314},  {203, 423}, {206, 426}, {57, 287},  {43, 273},  {58, 288},  {192, 416}, {468, 473},
     {469, 474}, {470, 475}}};

// A face around (160, 120) of a picture of 320 x 240, its outer eye corners some 80 px apart.
// Irregular by `noise` px.
inline FaceMesh random_mesh(unsigned seed, double noise = 3) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  FaceMesh mesh;
  const auto set = [&](int point, double x, double y, double z) {
    const auto i = static_cast<std::size_t>(point);
    mesh.x[i] = static_cast<float>(160 + x + noise * normal(random));
    mesh.y[i] = static_cast<float>(120 + y + noise * normal(random));
    mesh.z[i] = static_cast<float>(z + noise * normal(random));
  };
  for (int i = 0; i < kMeshPoints; ++i) set(i, 0, 40 * normal(random), -30);
  for (const auto& [left, right] : kMirrored) {
    const double x = std::abs(30 * normal(random)) + 5, y = 40 * normal(random),
                 z = 20 * normal(random);
    set(left, -x, y, z);
    set(right, x, y, z);
  }
  set(33, -40, 0, 10);
  set(263, 40, 0, 10);
  return mesh;
}

// Skin with a brow above each eye corner, drawn by how far a pixel is from them: it moves, turns
// and grows with the corners. `left_height`, `right_height`: in eye corner distances.
inline Image brows_picture(int width, int height, Point2 left, Point2 right, double left_height,
                           double right_height) {
  Image picture(width, height, 3);
  const double dx = right.x - left.x, dy = right.y - left.y, d2 = dx * dx + dy * dy;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const double px = x - (left.x + right.x) / 2, py = y - (left.y + right.y) / 2;
      const double along = (px * dx + py * dy) / d2, below = (py * dx - px * dy) / d2;
      double value = 190;
      for (const double side : {-1.0, 1.0}) {
        const double a = (along - side * 0.34) / 0.17,
                     b = (below + (side < 0 ? left_height : right_height)) / 0.04;
        value -= 130 * std::exp(-(a * a * a * a + b * b) / 2);
      }
      for (int c = 0; c < 3; ++c)
        picture.row(y)[3 * x + c] = static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0));
    }
  return picture;
}

}  // namespace auriga::test
