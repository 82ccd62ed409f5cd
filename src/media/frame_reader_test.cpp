// Frames of a video in any order are those that it gives in its own.
#include "media/frame_reader.hpp"

#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "media/fake_media.hpp"
#include "support/golden.hpp"

namespace auriga::test {
namespace {

namespace fs = std::filesystem;

TEST(FrameReader, GivesFramesInAnyOrder) {
  AURIGA_NEEDS_FFMPEG();
  TemporaryFolder folder;
  ASSERT_TRUE(run_ffmpeg(folder.path(),
                         "-f lavfi -i testsrc2=size=64x48:rate=10:duration=2 -c:v libx264 a.mp4"));
  const fs::path file = folder.path() / "a.mp4";
  const std::vector<FrameCopy> frames = read_all(*open_source(file, {}));
  FrameReader reader(file);
  for (const std::size_t i : {7u, 3u, 19u, 0u, 4u}) {
    const auto frame = reader.frame(static_cast<std::int64_t>(i));
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->timestamp_s, frames[i].timestamp_s);
    EXPECT_TRUE(same_pixels(*frame->bgr, frames[i].image));
  }
  EXPECT_FALSE(reader.frame(20));
}

}  // namespace
}  // namespace auriga::test
