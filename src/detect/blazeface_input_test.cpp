#include "detect/blazeface_input.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "support/allocations.hpp"

namespace auriga {
namespace {

Image random_image(int width, int height, unsigned seed) {
  std::mt19937 random(seed);
  Image image(width, height, 3);
  std::generate_n(image.data(), image.size_bytes(),
                  [&] { return static_cast<std::uint8_t>(random()); });
  return image;
}

std::vector<float> written(BlazeFaceInput& input, ImageView bgr, double side, int length) {
  std::vector<float> rgb(static_cast<std::size_t>(3 * length) * static_cast<std::size_t>(length),
                         99.0f);
  input.write(bgr, Letterbox(bgr.width, bgr.height, side, length), length, rgb.data());
  return rgb;
}

// How much of the picture's pixel `p` is in the pixel of the input that reaches over begin..end of
// the picture. Shrinking: the share of the area. Enlarging: the tent around its middle.
double share(int p, int pixels, double begin, double end) {
  if (end - begin > 1)
    return std::max(0.0, std::min(end, p + 1.0) - std::max<double>(begin, p)) / (end - begin);
  const double middle = (begin + end) / 2;
  if (middle < 0 || middle > pixels) return 0;
  return std::max(0.0, 1 - std::abs(std::clamp(middle, 0.5, pixels - 0.5) - (p + 0.5)));
}

using Shares = std::vector<std::pair<int, double>>;  // pixels of the picture and what they weigh

std::vector<Shares> all_shares(int pixels, double scale, int length) {
  const double border = (length - pixels * scale) / 2;
  std::vector<Shares> shares(static_cast<std::size_t>(length));
  for (int i = 0; i < length; ++i) {
    for (int p = 0; p < pixels; ++p) {
      const double weight = share(p, pixels, (i - border) / scale, (i + 1 - border) / scale);
      if (weight > 0) shares[static_cast<std::size_t>(i)].emplace_back(p, weight);
    }
  }
  return shares;
}

// Each pixel of the input as a sum over the pixels of the picture.
std::vector<float> reference(ImageView bgr, double side, int length) {
  const std::vector<Shares> columns = all_shares(bgr.width, length / side, length),
                            rows = all_shares(bgr.height, length / side, length);
  std::vector<float> rgb;
  for (int c = 2; c >= 0; --c) {
    for (const Shares& row : rows) {
      for (const Shares& column : columns) {
        double sum = 0;
        for (const auto& [v, down] : row)
          for (const auto& [u, across] : column) sum += down * across * bgr.row(v)[3 * u + c];
        rgb.push_back(static_cast<float>(sum / 127.5 - 1));
      }
    }
  }
  return rgb;
}

TEST(BlazeFaceInput, IsThePictureResized) {
  BlazeFaceInput input;
  for (const int length : {128, 192}) {
    for (const auto& [width, height] : {std::pair{1, 1},
                                        {1, 9},
                                        {9, 1},
                                        {2, 3},
                                        {13, 63},
                                        {63, 13},
                                        {127, 128},
                                        {128, 128},
                                        {129, 127},
                                        {191, 192},
                                        {193, 3},
                                        {3, 400},
                                        {301, 257},
                                        {900, 2}}) {
      const Image image = random_image(width, height, static_cast<unsigned>(width));
      for (const double share_of_input : {1.0, 1.37, 2.5}) {
        const double side = std::max(width, height) * share_of_input;
        SCOPED_TRACE(testing::Message()
                     << width << "x" << height << ", " << side << " px to " << length);
        const std::vector<float> found = written(input, image, side, length),
                                 expected = reference(image, side, length);
        ASSERT_EQ(found.size(), expected.size());
        double worst = 0;
        for (std::size_t i = 0; i < found.size(); ++i)
          worst = std::max<double>(worst, std::abs(found[i] - expected[i]));
        // Sums in float of up to 18 x 2 products below 255, divided by 127.5.
        ASSERT_LT(worst, 3e-6);
      }
    }
  }
}

TEST(BlazeFaceInput, KeepsTheMeanOfALargePicture) {
  // Every pixel of the picture counts for as much: 4096 px per column of the input at the most.
  BlazeFaceInput input;
  for (const auto& [width, height] : {std::pair{640, 480}, {1942, 1944}, {3000, 7}, {5, 4001}}) {
    SCOPED_TRACE(testing::Message() << width << "x" << height);
    const Image image = random_image(width, height, 3);
    const int length = 128, side = std::max(width, height);
    const std::vector<float> rgb = written(input, image, side, length);
    for (std::size_t c = 0; c < 3; ++c) {
      double mean = 0, found = 0;
      for (std::size_t i = 2 - c; i < image.size_bytes(); i += 3) mean += image.data()[i];
      mean /= static_cast<double>(width) * height;
      for (std::size_t i = 0; i < std::size_t{128} * 128; ++i)
        found += (rgb[c * 128 * 128 + i] + 1) * 127.5;
      const double area = std::pow(static_cast<double>(length) / side, 2) * width * height;
      EXPECT_NEAR(found / area, mean, 0.02);  // the 1 is added to small numbers, in float
    }
  }
}

TEST(BlazeFaceInput, IsRedFirstAndBlackAroundThePicture) {
  Image image(64, 32, 3);
  for (std::size_t i = 0; i < image.size_bytes(); ++i)
    image.data()[i] = std::array<std::uint8_t, 3>{0, 51, 255}[i % 3];
  BlazeFaceInput input;
  const std::vector<float> rgb = written(input, image, 64, 128);
  const auto at = [&](std::size_t c, std::size_t y, std::size_t x) {
    return rgb[(c * 128 + y) * 128 + x];
  };
  for (const std::size_t y : {32u, 60u, 95u}) {
    EXPECT_NEAR(at(0, y, 0), 1, 1e-6);
    EXPECT_NEAR(at(1, y, 127), -0.6, 1e-6);
    EXPECT_EQ(at(2, y, 64), -1);
  }
  for (const std::size_t y : {0u, 31u, 96u, 127u})
    for (const std::size_t c : {0u, 1u, 2u}) EXPECT_EQ(at(c, y, 64), -1) << y;
}

TEST(BlazeFaceInput, LiesWhereTheLetterboxSays) {
  // One white pixel: the centre of mass of what is written.
  BlazeFaceInput input;
  for (const auto& [width, height, x, y] :
       {std::array{640, 480, 100, 370}, {33, 90, 20, 41}, {300, 300, 299, 0}}) {
    Image image(width, height, 3);
    std::fill_n(image.data(), image.size_bytes(), std::uint8_t{0});
    std::fill_n(image.row(y) + 3 * x, 3, std::uint8_t{255});
    const Letterbox place(width, height, std::max(width, height), 192);
    std::vector<float> rgb(std::size_t{3} * 192 * 192);
    input.write(image, place, 192, rgb.data());
    double sum = 0, mean_x = 0, mean_y = 0;
    for (int i = 0; i < 192 * 192; ++i) {
      const double level = rgb[static_cast<std::size_t>(i)] + 1;
      sum += level;
      mean_x += level * (i % 192 + 0.5);
      mean_y += level * (i / 192 + 0.5);
    }
    ASSERT_GT(sum, 0);
    // Shrinking shares a pixel between two at the most.
    EXPECT_NEAR(mean_x / sum, (x + 0.5) * place.scale + place.left, 0.5);
    EXPECT_NEAR(mean_y / sum, (y + 0.5) * place.scale + place.top, 0.5);
  }
}

TEST(BlazeFaceInput, ReadsOnlyTheView) {
  const Image image = random_image(90, 80, 4);
  for (const int width : {1, 2, 3, 61}) {
    const ImageView view{image.row(29) + 3 * (90 - width), width, 51, 3, image.stride()};
    std::vector<std::uint8_t> bytes;  // ends with the last pixel
    for (int y = 0; y < view.height; ++y)
      bytes.insert(bytes.end(), view.row(y), view.row(y) + 3 * width);
    const ImageView copy{bytes.data(), width, view.height, 3, 3 * width};
    BlazeFaceInput input;
    EXPECT_EQ(written(input, view, 61, 128), written(input, copy, 61, 128));
    EXPECT_EQ(written(input, view, 300, 128), written(input, copy, 300, 128));
  }
}

TEST(BlazeFaceInput, IsTheSameAfterAnotherPictureAndWithoutAllocating) {
  const Image image = random_image(320, 240, 1), wide = random_image(700, 20, 2);
  std::vector<float> first(std::size_t{3} * 128 * 128), again = first;
  BlazeFaceInput input;
  long before = test::allocations();
  const auto write = [&](const Image& picture, std::vector<float>& rgb) {
    input.write(picture, Letterbox(picture.width(), picture.height(), picture.width(), 128), 128,
                rgb.data());
  };
  write(image, first);
  EXPECT_GT(test::allocations(), before) << "the count does not work";
  write(wide, again);
  before = test::allocations();
  write(wide, again);
  write(image, again);
  EXPECT_EQ(test::allocations(), before);
  EXPECT_EQ(again, first);
}

TEST(BlazeFaceInput, HasTheSameBitsOnEveryProcessor) {
  BlazeFaceInput input;
  std::uint32_t sum = 0;
  for (const auto& [width, height] : {std::pair{641, 479}, {50, 77}}) {
    for (const float value : written(input, random_image(width, height, 8), 641, 192)) {
      std::uint32_t bits;
      std::memcpy(&bits, &value, sizeof bits);
      sum = (sum ^ bits) * 16777619;
    }
  }
  EXPECT_EQ(sum, 3923941365u);
}

}  // namespace
}  // namespace auriga
