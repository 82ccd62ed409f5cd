#include "drawing/blink_picture.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "auriga/error.hpp"

namespace auriga {
namespace {

Blinks blinks(double seconds) {
  Blinks all;
  all.fps = 10;
  for (int i = 0; i < static_cast<int>(10 * seconds); ++i) {
    all.times.push_back(i / 10.0);
    all.left.openness.push_back(0.3);
    all.right.openness.push_back(i % 2 == 0 ? 0.3 : NAN);
  }
  Blink blink;
  blink.left = EyeBlink{.start_s = 1, .apex_s = 1.1, .end_s = 1.2, .complete = true};
  all.blinks.push_back(blink);
  return all;
}

TEST(BlinkPicture, HasALineEvery30SecondsAndAMarkPerBlink) {
  const Image one = blink_picture(blinks(29), "a"), two = blink_picture(blinks(31), "a");
  EXPECT_EQ(one.width(), 1000);
  EXPECT_EQ(two.height() - one.height(), 110);
  EXPECT_EQ(blink_picture(blinks(3600), "a").height(), 44 + 40 * 110 + 16);
  const int x = 70 + static_cast<int>(1.1 / 30 * (1000 - 16 - 70));
  const std::uint8_t* mark = one.row(44 + 76 + 5 + 3) + 3 * x;
  EXPECT_EQ(mark[0], 180) << "the left eye's colour";
}

TEST(BlinkPicture, WithoutEyesThereIsNone) {
  Blinks none = blinks(3);
  for (EyeTrack* eye : {&none.left, &none.right})
    for (double& value : eye->openness) value = NAN;
  EXPECT_THROW(blink_picture(none, "a"), Error);
}

}  // namespace
}  // namespace auriga
