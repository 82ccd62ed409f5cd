// Pictures of made-up scenes, to test what is told from whole frames.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "auriga/image.hpp"

namespace auriga::test {

// A scene of random soft blotches, larger than the frames that show a part of it.
class Scenery {
 public:
  explicit Scenery(unsigned seed, int width = 160, int height = 120)
      : width_(width), height_(height) {
    std::mt19937 random(seed);
    for (double& level : levels_) level = 20 + static_cast<double>(random() % 200);
  }

  // The part that begins at (x, y) px, every level times `gain` plus `offset`.
  Image picture(double x = 0, double y = 0, double gain = 1, double offset = 0) const {
    Image picture(width_, height_, 3);
    for (int row = 0; row < height_; ++row)
      for (int column = 0; column < width_; ++column)
        std::fill_n(picture.row(row) + 3 * column, 3,
                    level(gain * at(x + column, y + row) + offset));
    return picture;
  }

  static std::uint8_t level(double value) {
    return static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0));
  }

 private:
  static constexpr int kBlotches = 16;  // per side of what repeats
  static constexpr double kSide = 20;   // px

  double at(double x, double y) const {
    const double u = x / kSide, v = y / kSide, s = u - std::floor(u), t = v - std::floor(v);
    const auto blotch = [&](int i, int j) {
      const int column = (static_cast<int>(std::floor(u)) + i) & (kBlotches - 1);
      const int row = (static_cast<int>(std::floor(v)) + j) & (kBlotches - 1);
      return levels_[static_cast<std::size_t>(row * kBlotches + column)];
    };
    return (1 - t) * ((1 - s) * blotch(0, 0) + s * blotch(1, 0)) +
           t * ((1 - s) * blotch(0, 1) + s * blotch(1, 1));
  }

  int width_, height_;
  std::vector<double> levels_ = std::vector<double>(kBlotches * kBlotches);
};

// A rectangle of one level in a picture.
inline void cover(Image& picture, int left, int top, int width, int height, std::uint8_t level) {
  for (int y = std::max(top, 0); y < std::min(top + height, picture.height()); ++y)
    for (int x = std::max(left, 0); x < std::min(left + width, picture.width()); ++x)
      std::fill_n(picture.row(y) + 3 * x, 3, level);
}

}  // namespace auriga::test
