#include "sides/mirrored_crop.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace auriga {
namespace {

constexpr int kSize = 112;

// Smooth enough to interpolate, and different everywhere.
Image random_crop(unsigned seed, int channels = 3) {
  std::mt19937 random(seed);
  Image crop(kSize, kSize, channels);
  for (std::size_t i = 0; i < crop.size_bytes(); ++i)
    crop.data()[i] = static_cast<std::uint8_t>(random() >> 24);
  return crop;
}

Image mirror_image(const Image& image) {
  Image mirror(image.width(), image.height(), image.channels());
  const auto channels = static_cast<std::size_t>(image.channels());
  for (int y = 0; y < image.height(); ++y)
    for (int x = 0; x < image.width(); ++x)
      std::memcpy(mirror.row(y) + static_cast<std::ptrdiff_t>(channels) * (kSize - 1 - x),
                  image.row(y) + static_cast<std::ptrdiff_t>(channels) * x, channels);
  return mirror;
}

Midline mirror_image(const Midline& line) {
  return {{kSize - 1 - line.brows.x, line.brows.y}, {kSize - 1 - line.chin.x, line.chin.y}};
}

bool equal(const Image& a, const Image& b) {
  return a.size_bytes() == b.size_bytes() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

TEST(MirroredCrop, KeepsTheHalfBeyondAnUprightLineAsItIs) {
  CropMirror mirror;
  const Image crop = random_crop(1);
  Image out;
  mirror.mirror(crop, {{56, 30}, {56, 100}}, PictureHalf::right, out);
  for (int y = 0; y < kSize; ++y)
    for (int x = 56; x < kSize - 1; ++x)
      for (int c = 0; c < 3; ++c) {
        ASSERT_EQ(out.row(y)[3 * x + c], crop.row(y)[3 * x + c]) << x << " " << y;
        ASSERT_EQ(out.row(y)[3 * (112 - x) + c], crop.row(y)[3 * x + c]) << x << " " << y;
      }
}

TEST(MirroredCrop, TheLeftHalfIsMovedToTheSameLine) {
  CropMirror mirror;
  const Image crop = random_crop(2);
  Image out;
  mirror.mirror(crop, {{50, 30}, {50, 100}}, PictureHalf::left, out);
  for (int y = 0; y < kSize; ++y)
    for (int d = 0; d <= 49; ++d)
      for (int c = 0; c < 3; ++c) {
        ASSERT_EQ(out.row(y)[3 * (56 - d) + c], crop.row(y)[3 * (50 - d) + c]) << d << " " << y;
        ASSERT_EQ(out.row(y)[3 * (56 + d) + c], crop.row(y)[3 * (50 - d) + c]) << d << " " << y;
      }
}

TEST(MirroredCrop, HalvesOfAMirrorImageAreTheOtherHalvesToTheByte) {
  CropMirror mirror;
  std::mt19937 random(3);
  for (unsigned seed = 0; seed < 20; ++seed) {
    const Image crop = random_crop(seed, seed % 2 == 0 ? 3 : 1);
    // Multiples of 1/256, so that the mirror image of the midline is exact.
    const auto near = [&](int middle) {
      return static_cast<float>(middle) + static_cast<float>(random() % 4096) / 256 - 8;
    };
    const Midline line{{near(56), near(30)}, {near(56), near(100)}};
    Image one, other;
    for (const PictureHalf half : kPictureHalves) {
      const PictureHalf opposite =
          half == PictureHalf::left ? PictureHalf::right : PictureHalf::left;
      mirror.mirror(crop, line, half, one);
      mirror.mirror(mirror_image(crop), mirror_image(line), opposite, other);
      ASSERT_TRUE(equal(one, other)) << seed;
    }
    Image wrong;
    mirror.mirror(crop, line, PictureHalf::left, wrong);
    mirror.mirror(crop, line, PictureHalf::right, other);
    EXPECT_FALSE(equal(wrong, other));
  }
}

// A turned line: what lies on it is in the middle column afterwards, and both sides are alike.
TEST(MirroredCrop, FollowsAMidlineThatIsTurned) {
  CropMirror mirror;
  Image crop(kSize, kSize, 1);
  std::memset(crop.data(), 0, crop.size_bytes());
  const double dx = 0.15;  // of the line, per row
  for (int y = 0; y < kSize; ++y)
    for (int x = 0; x < kSize; ++x) {
      const double across = x - (60 + dx * (y - 55.5));
      crop.row(y)[x] =
          static_cast<std::uint8_t>(across < 0 ? 20 : std::min(255.0, 100 + 2 * across));
    }
  Image out;
  mirror.mirror(crop,
                {{static_cast<float>(60 + dx * (20 - 55.5)), 20},
                 {static_cast<float>(60 + dx * (100 - 55.5)), 100}},
                PictureHalf::right, out);
  for (int y = 20; y < 92; ++y) {
    for (int d = 3; d < 30; ++d) {
      EXPECT_EQ(out.row(y)[56 + d], out.row(y)[56 - d]);
      EXPECT_NEAR(out.row(y)[56 + d], 100 + 2 * d * std::sqrt(1 + dx * dx), 1.6) << d;
    }
  }
}

TEST(MirroredCrop, IsBlackWithoutAMidline) {
  CropMirror mirror;
  const Image crop = random_crop(4);
  Image out;
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  for (const Midline& line : {Midline{{56, 30}, {56, 30}}, Midline{{kNan, 30}, {56, 100}},
                              Midline{{56, 30}, {1e9F, 100}}}) {
    mirror.mirror(crop, line, PictureHalf::left, out);
    for (std::size_t i = 0; i < out.size_bytes(); ++i) ASSERT_EQ(out.data()[i], 0);
  }
}

}  // namespace
}  // namespace auriga
