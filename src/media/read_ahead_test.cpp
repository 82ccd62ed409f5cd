#include "media/read_ahead.hpp"

#include <atomic>
#include <chrono>
#include <set>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

#include "media/frame_source.hpp"

namespace auriga::test {
namespace {

// Frames whose pixels tell their index. Keeps count of what is asked of it.
class Counter final : public FrameSource {
 public:
  struct Log {
    std::atomic<int> asked = 0;
    std::atomic<int> ended = 0;
  };

  Counter(int frames, Log& log, int throws_at = -1)
      : frames_(frames), throws_at_(throws_at), log_(log) {
    info_.width = 4;
    info_.height = 4;
    info_.expected_frames = frames;
  }
  ~Counter() override { ++log_.ended; }

  bool next(Frame& frame) override {
    ++log_.asked;
    if (at_ == throws_at_) throw std::runtime_error("broken");
    if (at_ == frames_) return false;
    frame.index = at_;
    frame.timestamp_s = at_ * 0.5;
    frame.image.resize(4, 4, 3);
    for (std::size_t i = 0; i < frame.image.size_bytes(); ++i)
      frame.image.data()[i] = static_cast<std::uint8_t>(at_);
    ++at_;
    return true;
  }
  const SourceInfo& info() const override { return info_; }
  SourceStatus status() const override { return {at_, true, "of the counter"}; }

 private:
  SourceInfo info_;
  int at_ = 0;
  const int frames_, throws_at_;
  Log& log_;
};

class ReadAheadDepth : public testing::TestWithParam<std::size_t> {};

TEST_P(ReadAheadDepth, DeliversTheSameFramesInOrder) {
  Counter::Log log;
  ReadAhead ahead(std::make_unique<Counter>(1000, log), GetParam());
  EXPECT_EQ(ahead.info().expected_frames, 1000);
  Frame frame;
  std::set<const std::uint8_t*> buffers;
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(ahead.next(frame));
    ASSERT_EQ(frame.index, i);
    ASSERT_EQ(frame.timestamp_s, i * 0.5);
    ASSERT_EQ(frame.image.data()[47], static_cast<std::uint8_t>(i));
    ASSERT_EQ(ahead.status().frames, i + 1);
    ASSERT_FALSE(ahead.status().partial);
    buffers.insert(frame.image.data());
    if (i % 100 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_FALSE(ahead.next(frame));
  EXPECT_FALSE(ahead.next(frame)) << "the end lasts";
  EXPECT_LE(buffers.size(), GetParam() + 1) << "buffers go round";
  EXPECT_EQ(ahead.status().frames, 1000);
  EXPECT_EQ(ahead.status().message, "of the counter");
}

INSTANTIATE_TEST_SUITE_P(Depths, ReadAheadDepth, testing::Values(1, 2, 8, 2000));

TEST(ReadAhead, StaysWithinItsDepth) {
  Counter::Log log;
  ReadAhead ahead(std::make_unique<Counter>(1000, log), 3);
  Frame frame;
  ASSERT_TRUE(ahead.next(frame));
  for (int i = 0; i < 100 && log.asked < 4; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(log.asked, 4);  // one is gone, three are ready
}

TEST(ReadAhead, PassesOnTheExceptionAfterTheFramesBefore) {
  Counter::Log log;
  ReadAhead ahead(std::make_unique<Counter>(10, log, 5), 8);
  Frame frame;
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(ahead.next(frame));
  EXPECT_THROW(ahead.next(frame), std::runtime_error);
  EXPECT_THROW(ahead.next(frame), std::runtime_error);
  EXPECT_EQ(ahead.status().frames, 5);
}

TEST(ReadAhead, StopsWhereverTheConsumerDoes) {
  Counter::Log log;
  int runs = 0;
  for (const int taken : {0, 1, 5, 50}) {
    for (int i = 0; i < 20; ++i, ++runs) {
      ReadAhead ahead(std::make_unique<Counter>(1 << 30, log), 4);
      Frame frame;
      for (int k = 0; k < taken; ++k) ASSERT_TRUE(ahead.next(frame));
    }
  }
  EXPECT_EQ(log.ended, runs);
}

TEST(ReadAhead, OfAnEmptySource) {
  Counter::Log log;
  ReadAhead ahead(std::make_unique<Counter>(0, log));
  Frame frame;
  EXPECT_FALSE(ahead.next(frame));
  EXPECT_EQ(ahead.status().message, "of the counter");
}

}  // namespace
}  // namespace auriga::test
