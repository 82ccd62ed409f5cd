#include "viewer/drawn_video.hpp"

#include <string>

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"
#include "auriga/source.hpp"

#include "support/golden.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;
using ::testing::HasSubstr;

class DrawnVideoTest : public ::testing::Test {
 protected:
  // Of the demo (90 frames, 480 x 480 px); AU12 rises to 5, the face is lost in frame 60.
  fs::path table(int frames = 90) const {
    std::string text = "frame,face_id,timestamp,confidence,success,AU12_r,AU12_c,AU45_r";
    for (const char* stem : {"x_", "y_"})
      for (int i = 0; i < 68; ++i) text += fmt::format(",{}{}", stem, i);
    for (int frame = 1; frame <= frames; ++frame) {
      text += fmt::format("\n{},0,{:.3f},0.9,{},{:.2f},{},0", frame, (frame - 1) / 30.0,
                          frame != 60, frame / 18.0, frame > 45);
      for (int i = 0; i < 136; ++i) text += fmt::format(",{}", i < 68 ? 100 + i : 200 + (i - 68));
    }
    test::write_text(folder_.path() / "t.csv", text + "\n");
    return folder_.path() / "t.csv";
  }
  DrawnVideo draw(const DrawnVideoOptions& options = {}, int frames = 90) const {
    return draw_video(table(frames), demo_, {}, out(), options);
  }
  fs::path out() const { return folder_.path() / "out.mp4"; }

  // Pixels in which two frames of the drawn and the original video differ by far, within columns.
  static int differing(ImageView a, ImageView b, int from, int to) {
    int count = 0;
    for (int y = 0; y < a.height; ++y)
      for (int x = from; x < to; ++x) {
        int most = 0;
        for (int c = 0; c < 3; ++c)
          most = std::max(most, std::abs(a.row(y)[3 * x + c] - b.row(y)[3 * x + c]));
        count += most > 60;
      }
    return count;
  }
  // Of a frame of the drawn video, how many columns of the panel's bar of AU12 are filled.
  static int bar_length(ImageView image) {
    int longest = 0;
    for (int y = 0; y < image.height; ++y) {
      int length = 0;
      for (int x = 480; x < image.width; ++x) {
        const std::uint8_t* p = image.row(y) + 3 * x;
        const bool bar =
            (p[0] > 180 && p[2] < 170 && p[1] > 130) || (p[2] > 180 && p[0] < 130 && p[1] > 110);
        length = bar ? length + 1 : 0;
        longest = std::max(longest, length);
      }
    }
    return longest;
  }

  const TemporaryFolder folder_;
  const fs::path demo_ = test::repository() / "examples/demo.mp4";
};

TEST_F(DrawnVideoTest, DrawsTheNumbersOfTheTableAtTheTimesOfTheVideo) {
  const DrawnVideo drawn = draw();
  EXPECT_EQ(drawn.frames, 90);
  EXPECT_TRUE(drawn.warnings.empty());
  const auto ours = open_source(out()), theirs = open_source(demo_);
  EXPECT_EQ(ours->info().width, 480 + 190);
  EXPECT_EQ(ours->info().height, 480);
  Frame a, b;
  int before = -1;
  while (theirs->next(b)) {
    ASSERT_TRUE(ours->next(a));
    EXPECT_NEAR(a.timestamp_s, b.timestamp_s, 1e-4);
    const std::int64_t number = a.index + 1;
    const int lines = differing(a.bgr(), b.bgr(), 0, 480), bar = bar_length(a.bgr());
    if (number == 60) {
      EXPECT_LT(lines, 20);
      EXPECT_LT(bar, 8);
      continue;
    }
    EXPECT_GT(lines, 100) << number;
    // 92 px are 5.
    EXPECT_NEAR(bar, 92 * static_cast<double>(number) / 90, 4) << number;
    EXPECT_GE(bar, before - 2);
    before = bar;
  }
  EXPECT_FALSE(ours->next(a));
}

TEST_F(DrawnVideoTest, DrawsNoMoreThanIsAskedFor) {
  DrawnVideoOptions options;
  options.bars = options.landmarks = options.head = options.gaze = options.eyes = false;
  draw(options);
  const auto ours = open_source(out()), theirs = open_source(demo_);
  EXPECT_EQ(ours->info().width, 480);
  Frame a, b;
  ASSERT_TRUE(ours->next(a) && theirs->next(b));
  EXPECT_LT(differing(a.bgr(), b.bgr(), 0, 480), 20);
}

TEST_F(DrawnVideoTest, NamesOfFacesAreDrawn) {
  DrawnVideoOptions options;
  options.bars = options.landmarks = false;
  options.names[0] = "Anna";
  draw(options);
  const auto ours = open_source(out()), theirs = open_source(demo_);
  Frame a, b;
  ASSERT_TRUE(ours->next(a) && theirs->next(b));
  EXPECT_GT(differing(a.bgr(), b.bgr(), 0, 480), 30);
}

TEST_F(DrawnVideoTest, WhatDoesNotFitIsSaid) {
  EXPECT_THAT(draw({}, 95).warnings, testing::ElementsAre(HasSubstr("90 frames")));
  DrawnVideoOptions options;
  options.units = {"AU99"};
  EXPECT_THROW(draw(options), Error);
  EXPECT_THROW(draw_video(table(), folder_.path() / "none.mp4", {}, out(), {}), Error);
}

TEST_F(DrawnVideoTest, StoppedItLeavesNothing) {
  DrawnVideoOptions options;
  int calls = 0;
  options.stopped = [&] { return ++calls > 10; };
  EXPECT_THROW(draw(options), Error);
  EXPECT_FALSE(fs::exists(out()));
  int files = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder_.path())) ++files;
  EXPECT_EQ(files, 1);  // the table
}

}  // namespace
}  // namespace auriga
