#include "drawing/face_tile.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <random>

#include <gtest/gtest.h>

namespace auriga {
namespace {

using Bgr = std::array<int, 3>;
constexpr Bgr kBeyond{236, 236, 236}, kDot{40, 255, 255};

Bgr at(const Image& image, int x, int y) {
  const std::uint8_t* p = image.row(y) + 3 * x;
  return {p[0], p[1], p[2]};
}

Image random_image(int width, int height) {
  std::mt19937 random(1);
  Image image(width, height, 3);
  for (std::size_t i = 0; i < image.size_bytes(); ++i)
    image.data()[i] = static_cast<std::uint8_t>(random() % 256);
  return image;
}

// Landmarks whose outermost ones are the corners of a square.
Landmarks corners(float x, float y, float side) {
  Landmarks face;
  face.x.fill(x + side / 2);
  face.y.fill(y + side / 2);
  face.x[0] = x;
  face.y[0] = y;
  face.x[16] = x + side;
  face.y[16] = y + side;
  return face;
}

TEST(FaceTile, OfTheSameSizeIsTheFrame) {
  for (const int size : {1, 3, 13, 63}) {
    const Image frame = random_image(size, size);
    const Image tile = face_tile(frame, nullptr, size);
    ASSERT_EQ(tile.size_bytes(), frame.size_bytes());
    // Rounding of coordinates in float.
    for (std::size_t i = 0; i < frame.size_bytes(); ++i)
      ASSERT_NEAR(tile.data()[i], frame.data()[i], 1) << size;
  }
}

TEST(FaceTile, SmallerOnesAreTheMeanOfThePixels) {
  const Image frame = random_image(52, 52);
  const Image tile = face_tile(frame, nullptr, 13);
  for (int y = 0; y < 13; ++y) {
    for (int x = 0; x < 13; ++x) {
      for (int c = 0; c < 3; ++c) {
        double mean = 0;
        for (int v = 0; v < 4; ++v)
          for (int u = 0; u < 4; ++u) mean += frame.row(4 * y + v)[3 * (4 * x + u) + c] / 16.0;
        ASSERT_NEAR(tile.row(y)[3 * x + c], mean, 1) << x << ", " << y;
      }
    }
  }
}

TEST(FaceTile, FramesThatAreNoSquaresKeepTheirForm) {
  Image frame(80, 40, 3);
  std::fill_n(frame.data(), frame.size_bytes(), std::uint8_t{7});
  const Image tile = face_tile(frame, nullptr, 40);
  EXPECT_EQ(at(tile, 20, 9), kBeyond);
  EXPECT_EQ(at(tile, 20, 10), (Bgr{7, 7, 7}));
  EXPECT_EQ(at(tile, 0, 29), (Bgr{7, 7, 7}));
  EXPECT_EQ(at(tile, 20, 30), kBeyond);
}

TEST(FaceTile, ShowsTheFaceAndItsLandmarks) {
  // A bright face of 20 px in a large dark frame: with its margin it fills 1 / 1.45 of the tile.
  Image frame(300, 200, 3);
  std::fill_n(frame.data(), frame.size_bytes(), std::uint8_t{0});
  for (int y = 100; y < 120; ++y) std::fill_n(frame.row(y) + 3 * 200, 60, std::uint8_t{200});
  const Landmarks face = corners(200, 100, 20);
  const Image tile = face_tile(frame, &face, 145);
  int bright = 0;
  for (int y = 0; y < 145; ++y)
    for (int x = 0; x < 145; ++x) bright += at(tile, x, y)[0] > 100 ? 1 : 0;
  EXPECT_NEAR(bright, 100 * 100, 500);
  // The corners are dots: margins are 22.5 px of the tile.
  EXPECT_EQ(at(tile, 22, 22), kDot);
  EXPECT_EQ(at(tile, 122, 122), kDot);
  EXPECT_EQ(at(tile, 10, 10), (Bgr{0, 0, 0}));
}

TEST(FaceTile, IsGreyBeyondTheFrame) {
  const Image frame = random_image(50, 50);
  const Landmarks face = corners(-20, 10, 40);
  const Image tile = face_tile(frame, &face, 60);
  EXPECT_EQ(at(tile, 1, 30), kBeyond);
  EXPECT_NE(at(tile, 58, 30), kBeyond);
}

TEST(FaceTile, AnyNumbersAreAnswered) {
  const Image frame = random_image(5, 3);
  for (const float place : {-1e6f, 0.0f, 2.0f, 1e6f}) {
    for (const float side : {0.0f, 1.0f, 2e6f}) {
      const Landmarks face = corners(place, place, side);
      EXPECT_EQ(face_tile(frame, &face, 184).width(), 184);
      EXPECT_EQ(face_tile(frame, &face, 1).width(), 1);
    }
  }
}

}  // namespace
}  // namespace auriga
