// Small made-up validator files for the tests of this folder.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace auriga::test {

template <typename T>
void append(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

// As the files have it: rows, columns, element type, values.
template <typename T>
void append_matrix(std::string& bytes, int rows, int cols, const std::vector<T>& values) {
  const int type = std::is_same_v<T, double> ? 6 : std::is_same_v<T, float> ? 5 : 4;
  for (const int number : {rows, cols, type}) append<std::int32_t>(bytes, number);
  for (const T value : values) append(bytes, value);
}

template <typename T>
std::vector<T> random_values(std::size_t count, T low, T high, std::mt19937& random) {
  std::vector<T> values(count);
  for (T& v : values) v = std::uniform_real_distribution<T>(low, high)(random);
  return values;
}

// The layers of a network, as bytes. Weights are random and of a size that keeps the values between
// layers near 1.
struct SyntheticLayers {
  std::mt19937& random;
  int count = 0;
  std::string bytes{};

  SyntheticLayers& kind(std::int32_t kind) {
    ++count;
    append(bytes, kind);
    return *this;
  }
  SyntheticLayers& convolution(int in, int out, int kernel_height, int kernel_width) {
    kind(0);
    append<std::int32_t>(bytes, in);
    append<std::int32_t>(bytes, out);
    for (const float bias :
         random_values<float>(static_cast<std::size_t>(out), -0.2f, 0.2f, random))
      append(bytes, bias);
    const int taps = kernel_height * kernel_width;
    const float most = 2 / std::sqrt(static_cast<float>(taps * in));
    for (int kernel = 0; kernel < in * out; ++kernel)
      append_matrix(bytes, kernel_height, kernel_width,
                    random_values(static_cast<std::size_t>(taps), -most, most, random));
    return *this;
  }
  SyntheticLayers& pool() { return kind(1); }
  SyntheticLayers& relu() { return kind(3); }
  SyntheticLayers& full(int in, int out) {
    kind(2);
    append_matrix(bytes, out, 1,
                  random_values<float>(static_cast<std::size_t>(out), -0.2f, 0.2f, random));
    const float most = 2 / std::sqrt(static_cast<float>(in));
    append_matrix(bytes, in, out,
                  random_values(static_cast<std::size_t>(in) * static_cast<std::size_t>(out), -most,
                                most, random));
    return *this;
  }
  // With the number of layers in front.
  std::string network() const {
    std::string all;
    append<std::int32_t>(all, count);
    return all + bytes;
  }
};

// A face of four landmarks, the corners of a rectangle of (width - 1) x (height - 1) px, cut into
// two triangles by the diagonal from landmark 1 (top right) to 2 (bottom left). Reference
// coordinates begin at (-3, -2).
struct SyntheticWarp {
  int height = 6, width = 7;
  double min_x = -3, min_y = -2;
  std::vector<double> shape{};  // 4 x, then 4 y
  std::vector<std::int32_t> triangles{0, 1, 2, 3, 2, 1};
  std::vector<std::int32_t> triangle_at{}, mask{};  // height x width
  std::vector<double> second{}, third{};            // 2 x 3
  int pixels = 0;                                   // of the mask

  SyntheticWarp() {
    const double right = min_x + width - 1, bottom = min_y + height - 1;
    shape = {min_x, right, min_x, right, min_y, min_y, bottom, bottom};
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const bool upper = x * (height - 1) + y * (width - 1) <= (width - 1) * (height - 1);
        const bool inside = (x + 2 * y) % 5 != 0;
        mask.push_back(inside ? 1 : 0);
        triangle_at.push_back(inside ? (upper ? 0 : 1) : -1);
        pixels += inside;
      }
    }
    for (std::size_t t = 0; t < 2; ++t) {
      const auto corner = [&](std::size_t i, std::size_t axis) {
        return shape[static_cast<std::size_t>(triangles[3 * t + i]) + 4 * axis];
      };
      const double px = corner(0, 0), py = corner(0, 1);
      const double ex = corner(1, 0) - px, ey = corner(1, 1) - py;
      const double fx = corner(2, 0) - px, fy = corner(2, 1) - py;
      const double d = ex * fy - fx * ey;
      for (const double v : {(py * fx - px * fy) / d, fy / d, -fx / d}) second.push_back(v);
      for (const double v : {(px * ey - py * ex) / d, -ey / d, ex / d}) third.push_back(v);
    }
  }

  std::string bytes() const {
    std::string all;
    append<std::int32_t>(all, pixels);
    append(all, min_x);
    append(all, min_y);
    append_matrix(all, static_cast<int>(shape.size()), 1, shape);
    append_matrix(all, static_cast<int>(triangles.size() / 3), 3, triangles);
    append_matrix(all, height, width, triangle_at);
    append_matrix(all, height, width, mask);
    append_matrix(all, static_cast<int>(second.size() / 3), 3, second);
    append_matrix(all, static_cast<int>(third.size() / 3), 3, third);
    return all;
  }
};

// A whole file. The views look ahead, 40 degrees to one side and 40 degrees to the other.
struct SyntheticValidator {
  std::int32_t type = 3;
  struct View {
    std::vector<double> centre_deg;
    std::vector<double> mean, deviation;
    std::string network;
    SyntheticWarp warp{};
  };
  std::vector<View> views{};

  explicit SyntheticValidator(std::uint32_t seed) {
    std::mt19937 random(seed);
    for (const double yaw : {0.0, -40.0, 40.0}) {
      const SyntheticWarp warp;
      const auto n = static_cast<std::size_t>(warp.pixels);
      SyntheticLayers layers{random};
      // 6 x 7 -> 4 x 5 -> 2 x 3 -> 2 x 2
      layers.convolution(1, 6, 3, 3).relu().pool().convolution(6, 7, 1, 2).relu().full(28, 9);
      layers.relu().full(9, 5);
      views.push_back({{0, yaw, 0},
                       random_values<double>(n, -1, 1, random),
                       random_values<double>(n, 0.5, 2, random),
                       layers.network(),
                       warp});
    }
  }

  std::string bytes() const {
    std::string all;
    append(all, type);
    append<std::int32_t>(all, static_cast<std::int32_t>(views.size()));
    for (const View& view : views) append_matrix(all, 3, 1, view.centre_deg);
    for (const View& view : views) {
      append_matrix(all, 1, static_cast<int>(view.mean.size()), view.mean);
      append_matrix(all, 1, static_cast<int>(view.deviation.size()), view.deviation);
      all += view.network + view.warp.bytes();
    }
    return all;
  }
};

}  // namespace auriga::test
