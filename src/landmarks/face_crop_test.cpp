#include "landmarks/face_crop.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace auriga {
namespace {

Image noise(int width, int height, unsigned seed) {
  std::mt19937 random(seed);
  Image image(width, height, 3);
  std::generate_n(image.data(), image.size_bytes(),
                  [&] { return static_cast<std::uint8_t>(random()); });
  return image;
}

// The definition, a pixel at a time: cut the square out, then OpenCV's 8-bit INTER_LINEAR.
std::vector<float> reference_crop(ImageView bgr, const Square& square) {
  const auto pixel = [&](int x, int y, int c) {  // of the square
    const int fx = square.x + std::clamp(x, 0, square.side - 1),
              fy = square.y + std::clamp(y, 0, square.side - 1);
    const bool inside = fx >= 0 && fy >= 0 && fx < bgr.width && fy < bgr.height;
    return inside ? bgr.row(fy)[3 * fx + c] : 0;
  };
  std::vector<float> planes(3 * kCropSide * kCropSide);
  const double scale = 1.0 / (static_cast<double>(kCropSide) / square.side);
  for (int c = 0; c < 3; ++c) {
    for (int y = 0; y < kCropSide; ++y) {
      for (int x = 0; x < kCropSide; ++x) {
        const auto px = static_cast<float>((x + 0.5) * scale - 0.5),
                   py = static_cast<float>((y + 0.5) * scale - 0.5);
        const int ix = static_cast<int>(std::floor(px)), iy = static_cast<int>(std::floor(py));
        const auto weight = [](float w) { return static_cast<int>(std::lrint(w * 2048)); };
        const float dx = px - static_cast<float>(ix), dy = py - static_cast<float>(iy);
        int row[2];
        for (int k = 0; k < 2; ++k) {
          row[k] = pixel(ix, iy + k, c) * weight(1 - dx) + pixel(ix + 1, iy + k, c) * weight(dx);
        }
        const int level =
            ((((row[0] >> 4) * weight(1 - dy)) >> 16) + (((row[1] >> 4) * weight(dy)) >> 16) + 2) >>
            2;
        planes[static_cast<std::size_t>(((2 - c) * kCropSide + y) * kCropSide + x)] =
            static_cast<float>(level) / 255;
      }
    }
  }
  return planes;
}

TEST(FaceCrop, IsThatOfTheReferenceForAnySquare) {
  std::mt19937 random(2);
  const auto between = [&](int low, int high) {
    return low + static_cast<int>(random() % static_cast<unsigned>(high - low + 1));
  };
  std::vector<Square> squares{{0, 0, 112}, {0, 0, 224},     {3, 5, 1},
                              {-1, -1, 1}, {-40, -30, 500}, {62, 40, 2}};
  for (int i = 0; i < 60; ++i)
    squares.push_back({between(-200, 70), between(-200, 70), between(1, 400)});
  for (auto [width, height] : {std::pair{1, 1}, {3, 13}, {63, 41}, {130, 117}}) {
    const Image image = noise(width, height, static_cast<unsigned>(width));
    for (const Square& square : squares) {
      SCOPED_TRACE(testing::Message() << width << "x" << height << ", square " << square.x << " "
                                      << square.y << " " << square.side);
      std::vector<float> found(3 * kCropSide * kCropSide, -1.0f);
      crop_face(image, square, found.data());
      ASSERT_EQ(found, reference_crop(image, square));
    }
  }
}

// Plain bilinear interpolation of the frame, black outside of it.
std::vector<float> reference_crop(ImageView bgr, const SubpixelSquare& square) {
  const auto pixel = [&](int x, int y, int c) {
    const bool inside = x >= 0 && y >= 0 && x < bgr.width && y < bgr.height;
    return inside ? bgr.row(y)[3 * x + c] : 0;
  };
  std::vector<float> planes(3 * kCropSide * kCropSide);
  for (int c = 0; c < 3; ++c) {
    for (int y = 0; y < kCropSide; ++y) {
      for (int x = 0; x < kCropSide; ++x) {
        const double px = square.x + (x + 0.5) * square.side / kCropSide - 0.5,
                     py = square.y + (y + 0.5) * square.side / kCropSide - 0.5;
        const int ix = static_cast<int>(std::floor(px)), iy = static_cast<int>(std::floor(py));
        const double dx = px - ix, dy = py - iy;
        const double level = (pixel(ix, iy, c) * (1 - dx) + pixel(ix + 1, iy, c) * dx) * (1 - dy) +
                             (pixel(ix, iy + 1, c) * (1 - dx) + pixel(ix + 1, iy + 1, c) * dx) * dy;
        planes[static_cast<std::size_t>(((2 - c) * kCropSide + y) * kCropSide + x)] =
            static_cast<float>(level / 255);
      }
    }
  }
  return planes;
}

TEST(FaceCrop, BetweenPixelsIsBilinearInterpolation) {
  std::mt19937 random(5);
  std::uniform_real_distribution<float> corner(-200, 70), side(1, 400);
  for (auto [width, height] : {std::pair{1, 1}, {3, 13}, {63, 41}, {130, 117}}) {
    const Image image = noise(width, height, static_cast<unsigned>(width));
    for (int i = 0; i < 40; ++i) {
      const SubpixelSquare square{corner(random), corner(random), side(random)};
      SCOPED_TRACE(testing::Message() << width << "x" << height << ", square " << square.x << " "
                                      << square.y << " " << square.side);
      std::vector<float> found(3 * kCropSide * kCropSide, -1.0f);
      crop_face(image, square, found.data());
      const std::vector<float> expected = reference_crop(image, square);
      // Grey levels are whole, which is half a level; the weights of 11 bits add a quarter at most.
      for (std::size_t k = 0; k < found.size(); ++k) ASSERT_NEAR(found[k], expected[k], 0.8f / 255);
    }
  }
}

TEST(FaceCrop, ReadsOnlyTheView) {
  const Image image = noise(90, 80, 4);
  const ImageView window{image.row(11) + 3 * 7, 61, 50, 3, image.stride()};
  Image copy(window.width, window.height, 3);
  for (int y = 0; y < window.height; ++y) std::copy_n(window.row(y), 3 * window.width, copy.row(y));
  std::vector<float> found(3 * kCropSide * kCropSide), expected(3 * kCropSide * kCropSide);
  for (const Square& square : {Square{-10, -10, 100}, Square{20, 10, 60}}) {
    crop_face(window, square, found.data());
    crop_face(copy, square, expected.data());
    EXPECT_EQ(found, expected);
  }
}

// Whatever the rest of the picture is.
template <typename AnySquare>
void expect_reads_only_its_reach(const Image& image, const AnySquare& square) {
  SCOPED_TRACE(testing::Message() << image.width() << "x" << image.height() << ", square "
                                  << square.x << " " << square.y << " " << square.side);
  const Region region = reach(square, image.width(), image.height());
  ASSERT_GE(region.x, 0);
  ASSERT_GE(region.y, 0);
  ASSERT_GT(region.width, 0);
  ASSERT_GT(region.height, 0);
  ASSERT_LE(region.x + region.width, image.width());
  ASSERT_LE(region.y + region.height, image.height());
  const auto side = static_cast<double>(square.side);
  EXPECT_LE(region.width, side + 4);
  EXPECT_LE(region.height, side + 4);
  Image poisoned(image.width(), image.height(), 3);
  for (int y = 0; y < image.height(); ++y)
    for (int x = 0; x < 3 * image.width(); ++x) {
      const bool inside = x / 3 >= region.x && x / 3 < region.x + region.width && y >= region.y &&
                          y < region.y + region.height;
      poisoned.row(y)[x] = static_cast<std::uint8_t>(image.row(y)[x] ^ (inside ? 0 : 255));
    }
  std::vector<float> found(3 * kCropSide * kCropSide), expected(3 * kCropSide * kCropSide);
  crop_face(poisoned, square, found.data());
  crop_face(image, square, expected.data());
  ASSERT_EQ(found, expected);
}

TEST(FaceCrop, ReadsNoMoreThanItsReach) {
  std::mt19937 random(8);
  for (const auto& [width, height] :
       std::vector<std::pair<int, int>>{{1, 1}, {2, 3}, {1, 40}, {97, 61}, {320, 200}}) {
    const Image image = noise(width, height, static_cast<unsigned>(height));
    std::uniform_real_distribution<float> corner(-60, static_cast<float>(width)),
        side(1, static_cast<float>(width) + 50);
    for (int i = 0; i < 60; ++i) {
      const SubpixelSquare square{corner(random), corner(random), side(random)};
      expect_reads_only_its_reach(image, square);
      expect_reads_only_its_reach(image,
                                  Square{static_cast<int>(square.x), static_cast<int>(square.y),
                                         static_cast<int>(square.side)});
    }
    expect_reads_only_its_reach(image, Square{-kMaxSquareSide / 2, 3, kMaxSquareSide});
  }
}

TEST(FaceCrop, OfAnUnscaledSquareIsTheSquareInRgb) {
  const Image image = noise(130, 120, 6);
  std::vector<float> planes(3 * kCropSide * kCropSide);
  crop_face(image, Square{9, 4, kCropSide}, planes.data());
  for (int y = 0; y < kCropSide; ++y) {
    for (int x = 0; x < kCropSide; ++x) {
      for (int c = 0; c < 3; ++c) {
        const float level = static_cast<float>(image.row(y + 4)[3 * (x + 9) + 2 - c]);
        ASSERT_EQ(planes[static_cast<std::size_t>((c * kCropSide + y) * kCropSide + x)],
                  level / 255);
      }
    }
  }
}

TEST(FaceCrop, IsBlackBesideAnEmptyFrame) {
  std::vector<float> planes(3 * kCropSide * kCropSide, 1.0f);
  crop_face(ImageView{nullptr, 0, 0, 3, 0}, Square{0, 0, 50}, planes.data());
  EXPECT_TRUE(std::all_of(planes.begin(), planes.end(), [](float v) { return v == 0; }));
}

}  // namespace
}  // namespace auriga
