#include "base/yuv.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace auriga {
namespace {

// As libswscale's fast path, one pixel.
std::array<int, 3> plain_bgr(int y, int u, int v, bool full) {
  const int black = full ? 0 : 128;
  const auto upper = [](int a, int b) { return a * b >> 16; };
  const int luma = upper(8 * y - black, full ? 8192 : 9539);
  const int us = 8 * u - 1024, vs = 8 * v - 1024;
  const int b = luma + upper(us, full ? 14516 : 16525);
  const int g = luma + upper(us, full ? -2819 : -3209) + upper(vs, full ? -5850 : -6660);
  const int r = luma + upper(vs, full ? 11485 : 13075);
  return {std::clamp(b, 0, 255), std::clamp(g, 0, 255), std::clamp(r, 0, 255)};
}

TEST(YuvToBgr, FollowsTheFormulaForEveryColour) {
  constexpr int kWidth = 512, kHeight = 128;  // 256 blocks of other U, 64 of other Y
  std::vector<std::uint8_t> y(kWidth * kHeight), u(kWidth * kHeight / 4), v(u.size());
  Image bgr(kWidth, kHeight, 3);
  for (int row = 0; row < kHeight; ++row)
    for (int x = 0; x < kWidth; ++x)
      y[row * kWidth + x] = static_cast<std::uint8_t>(row / 2 * 4 + row % 2 * 2 + x % 2);
  for (std::size_t i = 0; i < u.size(); ++i) u[i] = static_cast<std::uint8_t>(i);
  for (const bool full : {false, true}) {
    for (int colour = 0; colour < 256; ++colour) {
      std::fill(v.begin(), v.end(), static_cast<std::uint8_t>(colour));
      const YuvPicture picture{y.data(),   u.data(),   v.data(), kWidth,
                               kWidth / 2, kWidth / 2, true,     full};
      yuv_to_bgr(picture, {0, 0, kWidth, kHeight}, bgr.data(), bgr.stride());
      for (int row = 0; row < kHeight; ++row)
        for (int x = 0; x < kWidth; ++x) {
          const auto expected = plain_bgr(y[row * kWidth + x], x / 2, colour, full);
          const std::uint8_t* found = bgr.row(row) + 3 * x;
          ASSERT_TRUE(found[0] == expected[0] && found[1] == expected[1] && found[2] == expected[2])
              << row << ", " << x << ", " << colour << ", " << full;
        }
    }
  }
}

TEST(YuvToBgr, TakesEveryPartAndWritesNothingElse) {
  std::mt19937 random(1);
  constexpr int kWidth = 75, kHeight = 9, kStride = 80;
  const auto noise = [&](std::size_t n) {
    std::vector<std::uint8_t> bytes(n);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random() >> 24);
    return bytes;
  };
  const auto y = noise(kStride * kHeight), u = noise(40 * kHeight), v = noise(41 * kHeight);
  for (const bool half_rows : {true, false}) {
    const YuvPicture picture{y.data(), u.data(), v.data(), kStride, 40, 41, half_rows, false};
    for (int left = 0; left < 5; ++left)
      for (int width = 0; left + width <= kWidth; ++width) {
        const int top = (left + width) % 3, height = kHeight - top - 1;
        constexpr std::uint8_t kNothing = 0x5a;
        std::vector<std::uint8_t> bgr(static_cast<std::size_t>(3 * kWidth * height + 7), kNothing);
        yuv_to_bgr(picture, {left, top, width, height}, bgr.data() + 7, 3 * kWidth);
        for (int row = 0; row < height; ++row)
          for (int x = 0; x < kWidth; ++x) {
            const std::uint8_t* found = bgr.data() + 7 + 3 * (row * kWidth + x);
            std::array<int, 3> expected{kNothing, kNothing, kNothing};
            const int line = top + row, chroma = half_rows ? line / 2 : line;
            if (x < width)
              expected = plain_bgr(y[line * kStride + left + x], u[chroma * 40 + (left + x) / 2],
                                   v[chroma * 41 + (left + x) / 2], false);
            for (int k = 0; k < 3; ++k)
              ASSERT_EQ(found[k], expected[k]) << left << ", " << width << ": " << row << ", " << x;
          }
        EXPECT_TRUE(std::all_of(bgr.begin(), bgr.begin() + 7,
                                [](std::uint8_t byte) { return byte == kNothing; }));
      }
  }
}

}  // namespace
}  // namespace auriga
