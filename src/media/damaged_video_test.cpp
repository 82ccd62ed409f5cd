// Small videos with bytes changed and cut off in many places: whatever comes out, it comes to an
// end.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <ostream>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "media/fake_media.hpp"
#include "media/video_source.hpp"
#include "support/golden.hpp"

namespace auriga::test {
namespace {

namespace fs = std::filesystem;

struct Kind {
  const char* name;
  const char* codec;

  friend std::ostream& operator<<(std::ostream& out, const Kind& self) { return out << self.name; }
};

class DamagedVideo : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    AURIGA_NEEDS_FFMPEG();
    const std::string pattern = "-f lavfi -i testsrc2=size=48x32:rate=10:duration=0.8 ";
    ASSERT_TRUE(run_ffmpeg(folder_.path(), pattern + GetParam().codec + " " + GetParam().name));
    bytes_ = read_text(folder_.path() / GetParam().name);
  }

  // Reads a file to its end, whatever it holds.
  void survive(const std::string& bytes) {
    const fs::path file = folder_.path() / "damaged";
    write_text(file, bytes);
    try {
      const auto source = open_video(file, {.threads = 1 + static_cast<int>(opened_ % 2)});
      Frame frame;
      std::int64_t frames = 0;
      // Many more than eight: damage may make frames of nothing, but not without end.
      for (; frames < 1000 && source->next(frame); ++frames) frame.convert();
      EXPECT_LT(frames, 1000);
      EXPECT_EQ(source->status().frames, frames);
      ++opened_;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::input);
      ++refused_;
    }
  }

  TemporaryFolder folder_;
  std::string bytes_;
  int opened_ = 0, refused_ = 0;
};

TEST_P(DamagedVideo, ComesToAnEndWithChangedBytes) {
  std::mt19937 random(11);
  for (int i = 0; i < 120; ++i) {
    std::string damaged = bytes_;
    // The headers at the begin in turn, the index at the end, and anywhere.
    damaged[static_cast<std::size_t>(i) * 5 % damaged.size()] = static_cast<char>(random());
    damaged[damaged.size() - 1 - random() % std::min<std::size_t>(damaged.size(), 1000)] =
        static_cast<char>(random());
    for (unsigned k = random() % 6; k > 0; --k)
      damaged[random() % damaged.size()] = static_cast<char>(random());
    survive(damaged);
  }
  EXPECT_GT(opened_, 0);
}

TEST_P(DamagedVideo, ComesToAnEndWhereverItIsCut) {
  for (int i = 0; i < 60; ++i)
    survive(bytes_.substr(0, bytes_.size() * static_cast<std::size_t>(i) / 60));
  EXPECT_GT(refused_, 0);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, DamagedVideo,
    testing::Values(Kind{"a.avi", "-c:v mpeg4 -bf 1"}, Kind{"b.avi", "-c:v mjpeg"},
                    Kind{"a.mp4", "-c:v libx264 -pix_fmt yuv420p"},
                    Kind{"a.mkv", "-c:v libx264 -pix_fmt yuv420p"}, Kind{"a.wmv", "-c:v wmv2"},
                    Kind{"a.ts", "-c:v mpeg2video"}),
    [](const auto& test) { return std::string(1, test.param.name[0]) + (test.param.name + 2); });

}  // namespace
}  // namespace auriga::test
