// A face mesh and its picture for tests: random points, mirrored pairs, dark brows.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "auriga/face.hpp"
#include "auriga/image.hpp"

#include "sides/half.hpp"

namespace auriga::test {

// Pairs of kMirroredMesh, and of an iris.
inline const std::vector<std::pair<std::size_t, std::size_t>> kMirrored = [] {
  std::vector<std::pair<std::size_t, std::size_t>> all(kMirroredMesh.begin(), kMirroredMesh.end());
  all.insert(all.end(), {{468, 473}, {469, 474}, {470, 475}});
  return all;
}();

// A face around (160, 120) of a picture of 320 x 240, its outer eye corners some 80 px apart.
// Irregular by `noise` px.
inline FaceMesh random_mesh(unsigned seed, double noise = 3) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  FaceMesh mesh;
  const auto set = [&](std::size_t i, double x, double y, double z) {
    mesh.x[i] = static_cast<float>(160 + x + noise * normal(random));
    mesh.y[i] = static_cast<float>(120 + y + noise * normal(random));
    mesh.z[i] = static_cast<float>(z + noise * normal(random));
  };
  for (std::size_t i = 0; i < kMeshPoints; ++i) set(i, 0, 40 * normal(random), -30);
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
