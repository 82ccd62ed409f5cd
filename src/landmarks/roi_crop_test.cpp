#include "landmarks/roi_crop.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace auriga {
namespace {

constexpr float kPi = 3.14159265f;

Image noise(int width, int height, unsigned seed) {
  Image image(width, height, 3);
  std::mt19937 random(seed);
  std::generate_n(image.data(), image.size_bytes(),
                  [&] { return static_cast<std::uint8_t>(random()); });
  return image;
}

std::vector<float> cropped(ImageView bgr, const FaceRoi& roi) {
  std::vector<float> planes(kRoiCropSize, -1.0f);
  crop_roi(bgr, roi, planes.data());
  return planes;
}

// Plain bilinear interpolation of the frame with its edge continued.
std::vector<float> reference_crop(ImageView bgr, const FaceRoi& roi) {
  const auto pixel = [&](double x, double y, int c) {
    const int ix = static_cast<int>(std::clamp(x, 0.0, bgr.width - 1.0)),
              iy = static_cast<int>(std::clamp(y, 0.0, bgr.height - 1.0));
    return static_cast<double>(bgr.row(iy)[3 * ix + c]);
  };
  const double angle = roi.angle_rad, scale = static_cast<double>(roi.side) / kRoiCropSide;
  std::vector<float> planes(kRoiCropSize);
  for (int y = 0; y < kRoiCropSide; ++y) {
    for (int x = 0; x < kRoiCropSide; ++x) {
      const double u = (x + 0.5 - kRoiCropSide / 2) * scale,
                   v = (y + 0.5 - kRoiCropSide / 2) * scale;
      const double px = roi.x + std::cos(angle) * u - std::sin(angle) * v,
                   py = roi.y + std::sin(angle) * u + std::cos(angle) * v;
      const double ix = std::floor(px), iy = std::floor(py), dx = px - ix, dy = py - iy;
      for (int c = 0; c < 3; ++c) {
        const double level = (pixel(ix, iy, c) * (1 - dx) + pixel(ix + 1, iy, c) * dx) * (1 - dy) +
                             (pixel(ix, iy + 1, c) * (1 - dx) + pixel(ix + 1, iy + 1, c) * dx) * dy;
        planes[static_cast<std::size_t>(((2 - c) * kRoiCropSide + y) * kRoiCropSide + x)] =
            static_cast<float>(level / 255);
      }
    }
  }
  return planes;
}

TEST(RoiCrop, IsBilinearInterpolation) {
  std::mt19937 random(7);
  std::uniform_real_distribution<float> centre(-60, 180), side(1, 400), angle(-4, 4);
  for (auto [width, height] :
       {std::pair{1, 1}, {1, 9}, {9, 1}, {2, 2}, {3, 13}, {63, 41}, {130, 117}}) {
    const Image image = noise(width, height, static_cast<unsigned>(width));
    int seen = 0;
    for (int i = 0; i < 200 && seen < 25; ++i) {
      const FaceRoi roi{centre(random), centre(random), side(random), angle(random)};
      if (!is_seen(roi, width, height)) continue;
      ++seen;
      SCOPED_TRACE(testing::Message() << width << "x" << height << ", roi " << roi.x << " " << roi.y
                                      << " " << roi.side << " " << roi.angle_rad);
      const std::vector<float> found = cropped(image, roi), expected = reference_crop(image, roi);
      // Positions are known to 2e-5 px (side 400 in float), over which noise changes by as much.
      for (std::size_t k = 0; k < found.size(); ++k) ASSERT_NEAR(found[k], expected[k], 1e-4f) << k;
    }
    EXPECT_EQ(seen, 25);
  }
}

TEST(RoiCrop, IsAsPreciseFarFromTheOrigin) {
  // 20000 px of a ramp that repeats: a level per 1/16 px would show an error of the position.
  Image image(20000, 3, 3);
  for (int y = 0; y < 3; ++y) {
    for (int x = 0; x < 3 * image.width(); ++x)
      image.row(y)[x] = static_cast<std::uint8_t>(x / 3 * 16);
  }
  const FaceRoi roi{19000.125f, 1, 200, 0.01f};
  const std::vector<float> found = cropped(image, roi), expected = reference_crop(image, roi);
  for (std::size_t k = 0; k < found.size(); ++k) ASSERT_NEAR(found[k], expected[k], 1e-4f) << k;
}

TEST(RoiCrop, OfAnUnturnedSquareOfThatSideIsTheSquareInRgb) {
  const Image image = noise(230, 220, 6);
  // Centre of the pixels 9..200 and 4..195.
  const std::vector<float> planes = cropped(image, {104.5f, 99.5f, kRoiCropSide, 0});
  for (int y = 0; y < kRoiCropSide; ++y) {
    for (int x = 0; x < kRoiCropSide; ++x) {
      for (int c = 0; c < 3; ++c) {
        const float level = static_cast<float>(image.row(y + 4)[3 * (x + 9) + 2 - c]);
        ASSERT_EQ(planes[static_cast<std::size_t>((c * kRoiCropSide + y) * kRoiCropSide + x)],
                  level * (1.0f / 255));
      }
    }
  }
}

TEST(RoiCrop, OfATurnedFaceIsUpright) {
  // White to the right of the face, which lies on its side, so below it in the frame.
  Image image(100, 100, 3);
  std::fill_n(image.data(), image.size_bytes(), std::uint8_t{0});
  std::fill_n(image.row(60), 3 * 100 * 40, std::uint8_t{255});
  const std::vector<float> planes = cropped(image, {50, 50, 80, kPi / 2});
  EXPECT_EQ(planes[96 * kRoiCropSide + 20], 0.0f);
  EXPECT_EQ(planes[20 * kRoiCropSide + 180], 1.0f);
  EXPECT_EQ(planes[180 * kRoiCropSide + 180], 1.0f);
}

TEST(RoiCrop, ReadsOnlyTheView) {
  const Image image = noise(90, 80, 4);
  for (const int width : {1, 2, 3, 61}) {
    const ImageView window{image.row(29) + 3 * (90 - width), width, 51, 3, image.stride()};
    std::vector<std::uint8_t> bytes;  // ends with the last pixel
    for (int y = 0; y < window.height; ++y)
      bytes.insert(bytes.end(), window.row(y), window.row(y) + 3 * width);
    const ImageView copy{bytes.data(), width, window.height, 3, 3 * width};
    for (const FaceRoi& roi : {FaceRoi{0, 0, 100, 1}, FaceRoi{20, 25, 120, 0.2f}}) {
      ASSERT_TRUE(is_seen(roi, width, window.height));
      EXPECT_EQ(cropped(window, roi), cropped(copy, roi));
    }
  }
}

// Whatever the rest of the picture is.
TEST(RoiCrop, ReadsNoMoreThanItsReach) {
  std::mt19937 random(12);
  const auto between = [&](float low, float high) {
    return std::uniform_real_distribution<float>(low, high)(random);
  };
  int small = 0;
  for (const auto& [width, height] :
       std::vector<std::pair<int, int>>{{1, 1}, {2, 2}, {1, 40}, {40, 1}, {97, 61}, {320, 200}}) {
    const Image image = noise(width, height, static_cast<unsigned>(width));
    const auto w = static_cast<float>(width), h = static_cast<float>(height);
    for (int i = 0; i < 60; ++i) {
      const float side = i % 10 == 0 ? between(1, 4e5f) : between(1, 1.5f * w);
      const float far = i % 10 == 0 ? side / 2 : 30;
      const FaceRoi roi{between(-far, w + far), between(-far, h + far), side, between(-4, 4)};
      if (!is_seen(roi, width, height)) continue;
      const Region region = reach(roi, width, height);
      ASSERT_GE(region.x, 0);
      ASSERT_GE(region.y, 0);
      ASSERT_LE(region.x + region.width, width);
      ASSERT_LE(region.y + region.height, height);
      small += 2 * region.width * region.height < width * height;
      Image poisoned(width, height, 3);
      for (int y = 0; y < height; ++y)
        for (int x = 0; x < 3 * width; ++x) {
          const bool inside = x / 3 >= region.x && x / 3 < region.x + region.width &&
                              y >= region.y && y < region.y + region.height;
          poisoned.row(y)[x] = static_cast<std::uint8_t>(image.row(y)[x] ^ (inside ? 0 : 255));
        }
      ASSERT_EQ(cropped(poisoned, roi), cropped(image, roi))
          << width << "x" << height << ": " << roi.x << " " << roi.y << " " << roi.side << " "
          << roi.angle_rad;
    }
  }
  EXPECT_GT(small, 50);
}

// No angle: the last bit of sin and cos is that of the C library.
TEST(RoiCrop, HasTheSameBitsOnEveryProcessor) {
  const Image image = noise(150, 140, 9);
  std::uint32_t sum = 0;
  for (const FaceRoi& roi : {FaceRoi{70.3f, 64.9f, 77.7f, 0}, FaceRoi{140.1f, -3.3f, 301.3f, 0}}) {
    for (const float value : cropped(image, roi)) {
      std::uint32_t bits;
      std::memcpy(&bits, &value, sizeof bits);
      sum = (sum ^ bits) * 16777619;
    }
  }
  EXPECT_EQ(sum, 3817364622u);
}

TEST(RoiCrop, TellsASquareThatIsSeen) {
  const auto seen = [](float x, float y, float side, float angle = 0) {
    return is_seen({x, y, side, angle}, 100, 50);
  };
  EXPECT_TRUE(seen(50, 25, 20));
  EXPECT_TRUE(seen(-9, 25, 20));
  EXPECT_FALSE(seen(-11, 25, 20));
  EXPECT_TRUE(seen(109, 25, 20));
  EXPECT_FALSE(seen(110, 25, 20));
  EXPECT_FALSE(seen(50, -11, 20));
  EXPECT_FALSE(seen(50, 60, 20));
  // Beside the frame's corner: a diamond reaches it where the upright square does not, and passes
  // it by where the box around it would not.
  EXPECT_TRUE(seen(-13, 25, 20, kPi / 4));
  EXPECT_TRUE(seen(-9, -9, 20));
  EXPECT_FALSE(seen(-9, -9, 20, kPi / 4));
  EXPECT_FALSE(seen(-16, 25, 20, kPi / 4));
  EXPECT_FALSE(seen(50, -16, 20, kPi / 4));
  EXPECT_TRUE(seen(50, 25, 1));
  EXPECT_FALSE(seen(50, 25, 0.5f));
  EXPECT_FALSE(seen(50, 25, 0));
  EXPECT_FALSE(seen(50, 25, -20));
  EXPECT_TRUE(seen(50, 25, kMaxRoiSide, 1));
  EXPECT_FALSE(seen(50, 25, 2 * kMaxRoiSide));
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), 1e30f}) {
    EXPECT_FALSE(seen(bad, 25, 20));
    EXPECT_FALSE(seen(50, -bad, 20));
    EXPECT_FALSE(seen(50, 25, bad));
  }
  EXPECT_FALSE(seen(50, 25, 20, std::numeric_limits<float>::quiet_NaN()));
  EXPECT_FALSE(seen(50, 25, 20, -std::numeric_limits<float>::infinity()));
  EXPECT_FALSE(is_seen({0, 0, 20, 0}, 0, 0));
}

}  // namespace
}  // namespace auriga
