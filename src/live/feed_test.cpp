#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"
#include "auriga/live.hpp"

namespace auriga {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Frames as fast as they are taken, numbered in their first pixel.
class Numbers : public LiveSource {
 public:
  Numbers(int count, bool newest_wins, std::string end = "") : count_(count), end_(std::move(end)) {
    info_.newest_wins = newest_wins;
  }
  const LiveInfo& info() const override { return info_; }
  void stop() noexcept override { stopped_ = true; }
  Got next(LiveFrame& frame, milliseconds wait) override {
    if (stopped_) return Got::end;
    if (given_ == count_) {
      if (end_ == "silence") {
        std::this_thread::sleep_for(std::min(wait, milliseconds(5)));
        return Got::nothing;
      }
      if (!end_.empty()) throw Error(ErrorCode::input, end_);
      return Got::end;
    }
    frame.picture.write_bgr(16, 16).row(0)[0] = static_cast<std::uint8_t>(given_);
    frame.captured_s = given_ / 30.0;
    frame.captured_at = steady_clock::now();
    ++given_;
    return Got::frame;
  }

 private:
  LiveInfo info_;
  int count_, given_ = 0;
  std::string end_;
  std::atomic<bool> stopped_ = false;
};

std::vector<int> all_of(LiveFeed& feed) {
  std::vector<int> numbers;
  LiveFrame frame;
  LiveFeed::Got got{};
  while ((got = feed.next(frame, milliseconds(100))) != LiveFeed::Got::end)
    if (got == LiveFeed::Got::frame) {
      EXPECT_EQ(frame.index, static_cast<std::int64_t>(numbers.size()));
      numbers.push_back(frame.view().bgr.row(0)[0]);
    }
  return numbers;
}

TEST(LiveFeed, GivesEveryFrameOfWhatWaits) {
  LiveFeed feed([](auto) { return std::make_unique<Numbers>(100, false); });
  std::this_thread::sleep_for(milliseconds(50));
  const std::vector<int> numbers = all_of(feed);
  ASSERT_EQ(numbers.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(numbers[static_cast<std::size_t>(i)], i);
  EXPECT_EQ(feed.lost(), 0);
}

TEST(LiveFeed, GivesTheNewestOfACameraAndCountsTheOthers) {
  LiveFeed feed([](auto) { return std::make_unique<Numbers>(100, true, "silence"); });
  std::this_thread::sleep_for(milliseconds(50));
  LiveFrame frame;
  ASSERT_EQ(feed.next(frame, milliseconds(100)), LiveFeed::Got::frame);
  EXPECT_EQ(frame.view().bgr.row(0)[0], 99);
  EXPECT_EQ(frame.index, 0);
  EXPECT_EQ(frame.lost, 99);
  EXPECT_EQ(feed.lost(), 99);
  EXPECT_EQ(feed.next(frame, milliseconds(20)), LiveFeed::Got::nothing);
}

TEST(LiveFeed, TellsAnErrorBehindTheLastFrame) {
  LiveFeed feed([](auto) { return std::make_unique<Numbers>(2, false, "unplugged"); });
  LiveFrame frame;
  ASSERT_EQ(feed.next(frame, milliseconds(500)), LiveFeed::Got::frame);
  ASSERT_EQ(feed.next(frame, milliseconds(500)), LiveFeed::Got::frame);
  EXPECT_THROW(feed.next(frame, milliseconds(500)), Error);
  EXPECT_EQ(feed.next(frame, milliseconds(500)), LiveFeed::Got::end);
}

TEST(LiveFeed, OpensWhatIsGoneAgainAndGoesOnCounting) {
  std::atomic<int> opened = 0;
  LiveFeed feed(
      [&](auto) -> std::unique_ptr<LiveSource> {
        const int n = ++opened;
        if (n == 2) throw Error(ErrorCode::input, "still gone");
        return std::make_unique<Numbers>(3, true, n == 1 ? "unplugged" : "silence");
      },
      true);
  LiveFrame frame;
  std::string trouble;
  std::int64_t frames = 0;
  double latest_s = 0;
  bool was_gone = false;
  const auto begin = steady_clock::now();
  while (steady_clock::now() - begin < std::chrono::seconds(10)) {
    const LiveFeed::Got got = feed.next(frame, milliseconds(20));
    if (!feed.trouble().empty()) {
      trouble = feed.trouble();
      was_gone = true;
    }
    if (got != LiveFeed::Got::frame) continue;
    EXPECT_EQ(frame.index, frames++);
    if (opened == 3) {
      // About two tries later.
      EXPECT_GT(frame.captured_s, latest_s + 1.5);
      break;
    }
    latest_s = frame.captured_s;
  }
  EXPECT_TRUE(was_gone);
  EXPECT_EQ(trouble, "still gone");
  EXPECT_EQ(opened, 3);
}

TEST(LiveFeed, EndsSoonWhereNothingComes) {
  const auto begin = steady_clock::now();
  {
    LiveFeed feed([](auto) { return std::make_unique<Numbers>(0, true, "silence"); }, true);
    LiveFrame frame;
    EXPECT_EQ(feed.next(frame, milliseconds(20)), LiveFeed::Got::nothing);
    std::thread other([&] { feed.stop(); });
    other.join();
    while (feed.next(frame, milliseconds(20)) != LiveFeed::Got::end) {
      ASSERT_LT(steady_clock::now() - begin, std::chrono::seconds(5));
    }
  }
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(5));
}

// A blocked writer of frames must not keep the end.
TEST(LiveFeed, CanBeLeftWithFramesInIt) {
  const auto begin = steady_clock::now();
  {
    LiveFeed feed([](auto) { return std::make_unique<Numbers>(100, false); });
  }
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(2));
}

}  // namespace
}  // namespace auriga
