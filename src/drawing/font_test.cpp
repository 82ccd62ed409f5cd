#include "drawing/font.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace auriga {
namespace {

constexpr Colour kInk{10, 200, 100};

Image black(int width, int height) {
  Image image(width, height, 3);
  std::fill_n(image.data(), image.size_bytes(), std::uint8_t{0});
  return image;
}

bool inked(const Image& image, int x, int y) {
  const std::uint8_t* p = image.row(y) + 3 * x;
  return p[0] != 0 || p[1] != 0 || p[2] != 0;
}

bool untouched(const Image& image) {
  return std::all_of(image.data(), image.data() + image.size_bytes(),
                     [](std::uint8_t v) { return v == 0; });
}

TEST(Glyph, EveryPrintableCharacterHasItsOwn) {
  std::set<Glyph> all;
  for (char c = ' '; c <= '~'; ++c) {
    EXPECT_TRUE(all.insert(glyph(c)).second) << c << " looks like another one";
    for (const std::uint8_t row : glyph(c)) EXPECT_LT(row, 32) << c;
    EXPECT_EQ(glyph(c) == Glyph{}, c == ' ') << c;
  }
  for (const char other : {'\0', '\n', '\x7f', '\x80', '\xff'}) EXPECT_EQ(glyph(other), glyph('?'));
}

TEST(Glyph, CapitalsAndDigitsStandOnTheLineAndAreAsHighAsSaid) {
  for (const std::string characters : {"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"})
    for (const char c : characters) {
      EXPECT_NE(glyph(c)[0], 0) << c;
      EXPECT_NE(glyph(c)[kCapitalDots - 1], 0) << c;
      EXPECT_EQ(glyph(c)[kCapitalDots], 0) << c;
    }
}

TEST(TextWidth, IsThatOfTheCharactersAndTheDotsBetween) {
  EXPECT_EQ(text_width("", 2), 0);
  EXPECT_EQ(text_width("M", 2), 10);
  EXPECT_EQ(text_width("MM", 2), 22);
  EXPECT_LT(text_width("i", 2), text_width("m", 2));
  EXPECT_EQ(text_width("1111", 1.5f), text_width("8088", 1.5f)) << "digits stand below each other";
  EXPECT_GT(text_width("M M", 2), text_width("MM", 2));
}

// At 8 px from dot to dot the middle of a lit dot has the colour and that of a dark one has
// nothing: strokes, also those across corners, pass it by at 0.7 dots or more.
TEST(DrawText, ShowsTheDotsOfTheGlyph) {
  constexpr int kDot = 8, kLeft = 5, kTop = 3;
  for (char c = '!'; c <= '~'; ++c) {
    Image image = black(60, 90);
    draw_text(image, kLeft, kTop, std::string(1, c), kDot, kInk);
    unsigned columns = 0;
    for (const std::uint8_t row : glyph(c)) columns |= row;
    int first = 0;
    if (c < '0' || c > '9')  // digits keep their cell
      while ((columns >> (4 - first) & 1) == 0) ++first;
    for (int row = 0; row < kGlyphDots; ++row) {
      for (int column = first; column < 5; ++column) {
        const int x = kLeft + (column - first) * kDot + kDot / 2, y = kTop + row * kDot + kDot / 2;
        const bool lit = (glyph(c)[static_cast<std::size_t>(row)] >> (4 - column) & 1) != 0;
        ASSERT_EQ(inked(image, x, y), lit) << c << " row " << row << " column " << column;
        if (lit) {
          ASSERT_EQ(image.row(y)[3 * x + 1], kInk.g) << c;
        }
      }
    }
  }
}

TEST(DrawText, StaysWithinItsWidthAndHeight) {
  const std::string text = "AU12 (gjpq_|)";
  for (const float dot : {1.0f, 1.5f, 2.0f, 5.0f}) {
    Image image = black(500, 80);
    draw_text(image, 10, 20, text, dot, kInk);
    int left = image.width(), right = 0, top = image.height(), bottom = 0;
    for (int y = 0; y < image.height(); ++y)
      for (int x = 0; x < image.width(); ++x)
        if (inked(image, x, y)) {
          left = std::min(left, x);
          right = std::max(right, x + 1);
          top = std::min(top, y);
          bottom = std::max(bottom, y + 1);
        }
    // Smooth edges reach up to a pixel out.
    EXPECT_NEAR(left, 10, 1);
    EXPECT_NEAR(static_cast<float>(right), 10 + text_width(text, dot), 1);
    EXPECT_NEAR(top, 20, 1);
    EXPECT_NEAR(static_cast<float>(bottom), 20 + kGlyphDots * dot, 1);
  }
}

TEST(DrawText, WhatLiesOutsideIsNotDrawn) {
  Image whole = black(120, 40), part = black(60, 20);
  draw_text(whole, 25, 10, "AU45", 3, kInk);
  draw_text(part, -5, -5, "AU45", 3, kInk);
  for (int y = 0; y < part.height(); ++y)
    for (int x = 0; x < 3 * part.width(); ++x)
      ASSERT_EQ(part.row(y)[x], whole.row(y + 15)[x + 90]) << x << ", " << y;

  constexpr float kNan = std::numeric_limits<float>::quiet_NaN(),
                  kInfinity = std::numeric_limits<float>::infinity();
  Image image = black(20, 20);
  for (const float bad : {kNan, kInfinity, -kInfinity, 1e30f, -1e30f}) {
    draw_text(image, bad, 5, "AU", 2, kInk);
    draw_text(image, 5, bad, "AU", 2, kInk);
  }
  for (const float bad : {kNan, 0.0f, -1.0f, kInfinity}) draw_text(image, 5, 5, "AU", bad, kInk);
  EXPECT_TRUE(untouched(image));
  Image none(0, 0, 3);
  draw_text(none, 0, 0, "AU", 2, kInk);
}

}  // namespace
}  // namespace auriga
