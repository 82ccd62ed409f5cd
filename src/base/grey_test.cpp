#include "base/grey.hpp"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

namespace auriga {
namespace {

int plain_grey(const std::uint8_t* bgr) {
  return (3735 * bgr[0] + 19235 * bgr[1] + 9798 * bgr[2] + 16384) >> 15;
}

TEST(ToGrey, FollowsTheFormulaForEveryColour) {
  Image colours(256, 256, 3), grey;
  for (int red = 0; red < 256; ++red) {
    for (int y = 0; y < 256; ++y) {
      for (int x = 0; x < 256; ++x) {
        colours.row(y)[3 * x] = static_cast<std::uint8_t>(y);
        colours.row(y)[3 * x + 1] = static_cast<std::uint8_t>(x);
        colours.row(y)[3 * x + 2] = static_cast<std::uint8_t>(red);
      }
    }
    to_grey(colours, grey);
    for (int y = 0; y < 256; ++y)
      for (int x = 0; x < 256; ++x)
        ASSERT_EQ(grey.row(y)[x], plain_grey(colours.row(y) + 3 * x))
            << y << ", " << x << ", " << red;
  }
}

TEST(ToGrey, TakesEveryWidthAndPartsOfPictures) {
  std::mt19937 random(1);
  Image picture(140, 5, 3), grey;
  for (std::size_t i = 0; i < picture.size_bytes(); ++i)
    picture.data()[i] = static_cast<std::uint8_t>(random() >> 24);
  for (int width = 0; width <= 131; ++width) {
    for (const int left : {0, 1, 9}) {
      const ImageView part{picture.row(1) + 3 * left, width, 3, 3, picture.stride()};
      to_grey(part, grey);
      ASSERT_EQ(grey.width(), width);
      ASSERT_EQ(grey.height(), 3);
      ASSERT_EQ(grey.channels(), 1);
      for (int y = 0; y < 3; ++y)
        for (int x = 0; x < width; ++x)
          ASSERT_EQ(grey.row(y)[x], plain_grey(part.row(y) + 3 * x))
              << "width " << width << " from " << left << ": " << x << ", " << y;
    }
  }
}

TEST(ToGrey, CopiesGrey) {
  Image picture(40, 6, 1), grey;
  for (std::size_t i = 0; i < picture.size_bytes(); ++i)
    picture.data()[i] = static_cast<std::uint8_t>(7 * i);
  const ImageView part{picture.row(2) + 3, 33, 4, 1, picture.stride()};
  to_grey(part, grey);
  ASSERT_EQ(grey.width(), 33);
  ASSERT_EQ(grey.height(), 4);
  for (int y = 0; y < 4; ++y) EXPECT_TRUE(std::equal(part.row(y), part.row(y) + 33, grey.row(y)));
}

TEST(ToGrey, KeepsItsBuffer) {
  const Image picture(64, 48, 3);
  Image grey;
  to_grey(picture, grey);
  const std::uint8_t* before = grey.data();
  to_grey(ImageView{picture.data(), 33, 20, 3, picture.stride()}, grey);
  to_grey(picture, grey);
  EXPECT_EQ(grey.data(), before);
}

}  // namespace
}  // namespace auriga
