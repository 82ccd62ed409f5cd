#include "drawing/overlay.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace auriga {
namespace {

constexpr Colour kWhite{255, 255, 255};
constexpr Camera kCamera{500, 500, 320, 240};

Image black(int width, int height) {
  Image image(width, height, 3);
  std::fill_n(image.data(), image.size_bytes(), std::uint8_t{0});
  return image;
}

std::array<int, 3> at(const Image& image, int x, int y) {
  const std::uint8_t* p = image.row(y) + 3 * x;
  return {p[0], p[1], p[2]};
}
using Bgr = std::array<int, 3>;

bool untouched(const Image& image) {
  return std::all_of(image.data(), image.data() + image.size_bytes(),
                     [](std::uint8_t v) { return v == 0; });
}

int drawn(const Image& image) {
  int count = 0;
  for (int y = 0; y < image.height(); ++y)
    for (int x = 0; x < image.width(); ++x) count += at(image, x, y) != Bgr{0, 0, 0};
  return count;
}

// A face far outside the picture, so that only what the test puts there is drawn.
FrameResult nothing_in_sight() {
  FrameResult result;
  result.confidence = 1;
  result.landmarks.x.fill(-1000);
  result.landmarks.y.fill(-1000);
  result.eyes.x.fill(-1000);
  result.eyes.y.fill(-1000);
  return result;
}

TEST(DrawLine, CoversPixelsInProportion) {
  Image image = black(40, 30);
  draw_line(image, {5, 10}, {25, 10}, 2, {200, 100, 50});
  EXPECT_EQ(at(image, 15, 10), (Bgr{200, 100, 50}));
  EXPECT_EQ(at(image, 15, 9), (Bgr{100, 50, 25}));
  EXPECT_EQ(at(image, 15, 11), (Bgr{100, 50, 25}));
  EXPECT_EQ(at(image, 15, 8), (Bgr{0, 0, 0}));
  EXPECT_EQ(at(image, 27, 10), (Bgr{0, 0, 0})) << "1.5 px behind the end";
  image = black(40, 30);
  draw_line(image, {15.25f, 5}, {15.25f, 25}, 1, kWhite);
  EXPECT_EQ(at(image, 15, 12), (Bgr{191, 191, 191}));
  EXPECT_EQ(at(image, 16, 12), (Bgr{64, 64, 64}));
  EXPECT_EQ(at(image, 14, 12), (Bgr{0, 0, 0}));
}

// Every pixel of the picture by its distance from the line.
Image plain_line(int width, int height, Point2 from, Point2 to, float thickness) {
  Image image = black(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double dx = static_cast<double>(to.x) - from.x, dy = static_cast<double>(to.y) - from.y;
      const double px = x - static_cast<double>(from.x), py = y - static_cast<double>(from.y);
      const double square = dx * dx + dy * dy;
      const double t = square > 0 ? std::clamp((px * dx + py * dy) / square, 0.0, 1.0) : 0;
      const double distance = std::hypot(px - t * dx, py - t * dy);
      const double cover = std::clamp(thickness / 2 + 0.5 - distance, 0.0, 1.0);
      std::fill_n(image.row(y) + 3 * x, 3, static_cast<std::uint8_t>(255 * cover + 0.5));
    }
  }
  return image;
}

TEST(DrawLine, EqualsAPlainLoopOverAllPixels) {
  std::mt19937 random(1);
  for (const int width : {1, 3, 13, 63}) {
    for (int repeat = 0; repeat < 100; ++repeat) {
      const float far = std::array{20.0f, 80.0f, 2000.0f}[static_cast<std::size_t>(repeat % 3)];
      std::uniform_real_distribution<float> place(-far, far);
      const Point2 from{place(random), place(random)};
      Point2 to{place(random), place(random)};
      if (repeat % 7 == 0) to.x = from.x;
      if (repeat % 7 == 1) to.y = from.y;
      if (repeat % 7 == 2) to = from;
      const float thickness = 0.5f + static_cast<float>(repeat % 5);
      Image image = black(width, 31);
      draw_line(image, from, to, thickness, kWhite);
      const Image expected = plain_line(width, 31, from, to, thickness);
      for (std::size_t i = 0; i < image.size_bytes(); ++i)
        ASSERT_NEAR(image.data()[i], expected.data()[i], 1)  // rounding
            << from.x << ", " << from.y << " to " << to.x << ", " << to.y;
    }
  }
}

TEST(DrawCircle, IsARingAtItsSubPixelPlace) {
  Image image = black(60, 40);
  draw_circle(image, {30, 20}, 10, 1, kWhite);
  for (const auto& [x, y] : {std::pair{40, 20}, {20, 20}, {30, 10}, {30, 30}, {36, 28}, {24, 12}})
    EXPECT_EQ(at(image, x, y), (Bgr{255, 255, 255})) << x << ", " << y;
  for (const auto& [x, y] : {std::pair{30, 20}, {39, 20}, {41, 20}, {30, 31}, {37, 29}})
    EXPECT_EQ(at(image, x, y), (Bgr{0, 0, 0})) << x << ", " << y;
  image = black(60, 40);
  draw_circle(image, {30.5f, 20}, 10, 1, kWhite);
  EXPECT_EQ(at(image, 40, 20), (Bgr{128, 128, 128}));
  EXPECT_EQ(at(image, 41, 20), (Bgr{128, 128, 128}));
}

TEST(DrawCircle, HasTheSameAreaWhereverItLies) {
  for (const float x : {20.0f, 20.25f, 20.5f, 20.9f})
    for (const float y : {15.0f, 15.3f, 15.5f}) {
      Image image = black(40, 30);
      draw_circle(image, {x, y}, 1, 3, kWhite);  // a disc of radius 2.5
      double area = 0;
      for (std::size_t i = 0; i < image.size_bytes(); i += 3) area += image.data()[i] / 255.0;
      EXPECT_NEAR(area, std::numbers::pi * 2.5 * 2.5, 0.5) << x << ", " << y;
    }
}

TEST(DrawAnything, TakesEveryNumber) {
  Image image = black(30, 20);
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const float bad : {kNan, kInfinity, -kInfinity}) {
    draw_line(image, {bad, 5}, {5, 5}, 2, kWhite);
    draw_line(image, {5, 5}, {5, bad}, 2, kWhite);
    draw_circle(image, {5, bad}, 3, 1, kWhite);
    draw_circle(image, {bad, 5}, 3, 1, kWhite);
    draw_circle(image, {bad, bad}, 3, 1, kWhite);
  }
  draw_line(image, {5, 5}, {9, 9}, kNan, kWhite);
  draw_circle(image, {5, 5}, kNan, 1, kWhite);
  for (const float far : {1e5f, 3.4e38f, -3.4e38f}) {
    draw_circle(image, {far, 5}, 3, 1, kWhite);
    draw_circle(image, {5, far}, 3, 1, kWhite);
    draw_line(image, {far, far}, {far, 5}, 2, kWhite);
  }
  EXPECT_TRUE(untouched(image));
  draw_line(image, {-3e38f, 10}, {3e38f, 10}, 1, kWhite);
  EXPECT_EQ(drawn(image), 30) << "one row from border to border";
}

TEST(DrawFace, PutsRedAndBlueAtTheLandmarks) {
  FrameResult result = nothing_in_sight();
  result.landmarks.x[30] = 100;
  result.landmarks.y[30] = 80;
  Image image = black(640, 480);
  draw_face(image, result, kCamera, false);
  EXPECT_EQ(at(image, 101, 80), (Bgr{255, 0, 0}));
  EXPECT_EQ(at(image, 102, 80), (Bgr{0, 0, 255}));
  EXPECT_EQ(at(image, 104, 80), (Bgr{0, 0, 0}));
  EXPECT_LE(drawn(image), 7 * 7);

  image = black(1920, 1080);  // three times as wide, so are the strokes: the red reaches 5.5 px
  draw_face(image, result, kCamera, false);
  EXPECT_EQ(at(image, 105, 80), (Bgr{0, 0, 255}));
  EXPECT_EQ(at(image, 107, 80), (Bgr{0, 0, 0}));
}

TEST(DrawFace, NeedsConfidence) {
  FrameResult result = nothing_in_sight();
  result.landmarks.x[30] = 100;
  result.landmarks.y[30] = 80;
  result.pose.translation_mm = {0, 0, 1000};
  for (const double confidence : {0.0, 0.4, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
    result.confidence = confidence;
    Image image = black(640, 480);
    draw_face(image, result, kCamera, true);
    EXPECT_TRUE(untouched(image)) << confidence;
  }
  result.confidence = 0.41;
  Image image = black(640, 480);
  draw_face(image, result, kCamera, true);
  EXPECT_FALSE(untouched(image));
}

// Straight ahead at 1 m: the near side of the box, 200 mm wide, at 900 mm, the far one at 1100 mm.
TEST(DrawFace, PutsTheHeadBoxWhereTheCameraSeesIt) {
  FrameResult result = nothing_in_sight();
  result.pose.translation_mm = {0, 0, 1000};
  Image image = black(640, 480);
  draw_face(image, result, kCamera, false);
  const int near = 264, far = 275;  // 320 - 500 * 100 / 900 = 264.4; 320 - 500 * 100 / 1100 = 274.5
  EXPECT_EQ(at(image, near, 240), (Bgr{255, 0, 0}));
  EXPECT_EQ(at(image, far, 240), (Bgr{255, 0, 0}));
  EXPECT_EQ(at(image, 640 - near, 240), (Bgr{255, 0, 0}));
  EXPECT_EQ(at(image, 320, near - 80), (Bgr{255, 0, 0}));
  EXPECT_EQ(at(image, 320, 400 - (far - 80) + 80), (Bgr{255, 0, 0}));
  EXPECT_EQ(at(image, 269, 240), (Bgr{0, 0, 0})) << "between them";
  EXPECT_EQ(at(image, 269, 189), (Bgr{255, 0, 0})) << "the edge from the near to the far corner";
  EXPECT_EQ(at(image, 320, 240), (Bgr{0, 0, 0}));
  EXPECT_EQ(at(image, 260, 240), (Bgr{0, 0, 0}));

  result.confidence = 0.7;
  image = black(640, 480);
  draw_face(image, result, kCamera, false);
  EXPECT_EQ(at(image, near, 240), (Bgr{127, 0, 127}));

  // Turned by an eighth about the line of sight: a corner is where the middle of an edge was.
  result.confidence = 1;
  result.pose.rotation_rad = {0, 0, std::numbers::pi_v<float> / 4};
  image = black(640, 480);
  draw_face(image, result, kCamera, false);
  EXPECT_EQ(at(image, near, 240), (Bgr{0, 0, 0}));
  EXPECT_EQ(at(image, 241, 240), (Bgr{255, 0, 0}));  // 320 - 500 * 141.4 / 900 = 241.4

  // Turned to the side by 30 degrees about y: the corner (100, 100, -100) mm moves to
  // (36.6, 100, -136.6) mm, so u = 320 + 500 * 36.6 / 863.4 = 341.2, v = 240 + 57.9.
  result.pose.rotation_rad = {0, std::numbers::pi_v<float> / 6, 0};
  image = black(640, 480);
  draw_face(image, result, kCamera, false);
  EXPECT_EQ(at(image, 341, 298), (Bgr{255, 0, 0}));
  EXPECT_EQ(at(image, 341, 305), (Bgr{0, 0, 0}));
}

TEST(DrawFace, LeavesOutEdgesWithBothEndsOutside) {
  FrameResult result = nothing_in_sight();
  result.pose.translation_mm = {0, 0, 300};  // near corners at (70 or 570, -10 or 490), far inside
  Image image = black(640, 480);
  draw_face(image, result, kCamera, false);
  EXPECT_EQ(at(image, 195, 240), (Bgr{255, 0, 0})) << "far side";
  EXPECT_EQ(at(image, 70, 240), (Bgr{0, 0, 0})) << "near side, which crosses the picture";
  EXPECT_EQ(at(image, 120, 40), (Bgr{255, 0, 0})) << "from far inside to near outside";
  for (const float z : {0.0f, -500.0f, 50.0f}) {
    result.pose.translation_mm = {0, 0, z};
    image = black(640, 480);
    draw_face(image, result, {50, 50, 320, 240}, false);
    EXPECT_EQ(z <= -100, untouched(image)) << "behind the camera or around it: " << z;
  }
}

TEST(DrawFace, DrawsEyesAndGaze) {
  FrameResult result = nothing_in_sight();
  for (int i = 0; i < 12; ++i) {
    const double angle = 2 * std::numbers::pi * i / 12;
    result.eyes.x[8 + i] = static_cast<float>(200 + 30 * std::cos(angle));
    result.eyes.y[8 + i] = static_cast<float>(150 + 30 * std::sin(angle));
  }
  for (int i = 0; i < 8; ++i) {
    const double angle = 2 * std::numbers::pi * i / 8;
    result.eyes.x[28 + i] = static_cast<float>(400 + 20 * std::cos(angle));
    result.eyes.y[28 + i] = static_cast<float>(150 + 20 * std::sin(angle));
    result.eyes.x[48 + i] = static_cast<float>(400 + 10 * std::cos(angle));
    result.eyes.y[48 + i] = static_cast<float>(150 + 10 * std::sin(angle));
    // Iris of the second eye around (50, 0, 1000) mm, seen at (345, 240).
    result.eyes.mm[0][28 + i] = static_cast<float>(50 + 5 * std::cos(angle));
    result.eyes.mm[1][28 + i] = static_cast<float>(5 * std::sin(angle));
    result.eyes.mm[2][28 + i] = 1000;
  }
  result.gaze.direction[1] = {0.6f, 0.8f, 0};  // to (80, 40, 1000) mm, seen at (360, 260)
  Image image = black(640, 480);
  draw_face(image, result, kCamera, true);
  EXPECT_EQ(at(image, 230, 150), (Bgr{0, 0, 255})) << "lid";
  EXPECT_EQ(at(image, 170, 150), (Bgr{0, 0, 255})) << "lid";
  EXPECT_EQ(at(image, 420, 150), (Bgr{255, 0, 0})) << "iris";
  EXPECT_EQ(at(image, 410, 150), (Bgr{255, 0, 0})) << "pupil";
  EXPECT_EQ(at(image, 348, 244), (Bgr{110, 220, 0})) << "gaze";
  EXPECT_EQ(at(image, 357, 256), (Bgr{110, 220, 0})) << "gaze";
  EXPECT_EQ(at(image, 363, 264), (Bgr{0, 0, 0})) << "beyond 50 mm";
  // The outlines are closed: also the piece from the last to the first lid point.
  const int x = static_cast<int>(std::lround((result.eyes.x[8] + result.eyes.x[19]) / 2));
  const int y = static_cast<int>(std::lround((result.eyes.y[8] + result.eyes.y[19]) / 2));
  EXPECT_GT(at(image, x, y)[2], 100);
  Image without = black(640, 480);
  draw_face(without, result, kCamera, false);
  EXPECT_TRUE(untouched(without));
}

TEST(DrawFace, TakesEveryNumber) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  for (const float bad : {kNan, std::numeric_limits<float>::infinity(), 3.4e38f, -3.4e38f, 0.0f}) {
    FrameResult result;
    result.confidence = 1e300;
    result.landmarks.x.fill(bad);
    result.landmarks.y.fill(bad);
    result.eyes.x.fill(bad);
    for (auto& axis : result.eyes.mm) axis.fill(bad);
    result.pose.translation_mm = {bad, bad, 1000};
    result.pose.rotation_rad = {bad, 0, bad};
    Image image = black(20, 10);
    draw_face(image, result, {bad, 500, bad, 240}, true);  // no crash, no endless loop
  }
  Image tiny = black(1, 1);
  draw_face(tiny, nothing_in_sight(), kCamera, true);
  EXPECT_TRUE(untouched(tiny));
}

}  // namespace
}  // namespace auriga
