#include "drawing/reduced.hpp"

#include <algorithm>
#include <cmath>
#include <random>

#include <gtest/gtest.h>

namespace auriga {
namespace {

Image noise(int width, int height, int channels) {
  std::mt19937 random(static_cast<unsigned>(width * 31 + height));
  Image image(width, height, channels);
  for (int y = 0; y < height; ++y)
    for (int i = 0; i < width * channels; ++i)
      image.row(y)[i] = static_cast<std::uint8_t>(random() % 256);
  return image;
}

// The mean over the rectangle, by definition.
double mean(const Image& image, double x0, double x1, double y0, double y1, int channel) {
  double sum = 0;
  for (int y = 0; y < image.height(); ++y)
    for (int x = 0; x < image.width(); ++x) {
      const double w = std::max(0.0, std::min(x1, x + 1.0) - std::max(x0, static_cast<double>(x)));
      const double h = std::max(0.0, std::min(y1, y + 1.0) - std::max(y0, static_cast<double>(y)));
      sum += w * h * image.row(y)[x * image.channels() + channel];
    }
  return sum / ((x1 - x0) * (y1 - y0));
}

TEST(Reduced, APixelIsTheMeanOfItsRectangle) {
  for (const int channels : {1, 3})
    for (const int width : {1, 3, 13, 63, 64})
      for (const int to : {1, 2, 3, 12, 13, 40, 64}) {
        if (to > width) continue;
        const Image image = noise(width, 37, channels);
        const Image small = reduced(image, to);
        ASSERT_EQ(small.width(), to);
        const double dx = static_cast<double>(width) / to, dy = 37.0 / small.height();
        for (int y = 0; y < small.height(); ++y)
          for (int x = 0; x < to; ++x)
            for (int c = 0; c < channels; ++c)
              // Half a grey level of rounding, and edges that are a 256th of a pixel off.
              EXPECT_NEAR(small.row(y)[x * channels + c],
                          mean(image, x * dx, (x + 1) * dx, y * dy, (y + 1) * dy, c), 2.6)
                  << width << " to " << to;
      }
}

TEST(Reduced, TheSameWidthIsTheSamePicture) {
  const Image image = noise(23, 11, 3);
  const Image same = reduced(image, 23);
  for (int y = 0; y < 11; ++y)
    EXPECT_TRUE(std::equal(image.row(y), image.row(y) + 69, same.row(y)));
}

TEST(Reduced, WhiteStaysWhite) {
  Image image(101, 77, 1);
  for (int y = 0; y < 77; ++y) std::fill_n(image.row(y), 101, std::uint8_t{255});
  const Image small = reduced(image, 30);
  for (int y = 0; y < small.height(); ++y)
    for (int x = 0; x < 30; ++x) EXPECT_EQ(small.row(y)[x], 255);
}

}  // namespace
}  // namespace auriga
