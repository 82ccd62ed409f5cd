#include "media/section.hpp"

#include <memory>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "media/fake_media.hpp"

namespace auriga::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// 20 frames of 0.1 s; every one costs 1 ms.
class TwoSeconds final : public Source {
 public:
  TwoSeconds() {
    info_.width = 4, info_.height = 2;
    info_.fps = 10;
    info_.expected_frames = 20;
  }
  bool next(Frame& frame) override {
    if (at_ == 20) return false;
    frame.write_bgr(4, 2);
    frame.decode_ms = 1;
    frame.index = at_;
    frame.timestamp_s = static_cast<double>(at_++) / 10;
    return true;
  }
  const SourceInfo& info() const override { return info_; }
  SourceStatus status() const override { return {at_, false, {}, {}}; }

 private:
  std::int64_t at_ = 0;
  SourceInfo info_;
};

struct Result {
  std::vector<std::int64_t> frames;
  double decode_ms = 0;
  std::int64_t expected = 0;
  SourceStatus status;
};

Result section(double start_s, double end_s, std::int64_t every) {
  Section source(std::make_unique<TwoSeconds>(), start_s, end_s, every);
  Result result;
  result.expected = source.info().expected_frames;
  Frame frame;
  while (source.next(frame)) {
    EXPECT_NEAR(frame.timestamp_s, static_cast<double>(frame.index) / 10, 1e-9);
    result.frames.push_back(frame.index);
    result.decode_ms += frame.decode_ms;
  }
  EXPECT_FALSE(source.next(frame)) << "the end lasts";
  result.status = source.status();
  return result;
}

TEST(Section, FramesKeepNumbersAndTimes) {
  const Result result = section(0.5, 0.9, 1);
  EXPECT_THAT(result.frames, ElementsAre(5, 6, 7, 8));
  EXPECT_EQ(result.expected, 4);
  EXPECT_EQ(result.decode_ms, 9) << "of those before, too";
  EXPECT_TRUE(result.status.facts.is_section);
  EXPECT_EQ(result.status.frames, 4);
  EXPECT_THAT(result.status.warnings, IsEmpty());
  EXPECT_THAT(section(1.7, 0, 1).frames, ElementsAre(17, 18, 19));
}

TEST(Section, EveryIsOfTheWhole) {
  EXPECT_THAT(section(0, 0, 7).frames, ElementsAre(0, 7, 14));
  EXPECT_EQ(section(0, 0, 7).expected, 3);
  EXPECT_THAT(section(0.3, 1.5, 5).frames, ElementsAre(5, 10));
}

TEST(Section, WithoutFramesOrBehindTheEndItIsSaid) {
  const Result none = section(5, 6, 1);
  EXPECT_TRUE(none.status.partial);
  EXPECT_THAT(none.status.message, HasSubstr("from 5.000 s on"));
  EXPECT_THAT(section(1, 3, 1).status.warnings, ElementsAre(HasSubstr("ends before the section")));
  EXPECT_THAT(section(1, 2, 1).status.warnings, IsEmpty());
}

TEST(Section, BadOptionsAreNamed) {
  const auto open = [](const SourceOptions& options) { open_source("absent.mp4", options); };
  for (const SourceOptions& bad :
       {SourceOptions{.start_s = -1}, SourceOptions{.start_s = 2, .end_s = 1},
        SourceOptions{.every = 0}}) {
    try {
      open(bad);
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::usage);
    }
  }
}

}  // namespace
}  // namespace auriga::test
