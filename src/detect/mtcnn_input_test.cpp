#include "detect/mtcnn_input.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace auriga {
namespace {

Image random_image(int width, int height, int channels, std::mt19937& random) {
  Image image(width, height, channels);
  for (std::size_t i = 0; i < image.size_bytes(); ++i)
    image.data()[i] = static_cast<std::uint8_t>(random());
  return image;
}

std::vector<float> rows_of(MtcnnInput& input, int width, int height) {
  std::vector<float> rows(static_cast<std::size_t>(3 * width * height));
  for (int y = 0; y < height; ++y) input.read_row(y, rows.data() + 3 * width * y);
  return rows;
}

// The window cut out first, black outside the picture, then resized (spec primitives.md section 7).
std::vector<float> reference(ImageView image, const PixelBox& window, int width, int height) {
  const auto source = [&](int y, int x, int channel) {
    x += window.x;
    y += window.y;
    if (x < 0 || y < 0 || x >= image.width || y >= image.height) return 0.0;
    return static_cast<double>(
        image.row(y)[x * image.channels + (image.channels == 3 ? channel : 0)]);
  };
  const auto position = [](int at, int length, int window_length) {
    return std::clamp((at + 0.5) * window_length / length - 0.5, 0.0, window_length - 1.0);
  };
  std::vector<float> out;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double sx = position(x, width, window.w), sy = position(y, height, window.h);
      const int ix = static_cast<int>(sx), iy = static_cast<int>(sy);
      const double fx = sx - ix, fy = sy - iy;
      for (const int c : {2, 1, 0}) {
        const auto across = [&](int row) {
          return (1 - fx) * source(row, ix, c) + (fx > 0 ? fx * source(row, ix + 1, c) : 0);
        };
        const double v = (1 - fy) * across(iy) + (fy > 0 ? fy * across(iy + 1) : 0);
        out.push_back(static_cast<float>((v - 127.5) / 128));
      }
    }
  }
  return out;
}

TEST(MtcnnInput, IsTheWindowResized) {
  std::mt19937 random(1);
  MtcnnInput input;
  for (const int channels : {1, 3}) {
    for (const auto& [w, h] : {std::pair{1, 1}, {2, 3}, {13, 63}, {63, 13}, {640, 3}}) {
      const Image image = random_image(w, h, channels, random);
      for (const PixelBox& window : {PixelBox{0, 0, w, h},
                                     {-1, -1, w + 1, h + 1},
                                     {-7, 3, 20, 11},
                                     {w / 2, h / 2, 30, 70},
                                     {w - 1, h - 1, 1, 1},
                                     {-100, -50, 300, 400},
                                     {-20, -20, 5, 5},
                                     {w, h, 9, 9}}) {
        for (const auto& [width, height] : {std::pair{24, 24}, {1, 1}, {63, 3}, {13, 130}}) {
          SCOPED_TRACE(testing::Message() << w << "x" << h << "x" << channels << ", window "
                                          << window.x << "," << window.y << " " << window.w << "x"
                                          << window.h << " to " << width << "x" << height);
          input.set(image, window, width, height);
          const std::vector<float> found = rows_of(input, width, height),
                                   expected = reference(image, window, width, height);
          double worst = 0;
          for (std::size_t i = 0; i < found.size(); ++i)
            worst = std::max<double>(worst, std::abs(found[i] - expected[i]));
          // A position of up to 640 px in float32 is 3e-5 px off, times steps of up to 2 per px.
          ASSERT_LT(worst, 1e-4);
        }
      }
    }
  }
}

TEST(MtcnnInput, IsBlackOutsideAndRedFirst) {
  Image image(1, 1, 3);
  image.data()[0] = 255;  // blue
  image.data()[1] = 51;
  image.data()[2] = 0;
  MtcnnInput input;
  input.set(image, {-1, 0, 2, 1}, 2, 1);
  const std::vector<float> row = rows_of(input, 2, 1);
  for (std::size_t c = 0; c < 3; ++c) EXPECT_EQ(row[c], -127.5f / 128);
  EXPECT_EQ(row[3], -127.5f / 128);
  EXPECT_EQ(row[4], (51 - 127.5f) / 128);
  EXPECT_EQ(row[5], 127.5f / 128);
}

TEST(MtcnnInput, ReadsAViewWithAStride) {
  std::mt19937 random(2);
  const Image image = random_image(40, 30, 3, random);
  const ImageView view{image.row(5) + 3 * 7, 20, 11, 3, image.stride()};
  Image copy(20, 11, 3);
  for (int y = 0; y < 11; ++y) std::copy_n(view.row(y), 60, copy.row(y));
  MtcnnInput from_view, from_copy;
  from_view.set(view, {-3, -3, 30, 30}, 24, 24);
  from_copy.set(copy, {-3, -3, 30, 30}, 24, 24);
  EXPECT_EQ(rows_of(from_view, 24, 24), rows_of(from_copy, 24, 24));
}

}  // namespace
}  // namespace auriga
