#include "media/orientation.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "media/fake_media.hpp"

namespace auriga::test {
namespace {

// Where a stored pixel (u, v) of a w x h picture is shown, in the words of the EXIF standard: which
// side of the shown picture the stored row 0 and the stored column 0 are.
std::pair<int, int> shown_at(int tag, int u, int v, int w, int h) {
  switch (tag) {
    case 1:
      return {u, v};  // top, left
    case 2:
      return {w - 1 - u, v};  // top, right
    case 3:
      return {w - 1 - u, h - 1 - v};  // bottom, right
    case 4:
      return {u, h - 1 - v};  // bottom, left
    case 5:
      return {v, u};  // left, top
    case 6:
      return {h - 1 - v, u};  // right, top
    case 7:
      return {h - 1 - v, w - 1 - u};  // right, bottom
    default:
      return {v, w - 1 - u};  // left, bottom
  }
}

TEST(Orientation, MovesEveryPixelAsExifSays) {
  for (const int channels : {1, 3}) {
    for (const auto& [w, h] :
         std::vector<std::pair<int, int>>{{1, 1}, {1, 13}, {13, 1}, {3, 5}, {63, 65}, {130, 67}}) {
      const Image stored = gradient(w, h, channels);
      for (int tag = 1; tag <= 8; ++tag) {
        Image shown;
        orient(stored, orientation_of_exif(tag), shown);
        ASSERT_EQ(shown.width(), tag >= 5 ? h : w);
        ASSERT_EQ(shown.height(), tag >= 5 ? w : h);
        int wrong = 0;
        for (int v = 0; v < h; ++v)
          for (int u = 0; u < w; ++u) {
            const auto [x, y] = shown_at(tag, u, v, w, h);
            wrong += std::memcmp(shown.row(y) + x * channels, stored.row(v) + u * channels,
                                 static_cast<std::size_t>(channels)) != 0;
          }
        EXPECT_EQ(wrong, 0) << "tag " << tag << ", " << w << " x " << h << " x " << channels;
      }
    }
  }
}

TEST(Orientation, LeavesOutTheGapBetweenRows) {
  const Image wide = gradient(20, 6);
  const ImageView part{wide.data(), 15, 6, 3, wide.stride()};
  Image packed;
  orient(part, {}, packed);
  for (int y = 0; y < 6; ++y) EXPECT_EQ(std::memcmp(packed.row(y), wide.row(y), 45), 0);
  Image turned;
  orient(part, orientation_of_exif(3), turned);
  EXPECT_EQ(std::memcmp(turned.row(0), wide.row(5) + 14 * 3, 3), 0);
}

TEST(Orientation, TurnsRowByRowAsAtOnce) {
  const Image stored = gradient(37, 100);
  for (int tag = 1; tag <= 8; ++tag) {
    const Orientation orientation = orientation_of_exif(tag);
    Image expected, shown;
    orient(stored, orientation, expected);
    shown.resize(expected.width(), expected.height(), 3);
    for (int first = 0; first < stored.height(); first += 30) {
      const int rows = std::min(30, stored.height() - first);
      orient_rows({stored.row(first), 37, rows, 3, stored.stride()}, first, stored.height(),
                  orientation, shown);
    }
    EXPECT_TRUE(same_pixels(shown, expected)) << tag;
  }
}

TEST(Orientation, IsUprightForUnknownTags) {
  EXPECT_TRUE(orientation_of_exif(0).upright());
  EXPECT_TRUE(orientation_of_exif(9).upright());
  EXPECT_TRUE(orientation_of_exif(1).upright());
  EXPECT_FALSE(orientation_of_exif(5).upright());
}

TEST(Orientation, OfAMatrixMovesPointsAsTheMatrixDoes) {
  constexpr int kOne = 1 << 16;
  for (const int a : {0, 1}) {  // axes kept or exchanged
    for (const int sx : {-1, 1}) {
      for (const int sy : {-1, 1}) {
        std::array<std::int32_t, 9> matrix{};
        if (a == 0)
          matrix = {sx * kOne, 0, 0, 0, sy * kOne, 0, 0, 0, 1 << 30};
        else
          matrix = {0, sx * kOne, 0, sy * kOne, 0, 0, 0, 0, 1 << 30};
        // A unit step along a stored axis, moved by the matrix, and the same step in an oriented
        // picture.
        const Image stored = gradient(5, 4);
        Image shown;
        orient(stored, orientation_of_matrix(matrix), shown);
        const int w = shown.width(), h = shown.height();
        int x =
            static_cast<int>((std::int64_t{1} * matrix[0] + std::int64_t{2} * matrix[3]) / kOne);
        int y =
            static_cast<int>((std::int64_t{1} * matrix[1] + std::int64_t{2} * matrix[4]) / kOne);
        if (x < 0) x += w - 1;  // the shift that brings the picture back into view
        if (y < 0) y += h - 1;
        EXPECT_EQ(std::memcmp(shown.row(y) + x * 3, stored.row(2) + 1 * 3, 3), 0) << a << sx << sy;
      }
    }
  }
}

TEST(Orientation, OfAMatrixToleratesAnyValues) {
  constexpr std::int32_t kMin = INT32_MIN;
  EXPECT_TRUE(orientation_of_matrix(std::array<std::int32_t, 9>{}).upright());
  EXPECT_EQ(orientation_of_matrix(std::array<std::int32_t, 9>{kMin, 0, 0, 0, kMin, 0, 0, 0, 0}),
            orientation_of_exif(3));
  // 80 degrees are taken for 90.
  EXPECT_EQ(orientation_of_matrix(
                std::array<std::int32_t, 9>{11380, 64540, 0, -64540, 11380, 0, 0, 0, 0}),
            orientation_of_exif(6));
}

}  // namespace
}  // namespace auriga::test
