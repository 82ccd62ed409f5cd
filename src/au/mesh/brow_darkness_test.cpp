#include "au/mesh/brow_darkness.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/allocations.hpp"

namespace auriga {
namespace {

using Patch = std::vector<std::array<double, 128>>;  // rows

// The features as the header writes them: whole patch, one smoothing after the other.
BrowDarkness plain_measure(ImageView bgr, Point2 left, Point2 right) {
  const double ux = (double{right.x} - left.x) / 64, uy = (double{right.y} - left.y) / 64;
  const double mx = (double{left.x} + right.x) / 2, my = (double{left.y} + right.y) / 2;
  // To 1/1024 px, row and column by themselves, and then to 1/32 px, half of it up.
  const auto step = [](double px) { return std::nearbyint(px * 1024); };
  const auto sample = [](double steps) { return std::floor((steps + 16) / 32) / 32; };
  Patch grey(128);
  for (int row = 0; row < 128; ++row)
    for (int column = 0; column < 128; ++column) {
      const double x = sample(step((column - 64) * ux) + step(mx - (row - 50) * uy));
      const double y = sample(step((column - 64) * uy) + step(my + (row - 50) * ux));
      const double left_of = std::floor(x), above = std::floor(y);
      const auto at = [&](double px, double py) {
        const int cx = static_cast<int>(std::clamp(px, 0.0, bgr.width - 1.0));
        const int cy = static_cast<int>(std::clamp(py, 0.0, bgr.height - 1.0));
        const std::uint8_t* p = bgr.row(cy) + 3 * cx;
        return 0.114 * p[0] + 0.587 * p[1] + 0.299 * p[2];
      };
      const double fx = x - left_of, fy = y - above;
      grey[row][column] =
          (1 - fy) * ((1 - fx) * at(left_of, above) + fx * at(left_of + 1, above)) +
          fy * ((1 - fx) * at(left_of, above + 1) + fx * at(left_of + 1, above + 1));
    }
  const auto mirrored = [](int i) { return i < 0 ? -i : i > 127 ? 254 - i : i; };
  const auto blurred = [&](const Patch& in, double sigma, int radius) {
    std::vector<double> kernel;
    double sum = 0;
    for (int i = -radius; i <= radius; ++i) {
      kernel.push_back(std::exp(-i * i / (2 * sigma * sigma)));
      sum += kernel.back();
    }
    Patch down(128), out(128);
    for (int row = 0; row < 128; ++row)
      for (int column = 0; column < 128; ++column)
        for (int i = -radius; i <= radius; ++i)
          down[row][column] += kernel[i + radius] / sum * in[mirrored(row + i)][column];
    for (int row = 0; row < 128; ++row)
      for (int column = 0; column < 128; ++column)
        for (int i = -radius; i <= radius; ++i)
          out[row][column] += kernel[i + radius] / sum * down[row][mirrored(column + i)];
    return out;
  };
  Patch g = blurred(grey, 0.8, 3);
  const Patch mean = blurred(g, 10, 40);
  for (int row = 0; row < 128; ++row)
    for (int column = 0; column < 128; ++column) g[row][column] /= mean[row][column] + 10;

  const auto height = [&](int first, int end) {
    std::vector<double> profile;
    for (int row = 20; row < 44; ++row) {
      double sum = 0;
      for (int column = first; column < end; ++column) sum += g[row][column];
      profile.push_back(sum / (end - first));
    }
    auto sorted = profile;
    std::sort(sorted.begin(), sorted.end());
    const double bright = 0.9 * sorted[16] + 0.1 * sorted[17];
    double weights = 1e-6, moment = 0;
    for (int i = 0; i < 24; ++i) {
      const double w = std::pow(std::max(bright - profile[i], 0.0), 2);
      weights += w;
      moment += w * i;
    }
    return -moment / weights;
  };
  BrowDarkness brows{{height(46, 54), height(74, 82)},
                     {height(34, 46), height(82, 94)},
                     {height(26, 34), height(94, 102)}};
  for (int column = 58; column < 70; ++column) {
    double darkest = 1e9;
    for (int row = 24; row < 42; ++row) darkest = std::min(darkest, g[row][column]);
    brows.between -= darkest / 12;
  }
  return brows;
}

std::array<double, 7> values(const BrowDarkness& b) {
  return {b.inner[0], b.inner[1], b.middle[0], b.middle[1], b.outer[0], b.outer[1], b.between};
}

Image random_picture(int width, int height, unsigned seed) {
  std::mt19937 random(seed);
  Image picture(width, height, 3);
  for (std::size_t i = 0; i < picture.size_bytes(); ++i)
    picture.data()[i] = static_cast<std::uint8_t>(random() >> 24);
  return picture;
}

// Skin with a dark band across, `thick` rows from `top` on, between columns `first` and `end`.
Image banded(int width, int height, int top, int thick, int first, int end) {
  Image picture(width, height, 3);
  std::fill_n(picture.data(), picture.size_bytes(), std::uint8_t{180});
  for (int y = top; y < top + thick; ++y)
    std::memset(picture.row(y) + 3 * first, 60, 3 * static_cast<std::size_t>(end - first));
  return picture;
}

TEST(BrowMeter, MeasuresWhatThePlainFormulaSays) {
  struct Case {
    int width, height;
    Point2 left, right;
  };
  const Case cases[] = {
      {300, 200, {100, 90}, {180, 95}},      // turned a little, larger than the patch
      {63, 31, {20.3F, 15.1F}, {41, 13}},    // small
      {13, 13, {3, 6}, {9, 7}},              // partly outside
      {2, 3, {0, 1}, {2, 1}},                // nearly all outside
      {1, 1, {0, 0}, {5, 5}},                // one pixel
      {300, 200, {180, 95}, {100, 90}},      // upside down
      {200, 300, {100, 180}, {98, 100}},     // on its side
      {640, 480, {-40, 20}, {900.5F, 31}},   // much larger than the patch
      {64, 64, {-3000, -3000}, {-2900, 0}},  // out of the frame
  };
  BrowMeter meter;
  for (const Case& c : cases) {
    const Image picture = random_picture(c.width, c.height, 7);
    const auto expected = values(plain_measure(picture, c.left, c.right));
    const auto found = values(meter.measure(picture, c.left, c.right));
    // float32 beside float64
    for (std::size_t i = 0; i < found.size(); ++i)
      EXPECT_NEAR(found[i], expected[i], 1e-3) << c.width << "x" << c.height << " value " << i;
  }
}

// Whatever the rest of the picture is.
TEST(BrowMeter, ReadsNoMoreThanItsReach) {
  BrowMeter meter;
  std::mt19937 random(3);
  int small = 0;
  for (const auto& [width, height] :
       std::vector<std::pair<int, int>>{{1, 1}, {2, 3}, {63, 31}, {320, 240}}) {
    const Image picture = random_picture(width, height, 11);
    std::uniform_real_distribution<float> x(-20, static_cast<float>(width) + 20),
        y(-20, static_cast<float>(height) + 20);
    for (int i = 0; i < 60; ++i) {
      const Point2 left{x(random), y(random)}, right{x(random), y(random)};
      const Region region = BrowMeter::reach(left, right, width, height);
      ASSERT_GE(region.x, 0);
      ASSERT_GE(region.y, 0);
      ASSERT_LE(region.x + region.width, width);
      ASSERT_LE(region.y + region.height, height);
      small += 2 * region.width * region.height < width * height;
      Image poisoned(picture.view());
      for (int row = 0; row < height; ++row)
        for (int k = 0; k < 3 * width; ++k)
          if (k / 3 < region.x || k / 3 >= region.x + region.width || row < region.y ||
              row >= region.y + region.height)
            poisoned.row(row)[k] ^= 255;
      ASSERT_EQ(values(meter.measure(poisoned, left, right)),
                values(meter.measure(picture, left, right)))
          << width << "x" << height << ": " << left.x << " " << left.y << ", " << right.x << " "
          << right.y;
    }
  }
  EXPECT_GT(small, 20);
}

// One row of the patch is one pixel here, and row 20 is at y = 20.
TEST(BrowMeter, FindsADarkBandOnTheRightSideAtTheRightHeight) {
  BrowMeter meter;
  const Point2 left{32, 50}, right{96, 50};
  // A band on either side, each at a height of its own. What is divided by has the band in it, too,
  // which moves the mean by up to 0.16 px.
  for (const auto& [top, other] : {std::pair{23, 35}, std::pair{28, 24}, std::pair{35, 28}}) {
    Image picture = banded(128, 128, top, 3, 0, 64);
    for (int y = other; y < other + 3; ++y) std::memset(picture.row(y) + 3 * 64, 60, 3 * 64);
    const BrowDarkness brows = meter.measure(picture, left, right);
    for (const auto& heights : {brows.inner, brows.middle, brows.outer}) {
      EXPECT_NEAR(heights[0], -(top + 1 - 20), 0.2);
      EXPECT_NEAR(heights[1], -(other + 1 - 20), 0.2);
    }
  }
  EXPECT_NEAR(meter.measure(banded(128, 128, 30, 3, 46, 54), left, right).inner[0], -11, 0.15);
  EXPECT_NEAR(meter.measure(banded(128, 128, 30, 3, 34, 46), left, right).middle[0], -11, 0.15);
  EXPECT_NEAR(meter.measure(banded(128, 128, 30, 3, 94, 102), left, right).outer[1], -11, 0.15);
}

TEST(BrowMeter, SeesDarknessBetweenTheBrows) {
  BrowMeter meter;
  const Point2 left{32, 50}, right{96, 50};
  const double bright = meter.measure(banded(128, 128, 60, 1, 0, 1), left, right).between;
  const double dark = meter.measure(banded(128, 128, 25, 12, 56, 72), left, right).between;
  EXPECT_NEAR(bright, -180.0 / 190, 1e-3);
  EXPECT_GT(dark, bright + 0.4);
}

TEST(BrowMeter, SaysNothingOfAnEvenPicture) {
  BrowMeter meter;
  const Image picture = banded(9, 9, 0, 9, 0, 9);
  const auto found = values(meter.measure(picture, {2, 4}, {7, 4}));
  for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(found[i], 0, 1e-3);
}

TEST(BrowMeter, ContinuesTheFramesEdge) {
  const Image small = random_picture(50, 40, 3);
  Image large(350, 340, 3);
  for (int y = 0; y < large.height(); ++y)
    for (int x = 0; x < large.width(); ++x)
      std::memcpy(large.row(y) + 3 * x,
                  small.row(std::clamp(y - 150, 0, 39)) + 3 * std::clamp(x - 150, 0, 49), 3);
  BrowMeter meter;
  EXPECT_EQ(values(meter.measure(small, {5, 10}, {44, 20})),
            values(meter.measure(large, {155, 160}, {194, 170})));
}

// Rows with gaps, and nothing behind the last pixel (the sanitizer sees a read behind it).
TEST(BrowMeter, ReadsOnlyThePicture) {
  BrowMeter meter;
  for (const int width : {127, 128, 129, 130, 131}) {
    const Image packed = random_picture(width, 128, 5);
    const std::ptrdiff_t stride = 3 * static_cast<std::ptrdiff_t>(width) + 5;
    std::vector<std::uint8_t> gaps(static_cast<std::size_t>(127 * stride + 3 * width));
    for (int y = 0; y < 128; ++y)
      std::memcpy(gaps.data() + y * stride, packed.row(y), 3 * static_cast<std::size_t>(width));
    const ImageView view{gaps.data(), width, 128, 3, stride};
    EXPECT_EQ(values(meter.measure(view, {32, 50}, {96, 50})),
              values(meter.measure(packed, {32, 50}, {96, 50})));
  }
}

TEST(BrowMeter, TurnsWithTheFace) {
  // Frame seen with the face upright and with both turned by a quarter.
  const Image upright = banded(128, 128, 30, 4, 0, 64);
  Image turned(128, 128, 3);
  for (int y = 0; y < 128; ++y)
    for (int x = 0; x < 128; ++x)
      std::memcpy(turned.row(x) + 3 * (127 - y), upright.row(y) + 3 * x, 3);
  BrowMeter meter;
  const auto a = values(meter.measure(upright, {32, 50}, {96, 50}));
  const auto b = values(meter.measure(turned, {77, 32}, {77, 96}));
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 0.02) << i;
}

TEST(BrowMeter, HasTheSameBitsOnEveryProcessorAndAllocatesNothing) {
  Image picture(97, 83, 3);
  for (std::size_t i = 0; i < picture.size_bytes(); ++i)
    picture.data()[i] = static_cast<std::uint8_t>(i * i / 7 + i);
  BrowMeter meter;
  const long before = test::allocations();
  const BrowDarkness brows = meter.measure(picture, {30.25F, 40.5F}, {65.75F, 42.125F});
  EXPECT_EQ(test::allocations(), before);
  std::uint64_t sum = 1469598103934665603u;
  for (const double value : values(brows)) {
    std::uint64_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    sum = (sum ^ bits) * 1099511628211u;
  }
  EXPECT_EQ(sum, 17289563629652672203u) << testing::PrintToString(values(brows));
}

}  // namespace
}  // namespace auriga
