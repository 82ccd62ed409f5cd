#include "source_ahead.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>

#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "support/golden.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;

const fs::path kVideo = test::repository() / "tests/corpus/video_end/small.avi";

std::int64_t frames_of(Source& source) {
  std::int64_t frames = 0;
  for (Frame frame; source.next(frame);) ++frames;
  return frames;
}

TEST(SourceAhead, GivesEachTakerASourceOfHisOwn) {
  const SourceOptions options;
  const std::int64_t all = frames_of(*open_source(kVideo, options));
  ASSERT_GT(all, 1);
  SourceAhead ahead(kVideo, options);
  const std::unique_ptr<Source> first = ahead.take(kVideo, options);
  const std::unique_ptr<Source> second = ahead.take(kVideo, options);
  ASSERT_NE(first, nullptr);
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(frames_of(*first), all);
  EXPECT_EQ(frames_of(*second), all);
}

TEST(SourceAhead, GivesNothingThatWasOpenedOtherwise) {
  const std::int64_t all = frames_of(*open_source(kVideo, {}));
  SourceAhead ahead(kVideo, {});
  SourceOptions some;
  some.every = all;  // the first
  EXPECT_EQ(frames_of(*ahead.take(kVideo, some)), 1);
  EXPECT_EQ(frames_of(*ahead.take(kVideo, {})), all);
}

TEST(SourceAhead, FailsWhereItIsTaken) {
  const fs::path text = test::repository() / "tests/CMakeLists.txt";
  SourceAhead ahead(text, {}), missing("/nowhere/video.mp4", {}), never(text, {});
  EXPECT_THROW(ahead.take(text, {}), Error);
  EXPECT_THROW(missing.take("/nowhere/video.mp4", {}), Error);
}

}  // namespace
}  // namespace auriga::app
