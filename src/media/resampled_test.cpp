#include "media/resampled.hpp"

#include <memory>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "media/fake_media.hpp"

namespace auriga::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Frames at given times, whose first pixel is their number.
class Timed final : public Source {
 public:
  explicit Timed(std::vector<double> times, double fps = 10) : times_(std::move(times)) {
    info_.width = 4, info_.height = 2;
    info_.fps = fps;
    info_.expected_frames = static_cast<std::int64_t>(times_.size());
  }
  bool next(Frame& frame) override {
    if (at_ == times_.size()) return false;
    Image& image = frame.write_bgr(4, 2);
    image.data()[0] = static_cast<std::uint8_t>(at_);
    frame.decode_ms = 1;
    frame.index = static_cast<std::int64_t>(at_);
    frame.timestamp_s = times_[at_++];
    return true;
  }
  const SourceInfo& info() const override { return info_; }
  SourceStatus status() const override {
    return {static_cast<std::int64_t>(at_), false, {}, {"a warning"}};
  }
  void stop() noexcept override { at_ = times_.size(); }

 private:
  std::vector<double> times_;
  std::size_t at_ = 0;
  SourceInfo info_;
};

struct Result {
  std::vector<int> shown;
  std::vector<double> times;
  double decode_ms = 0;
  SourceStatus status;
};

Result resampled(std::vector<double> times, double fps, double nominal_fps = 10) {
  Resampled source(std::make_unique<Timed>(std::move(times), nominal_fps), fps);
  Result result;
  Frame frame;
  while (source.next(frame)) {
    EXPECT_EQ(frame.index, static_cast<std::int64_t>(result.shown.size()));
    EXPECT_EQ(frame.width(), 4);
    result.shown.push_back(frame.bgr().data[0]);
    result.times.push_back(frame.timestamp_s);
    result.decode_ms += frame.decode_ms;
    frame.write_bgr().data()[0] = 255;  // what a caller does to a frame is its own affair
  }
  EXPECT_FALSE(source.next(frame)) << "the end lasts";
  result.status = source.status();
  EXPECT_EQ(result.status.frames, static_cast<std::int64_t>(result.shown.size()));
  return result;
}

TEST(Resampled, ShowsEachFrameAtTheNearestPlace) {
  EXPECT_THAT(resampled({0, 0.1, 0.2}, 10).shown, ElementsAre(0, 1, 2));
  EXPECT_THAT(resampled({0, 0.1, 0.2}, 20).shown, ElementsAre(0, 0, 1, 1, 2, 2));
  EXPECT_THAT(resampled({0, 0.1, 0.2, 0.3, 0.4, 0.5}, 5).shown, ElementsAre(0, 2, 4))
      << "a half goes to the later place";
  EXPECT_THAT(resampled({0, 0.04, 0.06, 0.31}, 10).shown, ElementsAre(1, 2, 2, 3));
}

TEST(Resampled, TimesAreWholePlacesFromTheStart) {
  const Result result = resampled({1.23, 1.33}, 5);
  EXPECT_THAT(result.shown, ElementsAre(0));
  EXPECT_THAT(result.times, ElementsAre(6 / 5.0));
  EXPECT_THAT(resampled({0.5, 0.6}, 4).times, ElementsAre(2 / 4.0));
  EXPECT_THAT(resampled({0, 0.1}, 3).times, ElementsAre(0.0));
}

TEST(Resampled, GivesAtLeastOneFrame) {
  EXPECT_THAT(resampled({0}, 0.001).shown, ElementsAre(0));
  EXPECT_THAT(resampled({0, 0.1, 0.2}, 0.5).shown, ElementsAre(2));
  EXPECT_THAT(resampled({}, 10).shown, IsEmpty());
}

TEST(Resampled, CountsWhatItAddsAndLeavesOut) {
  const Result more = resampled({0, 0.1, 0.2}, 20);
  EXPECT_EQ(more.status.facts.repeated_frames, 3);
  EXPECT_EQ(more.status.facts.left_out_frames, 0);
  EXPECT_EQ(more.decode_ms, 3) << "nothing is decoded twice";
  const Result fewer = resampled({0, 0.1, 0.2, 0.3, 0.4, 0.5}, 5);
  EXPECT_EQ(fewer.status.facts.repeated_frames, 0);
  EXPECT_EQ(fewer.status.facts.left_out_frames, 3);
  EXPECT_EQ(fewer.status.facts.resampled_fps, 5);
  EXPECT_THAT(fewer.status.warnings, ElementsAre("a warning"));
}

TEST(Resampled, DoesNotFillHours) {
  const Result result = resampled({0, 0.1, 1e7, 1e7 + 0.1}, 10);
  EXPECT_THAT(result.shown, ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(result.times[2], 1e7);
  EXPECT_THAT(result.status.warnings, ElementsAre("a warning", HasSubstr("more than an hour")));
  EXPECT_EQ(resampled({0, 3000}, 10).shown.size(), 30001u);
}

TEST(Resampled, StopsItsSource) {
  Resampled source(std::make_unique<Timed>(std::vector<double>{0, 0.1, 0.2, 0.3}), 10);
  Frame frame;
  ASSERT_TRUE(source.next(frame));
  source.stop();
  int more = 0;
  while (source.next(frame)) ++more;
  EXPECT_LE(more, 1);
}

}  // namespace
}  // namespace auriga::test
