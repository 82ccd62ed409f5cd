#include "validation/face_warp.hpp"

#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "validation/fake_validator.hpp"

namespace auriga {
namespace {

using test::SyntheticWarp;
using testing::Each;
using testing::HasSubstr;

FaceWarp read_warp(const SyntheticWarp& made) {
  const std::string bytes = made.bytes();
  BinaryReader reader("made.txt", bytes);
  FaceWarp warp(reader);
  reader.expect_end();
  return warp;
}

// From the grid to the picture: x = xx column + xy row + x0, likewise y.
struct Affinity {
  float xx = 1, xy = 0, x0 = 0, yx = 0, yy = 1, y0 = 0;

  float x(float column, float row) const { return xx * column + xy * row + x0; }
  float y(float column, float row) const { return yx * column + yy * row + y0; }
};

Affinity moved_by(float x, float y) { return {.x0 = x, .y0 = y}; }

// Samples with the landmarks where the corners of the grid go.
std::vector<float> sample(const FaceWarp& warp, ImageView grey, const Affinity& to) {
  const auto right = static_cast<float>(warp.width() - 1);
  const auto bottom = static_cast<float>(warp.height() - 1);
  const std::vector<float> landmarks{to.x(0, 0),          to.x(right, 0),     to.x(0, bottom),
                                     to.x(right, bottom), to.y(0, 0),         to.y(right, 0),
                                     to.y(0, bottom),     to.y(right, bottom)};
  std::vector<FaceWarp::Affine> scratch(static_cast<std::size_t>(warp.triangles()));
  std::vector<float> values(warp.places().size(), -1);
  warp.sample(grey, landmarks, scratch, values);
  return values;
}

Image random_picture(int width, int height) {
  std::mt19937 random(1);
  Image picture(width, height, 1);
  for (std::size_t i = 0; i < picture.size_bytes(); ++i)
    picture.data()[i] = static_cast<std::uint8_t>(random() >> 24);
  return picture;
}

TEST(FaceWarp, PlacesGoColumnByColumn) {
  const SyntheticWarp made;
  const FaceWarp warp = read_warp(made);
  EXPECT_EQ(warp.landmarks(), 4);
  EXPECT_EQ(warp.triangles(), 2);
  std::vector<std::int32_t> expected;
  for (int x = 0; x < made.width; ++x)
    for (int y = 0; y < made.height; ++y)
      if (made.mask[static_cast<std::size_t>(y * made.width + x)] != 0)
        expected.push_back(y * made.width + x);
  EXPECT_THAT(warp.places(), testing::ElementsAreArray(expected));
}

// An affine map is the same in both triangles, and each pixel of the grid comes from where it goes,
// from four taps that are 0 outside.
TEST(FaceWarp, InterpolatesBilinearly) {
  const FaceWarp warp = read_warp({});
  const Image picture = random_picture(40, 30);
  const auto tap = [&](int x, int y) {
    return x >= 0 && x < 40 && y >= 0 && y < 30 ? picture.row(y)[x] : 0;
  };
  for (const Affinity& to :
       {moved_by(0, 0), moved_by(7, 11), moved_by(7.5f, 11.25f), moved_by(-2.5f, -1.25f),
        moved_by(37.75f, 26.5f), Affinity{4.5f, 0, 5, 0, 2, 3.96875f},
        Affinity{6.5f, 0, -0.5f, 0, 6.5f, -0.5f}, Affinity{2, 0.5f, 3.03125f, 0, 3, 1},
        Affinity{3, 0, 2, 1.5f, 2, 4}, Affinity{-1.25f, 3.5f, 12, 2.75f, 1.5f, 1}}) {
    const std::vector<float> values = sample(warp, picture, to);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto column = static_cast<float>(warp.places()[i] % warp.width());
      const auto row = static_cast<float>(warp.places()[i] / warp.width());
      // In 1/32 px; the positions here are exact multiples.
      const auto x32 = static_cast<int>(to.x(column, row) * 32);
      const auto y32 = static_cast<int>(to.y(column, row) * 32);
      const int x = x32 >> 5, y = y32 >> 5;
      const double fx = (x32 & 31) / 32.0, fy = (y32 & 31) / 32.0;
      const double expected = tap(x, y) * (1 - fx) * (1 - fy) + tap(x + 1, y) * fx * (1 - fy) +
                              tap(x, y + 1) * (1 - fx) * fy + tap(x + 1, y + 1) * fx * fy;
      EXPECT_EQ(values[i], expected) << to.x0 << ", " << to.y0 << ", pixel " << i;
    }
  }
}

TEST(FaceWarp, RoundsToTheNearestStepAndHalvesToTheEvenOne) {
  const FaceWarp warp = read_warp({});
  Image ramp(40, 30, 1);  // 8 grey values per px: 1/4 per step
  for (int y = 0; y < 30; ++y)
    for (int x = 0; x < 31; ++x) ramp.row(y)[x] = static_cast<std::uint8_t>(8 * x);
  const auto first = [&](float x) { return sample(warp, ramp, moved_by(x, 2))[0] * 4; };
  EXPECT_EQ(first(4.0f + 0.49f / 32), first(4));
  EXPECT_EQ(first(4.0f + 0.51f / 32), first(4) + 1);
  EXPECT_EQ(first(4.0f + 0.5f / 32), first(4));
  EXPECT_EQ(first(4.0f + 1.5f / 32), first(4) + 2);
}

TEST(FaceWarp, IsBlackFarOutside) {
  const FaceWarp warp = read_warp({});
  const Image picture = random_picture(40, 30);
  for (const float far : {1e4f, 1e9f, 3e38f}) {
    EXPECT_THAT(sample(warp, picture, moved_by(far, 3)), Each(0)) << far;
    EXPECT_THAT(sample(warp, picture, moved_by(3, -far)), Each(0)) << far;
  }
  // Differences of such landmarks are infinite, their sums not even that.
  constexpr float kMost = std::numeric_limits<float>::max();
  sample(warp, picture, {kMost, -kMost, 0, kMost, kMost, 0});
  EXPECT_THAT(sample(warp, {nullptr, 0, 0, 1, 0}, moved_by(0, 0)), Each(0));
}

TEST(FaceWarp, RefusesWhatDoesNotFitTogether) {
  const auto refusal = [](const SyntheticWarp& made) -> std::string {
    try {
      read_warp(made);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::model);
      return error.what();
    }
    return "no error";
  };
  EXPECT_EQ(refusal({}), "no error");
  SyntheticWarp made;
  made.pixels += 1;
  EXPECT_THAT(refusal(made), HasSubstr("pixels in the mask"));
  made = {};
  made.pixels = -1;
  EXPECT_THAT(refusal(made), HasSubstr("number of pixels of the face"));
  made = {};
  made.min_x = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(refusal(made), HasSubstr("NaN"));
  made = {};
  made.shape.pop_back();
  EXPECT_THAT(refusal(made), HasSubstr("found 7 numbers"));
  for (const int corner : {-1, 4}) {
    made = {};
    made.triangles[4] = corner;
    EXPECT_THAT(refusal(made), HasSubstr("found " + std::to_string(corner)));
  }
  const std::size_t face = static_cast<std::size_t>(SyntheticWarp{}.mask[1] != 0 ? 1 : 2);
  for (const int triangle : {-1, 2}) {
    made = {};
    made.triangle_at[face] = triangle;
    EXPECT_THAT(refusal(made), HasSubstr("for every pixel of the face"));
  }
  made = {};
  made.second.resize(3);
  EXPECT_THAT(refusal(made), HasSubstr("second corners"));
  made = {};
  made.third.resize(9);
  EXPECT_THAT(refusal(made), HasSubstr("third corners"));
  made = {};
  made.height = 1;
  made.width = 42;
  EXPECT_EQ(refusal(made), "no error") << "the same numbers in another shape";
  made = {};
  made.height = 1;
  made.width = 1500;
  made.mask.assign(1500, 1);
  made.triangle_at.assign(1500, 0);
  made.pixels = 1500;
  EXPECT_THAT(refusal(made), HasSubstr("at most 1024 x 1024"));
}

}  // namespace
}  // namespace auriga
