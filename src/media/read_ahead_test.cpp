#include "media/read_ahead.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "auriga/frame_queue.hpp"

#include "media/fake_media.hpp"

namespace auriga::test {
namespace {

// Frames whose pixels tell their index. Keeps count of what is asked of it.
class Counter final : public Source {
 public:
  struct Log {
    std::atomic<int> asked = 0;
    std::atomic<int> stopped = 0;
  };

  Counter(int frames, Log& log, int throws_at = -1)
      : frames_(frames), throws_at_(throws_at), log_(log) {
    info_.width = 4;
    info_.height = 4;
    info_.expected_frames = frames;
  }
  bool next(Frame& frame) override {
    ++log_.asked;
    if (at_ == throws_at_) throw std::runtime_error("broken");
    if (at_ == frames_) return false;
    frame.index = at_;
    frame.timestamp_s = at_ * 0.5;
    Image& image = frame.write_bgr(4, 4);
    std::fill_n(image.data(), image.size_bytes(), static_cast<std::uint8_t>(at_));
    ++at_;
    return true;
  }
  const SourceInfo& info() const override { return info_; }
  SourceStatus status() const override { return {at_, true, "of the counter"}; }
  void stop() noexcept override { ++log_.stopped; }

 private:
  SourceInfo info_;
  int at_ = 0;
  const int frames_, throws_at_;
  Log& log_;
};

class ReadAheadDepth : public testing::TestWithParam<std::size_t> {};

TEST_P(ReadAheadDepth, DeliversTheSameFramesInOrder) {
  Counter::Log log;
  Counter source(1000, log);
  ReadAhead ahead(source, ReadAhead::kBudget, GetParam());
  EXPECT_EQ(ahead.info().expected_frames, 1000);
  Frame frame;
  std::set<const std::uint8_t*> buffers;
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(ahead.next(frame));
    ASSERT_EQ(frame.index, i);
    ASSERT_EQ(frame.timestamp_s, i * 0.5);
    ASSERT_EQ(frame.bgr().data[47], static_cast<std::uint8_t>(i));
    ASSERT_EQ(ahead.status().frames, i + 1);
    ASSERT_FALSE(ahead.status().partial);
    buffers.insert(frame.bgr().data);
    if (i % 100 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_FALSE(ahead.next(frame));
  EXPECT_FALSE(ahead.next(frame)) << "the end lasts";
  EXPECT_LE(buffers.size(), GetParam() + 1) << "buffers go round";
  EXPECT_EQ(ahead.status().frames, 1000);
  EXPECT_EQ(ahead.status().message, "of the counter");
}

INSTANTIATE_TEST_SUITE_P(Depths, ReadAheadDepth, testing::Values(1, 2, 8, 2000),
                         testing::PrintToStringParamName());

TEST(ReadAhead, StaysWithinItsDepth) {
  Counter::Log log;
  Counter source(1000, log);
  ReadAhead ahead(source, ReadAhead::kBudget, 3);
  Frame frame;
  ASSERT_TRUE(ahead.next(frame));
  for (int i = 0; i < 100 && log.asked < 4; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(log.asked, 4);  // one is gone, three are ready
}

TEST(ReadAhead, PassesOnTheExceptionAfterTheFramesBefore) {
  Counter::Log log;
  Counter source(10, log, 5);
  ReadAhead ahead(source);
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
      Counter source(1 << 30, log);
      ReadAhead ahead(source, ReadAhead::kBudget, 4);
      Frame frame;
      for (int k = 0; k < taken; ++k) ASSERT_TRUE(ahead.next(frame));
    }
  }
  EXPECT_EQ(log.stopped, runs);
}

TEST(ReadAhead, OfAnEmptySource) {
  Counter::Log log;
  Counter source(0, log);
  ReadAhead ahead(source);
  Frame frame;
  EXPECT_FALSE(ahead.next(frame));
  EXPECT_EQ(ahead.status().message, "of the counter");
}

// A source of the program's own, of pictures of given sizes. Frames tell how much they hold when
// they are given in and out, so that it knows what is alive between.
class Sizes final : public Source {
 public:
  // Widths of pictures 100 px high, one after the other.
  explicit Sizes(std::vector<int> widths) : widths_(std::move(widths)) {
    info_.width = widths_.front();
    info_.height = 100;
  }

  bool next(Frame& frame) override {
    const std::lock_guard lock(mutex_);
    if (given_ == widths_.size()) return false;
    reused_ += frame.bytes() > 0 ? 1 : 0;
    frame.index = static_cast<std::int64_t>(given_);
    Image& image = frame.write_bgr(widths_[given_++], 100);
    std::fill_n(image.data(), image.size_bytes(), static_cast<std::uint8_t>(frame.index));
    ahead_ += frame.bytes();
    changed_.notify_all();
    return true;
  }
  const SourceInfo& info() const override { return info_; }
  SourceStatus status() const override { return {static_cast<std::int64_t>(given_), false, {}}; }

  // The consumer has got it.
  void taken(const Frame& frame) {
    const std::lock_guard lock(mutex_);
    ahead_ -= frame.bytes();
  }
  // Bytes that were given but not taken, and frames that were given, once there are so many, and as
  // long as it takes to give more than that.
  std::pair<std::size_t, std::size_t> bytes_and_frames_when_given(std::size_t frames) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(60), [&] { return given_ >= frames; });
    changed_.wait_for(lock, std::chrono::milliseconds(15), [&] { return given_ > frames; });
    return {ahead_, given_};
  }
  int reused() const { return reused_; }

 private:
  SourceInfo info_;
  const std::vector<int> widths_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t given_ = 0;
  std::size_t ahead_ = 0;  // bytes
  int reused_ = 0;
};

constexpr std::size_t kColumn = 300;  // bytes of a pixel column of Sizes

TEST(ReadAheadBudget, IsKeptInBytes) {
  Sizes source(std::vector<int>(40, 10000));          // 3 MB each
  ReadAhead ahead(source, 10000 * kColumn * 10 / 3);  // 10 MB: three frames
  Frame frame;
  for (std::size_t i = 0; i < 40; ++i) {
    if (i % 10 == 0) {
      EXPECT_EQ(source.bytes_and_frames_when_given(i + 3),
                std::make_pair(3 * 10000 * kColumn, i + 3));
    }
    ASSERT_TRUE(ahead.next(frame));
    source.taken(frame);
    ASSERT_EQ(frame.index, static_cast<std::int64_t>(i));
    ASSERT_EQ(frame.bgr().data[0], static_cast<std::uint8_t>(i));
  }
  EXPECT_FALSE(ahead.next(frame));
  EXPECT_GE(source.reused(), 40 - 4) << "three ready and one in use go round";
}

TEST(ReadAheadBudget, ReadsAFrameAboveItOnlyWhenAsked) {
  Sizes source(std::vector<int>(20, 10000));
  ReadAhead ahead(source, 9999 * kColumn);
  Frame frame;
  for (std::size_t i = 0; i < 20; ++i) {
    if (i % 5 == 0) {
      EXPECT_EQ(source.bytes_and_frames_when_given(i), std::make_pair(std::size_t{0}, i))
          << "also before the first: the source says how large it is";
    }
    ASSERT_TRUE(ahead.next(frame));
    source.taken(frame);
    ASSERT_EQ(frame.index, static_cast<std::int64_t>(i));
  }
  EXPECT_FALSE(ahead.next(frame));
  EXPECT_EQ(source.reused(), 19) << "all in the buffer of the reader";
}

// A folder with small pictures first: at most one large one is there before it is known how large
// they are.
TEST(ReadAheadBudget, HoldsOneFrameThatIsLargerThanForeseen) {
  std::vector<int> widths(30, 20000);  // 6 MB each
  widths[0] = widths[1] = widths[20] = widths[21] = widths[22] = 10;
  Sizes source(widths);
  ReadAhead ahead(source, 10000 * kColumn);  // 3 MB
  EXPECT_EQ(source.bytes_and_frames_when_given(3),
            std::make_pair((10 + 10 + 20000) * kColumn, std::size_t{3}));
  Frame frame;
  for (std::size_t i = 0; i < 30; ++i) {
    ASSERT_TRUE(ahead.next(frame));
    source.taken(frame);
    ASSERT_EQ(frame.index, static_cast<std::int64_t>(i));
    ASSERT_EQ(frame.width(), widths[i]);
    EXPECT_LE(source.bytes_and_frames_when_given(i + 1).first, (3 * 10 + 20000) * kColumn) << i;
  }
  EXPECT_FALSE(ahead.next(frame));
}

TEST(ReadAheadBudget, AllowsAtLeastOneFrame) {
  Sizes source({10, 10, 10});
  ReadAhead ahead(source, 0);
  EXPECT_EQ(read_all(ahead).size(), 3u);
}

// Frames are pushed now and then; whoever reads goes away while the thread waits for another.
TEST(ReadAhead, EndsWhileItsSourceWaits) {
  SourceInfo info;
  info.width = info.height = 4;
  FrameQueue queue(info);
  const Image picture = gradient(4, 4);
  {
    ReadAhead ahead(queue);
    ASSERT_TRUE(queue.push({0, 0, picture}));
    Frame frame;
    ASSERT_TRUE(ahead.next(frame));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_FALSE(queue.push({1, 0, picture}));
}

TEST(ReadAhead, IsStoppedWhileItsReaderWaits) {
  SourceInfo info;
  info.width = info.height = 4;
  FrameQueue queue(info);
  ReadAhead ahead(queue);
  std::jthread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    ahead.stop();
  });
  Frame frame;
  EXPECT_FALSE(ahead.next(frame));
  EXPECT_FALSE(ahead.next(frame));
}

}  // namespace
}  // namespace auriga::test
