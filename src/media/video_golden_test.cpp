// Whole videos against what the reference program saw in them.
#include <cctype>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "media/fake_media.hpp"
#include "media/read_ahead.hpp"
#include "media/video_source.hpp"
#include "support/golden.hpp"

namespace auriga::test {
namespace {

namespace fs = std::filesystem;

// Grey values of spec/primitives.md, section 4.
Image grey_of(ImageView bgr) {
  Image grey(bgr.width, bgr.height, 1);
  const std::uint8_t* p = bgr.data;
  for (std::size_t i = 0; i < grey.size_bytes(); ++i, p += 3)
    grey.data()[i] =
        static_cast<std::uint8_t>((3735 * p[0] + 19235 * p[1] + 9798 * p[2] + 16384) >> 15);
  return grey;
}

// The name of a video file as one of a test: no dots and dashes.
std::string test_name(std::string file) {
  for (char& c : file)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return file;
}

class GoldenFrames : public testing::TestWithParam<const char*> {};

TEST_P(GoldenFrames, EqualTheReferenceBitForBit) {
  const fs::path video = GetParam();
  const fs::path golden = "golden/stage_" + video.stem().string();
  AURIGA_NEEDS("videos" / video);
  AURIGA_NEEDS(golden / "frame_hash.csv");
  const Table table(test_data() / golden / "frame_hash.csv");
  ASSERT_EQ(table.rows(), 120u);
  const auto source = open_video(test_data() / "videos" / video);
  Frame frame;
  for (std::size_t i = 0; i < table.rows(); ++i) {
    ASSERT_TRUE(source->next(frame));
    EXPECT_EQ(frame.index, static_cast<std::int64_t>(i));
    ASSERT_EQ(frame.width(), table.number(i, "width"));
    ASSERT_EQ(frame.height(), table.number(i, "height"));
    EXPECT_EQ(fnv1a_hex(frame.bgr()), table.text(i, "fnv1a64_bgr")) << "frame " << i;
    EXPECT_EQ(fnv1a_hex(grey_of(frame.bgr())), table.text(i, "fnv1a64_gray")) << "frame " << i;
    if (i >= 30) continue;
    char name[16];
    std::snprintf(name, sizeof name, "%03zu.png", i);
    EXPECT_TRUE(same_pixels(frame.bgr(), read_png(test_data() / golden / "frames" / name)))
        << "frame " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Videos, GoldenFrames,
                         testing::Values("2015-10-15-15-14.avi", "video01.mp4"),
                         [](const auto& test) { return test_name(test.param); });

struct Length {
  const char* file;
  std::int64_t frames;
  double fps;
  // The reference computes frame / fps. ASF holds the times at which the camera gave the frames,
  // here up to 0.0133 s from that.
  double tolerance_s;

  friend std::ostream& operator<<(std::ostream& out, const Length& self) {
    return out << self.file;
  }
};

class GoldenLength : public testing::TestWithParam<Length> {};

TEST_P(GoldenLength, EveryFrameArrivesInTime) {
  const fs::path file = fs::path("videos") / GetParam().file;
  AURIGA_NEEDS(file);
  // Through the read-ahead, which may not lose or change anything either.
  const auto video = open_video(test_data() / file);
  ReadAhead source(*video);
  EXPECT_EQ(source.info().fps, GetParam().fps);
  EXPECT_NEAR(static_cast<double>(source.info().expected_frames),
              static_cast<double>(GetParam().frames), 1);
  Frame frame;
  std::int64_t frames = 0;
  double previous_s = 0;
  for (; source.next(frame); ++frames) {
    EXPECT_EQ(frame.index, frames);
    EXPECT_GE(frame.timestamp_s, previous_s);
    EXPECT_NEAR(frame.timestamp_s, static_cast<double>(frames) / GetParam().fps,
                GetParam().tolerance_s);
    previous_s = frame.timestamp_s;
  }
  EXPECT_EQ(frames, GetParam().frames);
  EXPECT_EQ(source.status().frames, frames);
  EXPECT_FALSE(source.status().partial) << source.status().message;
}

INSTANTIATE_TEST_SUITE_P(Videos, GoldenLength,
                         testing::Values(Length{"2015-10-15-15-14.avi", 842, 30, 1e-9},
                                         Length{"changeLighting.wmv", 88, 15, 0.02},
                                         Length{"multi_face.avi", 702, 30, 1e-9},
                                         Length{"video01.mp4", 300, 30, 1e-9}),
                         [](const auto& test) { return test_name(test.param.file); });

TEST(DemoVideo, IsComplete) {
  const auto source = open_video(repository() / "examples/demo.mp4");
  const std::int64_t expected = source->info().expected_frames;
  EXPECT_EQ(static_cast<std::int64_t>(read_all(*source).size()), expected);
  EXPECT_GT(expected, 0);
  EXPECT_FALSE(source->status().partial) << source->status().message;
}

}  // namespace
}  // namespace auriga::test
