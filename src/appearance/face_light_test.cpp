#include "appearance/face_light.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace auriga {
namespace {

// All within the box from (left, top) to (right, bottom).
Landmarks box(float left, float top, float right, float bottom) {
  Landmarks landmarks;
  landmarks.x.fill(left);
  landmarks.y.fill(top);
  landmarks.x[1] = right;
  landmarks.y[2] = bottom;
  return landmarks;
}

// Grey, by place.
template <typename Value>
Image picture(int width, int height, Value value) {
  Image image(width, height, 3);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < 3; ++c) image.row(y)[3 * x + c] = static_cast<std::uint8_t>(value(x, y));
  return image;
}

TEST(FaceLight, BrightnessAndContrastAreOfTheBoxOnly) {
  LightMeter meter;
  const Image image = picture(300, 300, [](int x, int y) {
    if (x < 100 || x >= 200 || y < 100 || y >= 200) return 255;
    return (x / 25 + y / 25) % 2 == 0 ? 40 : 80;
  });
  const FaceLight light = meter.measure(image, box(100, 100, 198, 198));
  EXPECT_EQ(light.frames, 1);
  EXPECT_NEAR(light.brightness, 60, 1);
  EXPECT_NEAR(light.contrast, 20, 1);
}

TEST(FaceLight, SharpnessFallsWithBlurAndNotWithSizeOrLight) {
  LightMeter meter;
  const auto stripes = [](double period, double height) {
    return picture(400, 400, [=](int x, int) {
      return std::lround(128 + height * std::sin(2 * 3.14159265 * x / period));
    });
  };
  const auto sharpness = [&](double period, double height, float size) {
    return meter.measure(stripes(period, height), box(0, 0, size - 2, size - 2)).sharpness;
  };
  // The Laplacian of a wave of period p columns is 2 - 2 cos(2 pi / p) times the wave.
  EXPECT_NEAR(sharpness(8 * 192 / 96.0, 60, 192), 2 - 2 * std::cos(2 * 3.14159265 / 8), 0.02);
  EXPECT_NEAR(sharpness(8 * 384 / 96.0, 60, 384), 2 - 2 * std::cos(2 * 3.14159265 / 8), 0.02);
  EXPECT_NEAR(sharpness(8 * 192 / 96.0, 30, 192), 2 - 2 * std::cos(2 * 3.14159265 / 8), 0.02);
  EXPECT_LT(sharpness(20 * 192 / 96.0, 60, 192), 0.15);
}

TEST(FaceLight, FacesAtTheEdgeOutsideOfItAndWithoutAPlace) {
  LightMeter meter;
  const Image image = picture(50, 50, [](int, int) { return 100; });
  const FaceLight edge = meter.measure(image, box(-40, -40, 20, 20));
  EXPECT_EQ(edge.frames, 1);
  EXPECT_NEAR(edge.brightness, 100, 1);
  EXPECT_EQ(edge.contrast, 0);
  EXPECT_EQ(edge.sharpness, 0);
  EXPECT_EQ(meter.measure(image, box(100, 100, 200, 200)).frames, 0);
  EXPECT_EQ(meter.measure(image, box(0, 0, 3, 3)).frames, 0);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(meter.measure(image, box(nan, 0, 30, 30)).frames, 0);
  EXPECT_EQ(meter.measure(image, box(0, 0, 1, 49)).frames, 0);
}

}  // namespace
}  // namespace auriga
