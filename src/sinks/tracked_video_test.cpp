#include "sinks/tracked_video.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "media/video_source.hpp"
#include "support/golden.hpp"
#include "support/parameter_name.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;
using testing::HasSubstr;

// A smooth picture with a bright square that moves with `index`.
Image picture(int width, int height, int index) {
  Image image(width, height, 3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      std::uint8_t* p = image.row(y) + 3 * x;
      p[0] = static_cast<std::uint8_t>(40 + 100 * x / width);
      p[1] = static_cast<std::uint8_t>(60 + 100 * y / height);
      p[2] = 90;
      if (x / 8 == index && y / 8 == 2) p[0] = p[1] = p[2] = 230;
    }
  }
  return image;
}

double mean_difference(const Image& a, const Image& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size_bytes(); ++i) sum += std::abs(a.data()[i] - b.data()[i]);
  return sum / static_cast<double>(a.size_bytes());
}

void write_video(const fs::path& file, double fps, int width, int height, int frames) {
  TrackedVideo video(file, {.fps = fps, .width = width, .height = height});
  for (int i = 0; i < frames; ++i) video.add(picture(width, height, i), i / fps);
  video.complete();
  video.publish();
}

std::size_t files_in(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

struct Video {
  int width, height;
  double fps;
};
std::ostream& operator<<(std::ostream& out, const Video& video) {
  return out << video.width << " x " << video.height << ", " << video.fps << " frames/s";
}

class WrittenVideo : public testing::TestWithParam<Video> {};

TEST_P(WrittenVideo, CanBeReadAgain) {
  const auto [width, height, fps] = GetParam();
  constexpr int kFrames = 30;
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "out.avi";
  write_video(file, fps, width, height, kFrames);
  EXPECT_EQ(files_in(folder.path()), 1u);
  const auto source = open_video(file);
  EXPECT_EQ(source->info().width, width);
  EXPECT_EQ(source->info().height, height);
  EXPECT_NEAR(source->info().fps, fps, 1e-6);
  EXPECT_EQ(source->info().expected_frames, kFrames);
  EXPECT_THAT(source->info().description, HasSubstr("mpeg4"));
  Frame frame;
  int frames = 0;
  for (; source->next(frame); ++frames) {
    EXPECT_NEAR(frame.timestamp_s, frames / fps, 1e-6);
    // Edges of colour cost more in small pictures.
    EXPECT_LT(mean_difference(Image(frame.bgr()), picture(width, height, frames)), 4)
        << "frame " << frames;
    const ImageView bgr = frame.bgr();
    // Red in the middle of the square, and where it is in the next frame but one.
    const auto red = [&](int square) { return bgr.row(20)[3 * (8 * square + 4) + 2]; };
    if (8 * (frames + 3) < width) {
      EXPECT_GT(red(frames), 180) << "frame " << frames;
      EXPECT_LT(red(frames + 2), 120) << "frame " << frames;
    }
  }
  EXPECT_EQ(frames, kFrames);
  EXPECT_FALSE(source->status().partial) << source->status().message;
}

INSTANTIATE_TEST_SUITE_P(Sizes, WrittenVideo,
                         testing::Values(Video{320, 240, 30}, Video{160, 120, 30000.0 / 1001},
                                         Video{127, 65, 25}, Video{64, 33, 15}, Video{63, 64, 10},
                                         Video{1280, 720, 12.5}),
                         [](const auto& tested) {
                           return std::to_string(tested.param.width) + "x" +
                                  std::to_string(tested.param.height);
                         });

TEST(TrackedVideo, IsAnAviWithTheFourccOfTheReference) {
  const TemporaryFolder folder;
  write_video(folder.path() / "out.avi", 30, 64, 48, 3);
  const std::string bytes = test::read_text(folder.path() / "out.avi");
  EXPECT_EQ(bytes.substr(0, 4), "RIFF");
  EXPECT_EQ(bytes.substr(8, 4), "AVI ");
  EXPECT_THAT(bytes.substr(0, 1024), HasSubstr("DIVX"));
}

// Whatever lies behind the pixels in memory.
TEST(TrackedVideo, EqualFramesGiveEqualBytes) {
  const TemporaryFolder folder;
  for (const int width : {96, 97}) {
    std::string first;
    for (const int behind : {0, 90, 255}) {
      const fs::path file = folder.path() / "out.avi";
      TrackedVideo video(file, {.width = width, .height = 71});
      for (int i = 0; i < 10; ++i) {
        const Image frame = picture(width, 71, i);
        const std::ptrdiff_t stride = 3 * width + 6;
        std::vector<std::uint8_t> memory(static_cast<std::size_t>(71 * stride));
        for (std::size_t byte = 0; byte < memory.size(); ++byte)
          memory[byte] = byte % 3 == 0 ? static_cast<std::uint8_t>(behind) : 128;
        for (int y = 0; y < 71; ++y)
          std::copy_n(frame.row(y), 3 * width, memory.data() + stride * y);
        video.add({memory.data(), width, 71, 3, stride}, i / 30.0);
      }
      video.complete();
      video.publish();
      if (first.empty()) first = test::read_text(file);
      EXPECT_TRUE(test::read_text(file) == first) << width << " px wide, " << behind;
    }
  }
}

TEST(TrackedVideo, TakesPartsOfPicturesAndStretchesOtherSizes) {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "out.avi";
  const Image whole = picture(128, 96, 3);
  {
    TrackedVideo video(file, {.width = 128, .height = 96});
    video.add(whole, 0);
    video.add(picture(256, 192, 30), 0);  // without its square
    Image wide(200, 96, 3);
    std::fill_n(wide.data(), wide.size_bytes(), std::uint8_t{255});
    for (int y = 0; y < 96; ++y) std::copy_n(whole.row(y), whole.stride(), wide.row(y) + 3 * 50);
    video.add({wide.data() + 3 * 50, 128, 96, 3, wide.stride()}, 0);
    video.complete();
    video.publish();
  }
  const auto source = open_video(file);
  Frame frame;
  ASSERT_TRUE(source->next(frame));
  EXPECT_LT(mean_difference(Image(frame.bgr()), whole), 3);
  ASSERT_TRUE(source->next(frame));
  EXPECT_EQ(frame.width(), 128);
  EXPECT_LT(mean_difference(Image(frame.bgr()), picture(128, 96, 30)), 4);
  ASSERT_TRUE(source->next(frame));
  EXPECT_LT(mean_difference(Image(frame.bgr()), whole), 3);
  EXPECT_FALSE(source->next(frame));
}

TEST(TrackedVideo, TakesThirtyForAnUnknownRate) {
  const TemporaryFolder folder;
  for (const double fps : {0.0, -5.0, 1e-9, 1e9, std::numeric_limits<double>::quiet_NaN(),
                           std::numeric_limits<double>::infinity()}) {
    write_video(folder.path() / "out.avi", fps, 64, 48, 3);
    EXPECT_NEAR(open_video(folder.path() / "out.avi")->info().fps, 30, 1e-9) << fps;
  }
}

TEST(TrackedVideo, LeavesNothingBehindUnlessFinished) {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "out.avi";
  {
    TrackedVideo video(folder.path() / "out.mp4", {.width = 64, .height = 48});
    for (int i = 0; i < 5; ++i) video.add(picture(64, 48, i), i / 30.0);
    EXPECT_EQ(files_in(folder.path()), 1u);
  }
  EXPECT_EQ(files_in(folder.path()), 0u);
  {
    TrackedVideo video(file, {.width = 64, .height = 48});
    for (int i = 0; i < 5; ++i) video.add(picture(64, 48, i), i / 30.0);
    EXPECT_FALSE(fs::exists(file));
    EXPECT_EQ(files_in(folder.path()), 1u);
  }
  EXPECT_EQ(files_in(folder.path()), 0u);
  test::write_text(file, "older");
  { TrackedVideo video(file, {.width = 64, .height = 48}); }
  EXPECT_EQ(test::read_text(file), "older");
  write_video(file, 30, 64, 48, 2);
  EXPECT_EQ(test::read_text(file).substr(0, 4), "RIFF");
  EXPECT_EQ(open_video(file)->info().expected_frames, 2);
  EXPECT_EQ(files_in(folder.path()), 1u);
}

std::string refusal(const fs::path& file, int width, int height) {
  try {
    write_video(file, 30, width, height, 2);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::output);
    EXPECT_THAT(error.what(), HasSubstr(file.string()));
    return error.what();
  }
  return "no error";
}

TEST(TrackedVideo, RefusesPlacesAndSizesThatCannotBe) {
  const TemporaryFolder folder;
  EXPECT_THAT(refusal(folder.path() / "absent/out.avi", 64, 48), HasSubstr("No such file"));
  EXPECT_THAT(refusal(folder.path(), 64, 48), HasSubstr("directory"));
  EXPECT_THAT(refusal("/dev/null", 64, 48), HasSubstr("device"));
  test::write_text(folder.path() / "file", "x");
  EXPECT_THAT(refusal(folder.path() / "file/out.avi", 64, 48), HasSubstr("Not a directory"));
  for (const int bad : {0, -1, 8192, 1 << 30}) {
    EXPECT_THAT(refusal(folder.path() / "out.avi", bad, 48), HasSubstr("1 to 8191"));
    EXPECT_THAT(refusal(folder.path() / "out.avi", 64, bad), HasSubstr("1 to 8191"));
  }
  EXPECT_EQ(files_in(folder.path()), 1u);
}

// A picture full of detail, which an encoder with a fixed bit rate would smear.
TEST(TrackedVideo, KeepsDetail) {
  const TemporaryFolder folder;
  Image detail(640, 480, 3);
  for (int y = 0; y < 480; ++y)
    for (int x = 0; x < 640; ++x)
      std::fill_n(detail.row(y) + 3 * x, 3,
                  static_cast<std::uint8_t>((x / 2 + y / 2) % 2 * 90 + 80));
  {
    TrackedVideo video(folder.path() / "out.avi", {.width = 640, .height = 480});
    for (int i = 0; i < 5; ++i) video.add(detail, i / 30.0);
    video.complete();
    video.publish();
  }
  const auto source = open_video(folder.path() / "out.avi");
  for (Frame frame; source->next(frame);) EXPECT_LT(mean_difference(Image(frame.bgr()), detail), 3);
}

TEST(TrackedVideo, WritesVerySmallFrames) {
  const TemporaryFolder folder;
  for (const int size : {1, 2, 3, 17}) {
    write_video(folder.path() / "out.avi", 30, size, size, 3);
    const auto source = open_video(folder.path() / "out.avi");
    EXPECT_EQ(source->info().width, size);
    EXPECT_EQ(source->info().height, size);
  }
}

// What a browser needs: H.264 in 4:2:0 with even sides and the index in front. A picture of odd
// size is whole.
TEST(TrackedVideo, OfMp4CanBeReadAgain) {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "out.mp4";
  for (const auto& [width, height] : {std::pair(320, 240), std::pair(321, 241), std::pair(1, 3)}) {
    {
      TrackedVideo video(file, {.fps = 25, .width = width, .height = height});
      for (int i = 0; i < 40; ++i) video.add(picture(width, height, i % 30), i / 25.0);
      EXPECT_THAT(video.complete().warnings, testing::IsEmpty());
      video.publish();
    }
    EXPECT_EQ(files_in(folder.path()), 1u);
    const std::string bytes = test::read_text(file);
    EXPECT_EQ(bytes.substr(4, 4), "ftyp");
    EXPECT_LT(bytes.find("moov"), bytes.find("mdat"));
    const auto source = open_video(file);
    EXPECT_EQ(source->info().width, (width + 1) / 2 * 2);
    EXPECT_EQ(source->info().height, (height + 1) / 2 * 2);
    EXPECT_THAT(source->info().description, HasSubstr("h264"));
    int frames = 0;
    for (Frame frame; source->next(frame); ++frames) {
      EXPECT_EQ(frame.format(), PixelFormat::yuv420p);
      EXPECT_NEAR(frame.timestamp_s, frames / 25.0, 1.0 / 90000);
      const ImageView part{frame.bgr().data, width, height, 3, frame.bgr().stride};
      if (width > 1) {
        EXPECT_LT(mean_difference(Image(part), picture(width, height, frames % 30)), 4) << frames;
      }
    }
    EXPECT_EQ(frames, 40);
  }
}

// Without times of their own, as pictures of a folder are, frames come at the nominal rate; where
// two have one time the later one comes a tick after.
TEST(TrackedVideo, OfMp4GivesEveryFrameATime) {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "out.mp4";
  const auto times = [&](const std::vector<double>& given) {
    TrackedVideo video(file, {.fps = 10, .width = 64, .height = 48});
    for (const double time_s : given) video.add(picture(64, 48, 1), time_s);
    video.complete();
    video.publish();
    std::vector<double> found;
    const auto source = open_video(file);
    for (Frame frame; source->next(frame);) found.push_back(frame.timestamp_s);
    return found;
  };
  using testing::DoubleNear;
  using testing::ElementsAre;
  constexpr double kTick = 1.0 / 90000;
  EXPECT_THAT(times({0, 0, 0}), ElementsAre(0, DoubleNear(0.1, kTick), DoubleNear(0.2, kTick)));
  EXPECT_THAT(times({0, 0.5, 0.5, 0.7}),
              ElementsAre(0, DoubleNear(0.5, kTick / 2), DoubleNear(0.5 + kTick, kTick / 2),
                          DoubleNear(0.7, kTick)));
}

// A frame that is wider or higher than the first gets black bars, not another shape.
TEST(TrackedVideo, KeepsOneSizeAndTheProportionsOfFrames) {
  const TemporaryFolder folder;
  for (const char* name : {"out.mp4", "out.avi"}) {
    const fs::path file = folder.path() / name;
    const auto white = [](int width, int height) {
      Image image(width, height, 3);
      std::fill_n(image.data(), image.size_bytes(), std::uint8_t{235});
      return image;
    };
    {
      TrackedVideo video(file, {.width = 96, .height = 64});
      video.add(white(96, 64), 0);
      video.add(white(64, 64), 0.1);    // 16 px of black left and right
      video.add(white(384, 128), 0.2);  // 16 px above and below
      video.add(white(97, 65), 0.3);
      video.add(white(3, 640), 0.4);  // no narrower than two
      video.add(white(96, 64), 0.5);
      video.complete();
      video.publish();
    }
    const auto source = open_video(file);
    const std::vector<std::vector<std::pair<int, int>>> black = {
        {}, {{4, 32}, {91, 32}}, {{48, 4}, {48, 59}}, {}, {{4, 32}, {91, 32}}, {}};
    std::size_t frames = 0;
    for (Frame frame; source->next(frame); ++frames) {
      ASSERT_EQ(frame.width(), 96);
      ASSERT_EQ(frame.height(), 64);
      ASSERT_LT(frames, black.size());
      const ImageView bgr = frame.bgr();
      const auto brightness = [&](int x, int y) { return static_cast<int>(bgr.row(y)[3 * x + 1]); };
      for (const auto& [x, y] : black[frames]) EXPECT_LT(brightness(x, y), 40) << name << frames;
      if (frames != 4) {
        EXPECT_GT(brightness(48, 32), 200) << name << frames;
      }
      if (!black[frames].empty()) continue;
      for (const auto& [x, y] : {std::pair(1, 32), std::pair(94, 32), std::pair(48, 1)})
        EXPECT_GT(brightness(x, y), 200) << name << frames;
    }
    EXPECT_EQ(frames, 6u);
  }
}

// Where libavcodec has no encoder for H.264.
TEST(TrackedVideo, OfMp4FallsBackToMpeg4) {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "out.mp4";
  const std::vector<PictureCodec> codecs = {{"no such encoder", true}, {"mpeg4", true}};
  TrackedVideo video(file, {.fps = 25, .width = 63, .height = 48, .codecs = codecs});
  for (int i = 0; i < 5; ++i) video.add(picture(63, 48, i), i * 0.123);
  EXPECT_THAT(video.complete().warnings, testing::ElementsAre(HasSubstr("no encoder for H.264")));
  video.publish();
  const auto source = open_video(file);
  EXPECT_THAT(source->info().description, HasSubstr("mpeg4 in mov"));
  int frames = 0;
  for (Frame frame; source->next(frame); ++frames)
    EXPECT_NEAR(frame.timestamp_s, frames * 0.123, 1.0 / 90000);
  EXPECT_EQ(frames, 5);
  const std::vector<PictureCodec> none = {{"no such encoder", true}};
  EXPECT_THROW(TrackedVideo(file, {.width = 64, .height = 48, .codecs = none}), Error);
  EXPECT_EQ(files_in(folder.path()), 1u);
}

}  // namespace
}  // namespace auriga
