#include "auriga/frame_queue.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "media/fake_media.hpp"
#include "media/read_ahead.hpp"

namespace auriga::test {
namespace {

SourceInfo info_of(int width, int height) {
  SourceInfo info;
  info.width = width;
  info.height = height;
  info.fps = 12.5;
  info.description = "a camera";
  return info;
}

// 40 x 30 px, 3600 bytes.
Image picture(std::int64_t i) {
  Image image = gradient(40, 30);
  image.data()[0] = static_cast<std::uint8_t>(i);
  return image;
}
constexpr std::size_t kPicture = 3600;

TEST(FrameQueue, GivesWhatWasPushed) {
  FrameQueue queue(info_of(40, 30));
  EXPECT_EQ(queue.info().fps, 12.5);
  EXPECT_EQ(queue.info().description, "a camera");
  Image first = picture(1), wide = gradient(50, 30);
  EXPECT_TRUE(queue.push({7, 0.5, first}));
  // The pixels are copied, of a part of a picture, too.
  const ImageView part{wide.row(2) + 3 * 4, 20, 10, 3, wide.stride()};
  EXPECT_TRUE(queue.push({9, 0.75, part}));
  const Image expected(part), expected_first = first;
  std::fill_n(first.data(), first.size_bytes(), std::uint8_t{0});
  std::fill_n(wide.data(), wide.size_bytes(), std::uint8_t{0});
  queue.end();
  EXPECT_FALSE(queue.push({10, 1, first})) << "the end was told";

  Frame frame;
  ASSERT_TRUE(queue.next(frame));
  EXPECT_EQ(frame.index, 7);
  EXPECT_EQ(frame.timestamp_s, 0.5);
  EXPECT_EQ(frame.format(), PixelFormat::bgr24);
  EXPECT_TRUE(same_pixels(frame.bgr(), expected_first));
  ASSERT_TRUE(queue.next(frame));
  EXPECT_EQ(frame.index, 9);
  EXPECT_TRUE(same_pixels(frame.bgr(), expected));
  EXPECT_FALSE(queue.next(frame));
  EXPECT_FALSE(queue.next(frame));
  EXPECT_EQ(queue.status().frames, 2);
  EXPECT_FALSE(queue.status().partial);
}

TEST(FrameQueue, RefusesWhatIsNoPictureInBgr) {
  FrameQueue queue(info_of(40, 30));
  EXPECT_THROW(queue.push({0, 0, gradient(4, 4, 1)}), Error);
  EXPECT_THROW(queue.push({0, 0, ImageView{}}), Error);
  EXPECT_TRUE(queue.push({0, 0, picture(0)}));
}

// Whether exactly `frames` pictures go in before the first is read.
bool waits_after(int frames, FrameQueue& queue, ImageView image) {
  std::atomic<int> pushed = 0;
  std::jthread pusher([&] {
    for (int i = 0; i < 200 && queue.push({i, 0, image}); ++i) ++pushed;
  });
  for (int i = 0; i < 6000 && pushed < frames; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const bool result = pushed == frames;
  queue.stop();
  return result;
}

TEST(FrameQueue, HoldsNoMoreThanItsBytes) {
  FrameQueue five(info_of(40, 30), 5 * kPicture + 17), none(info_of(40, 30), 0),
      many(info_of(40, 30));
  EXPECT_TRUE(waits_after(5, five, picture(0)));
  EXPECT_TRUE(waits_after(1, none, picture(0))) << "one is always taken";
  EXPECT_TRUE(waits_after(64, many, picture(0))) << "however small";
}

TEST(FrameQueue, GoesFromThreadToThread) {
  for (const std::size_t bytes : {std::size_t{0}, 3 * kPicture, FrameQueue::kMaxBytes}) {
    FrameQueue queue(info_of(40, 30), bytes);
    std::jthread pusher([&] {
      for (int i = 0; i < 500 && queue.push({i, i * 0.1, picture(i)}); ++i) {
      }
      queue.end();
    });
    ReadAhead ahead(queue, 4 * kPicture);
    Frame frame;
    std::int64_t frames = 0;
    for (; ahead.next(frame); ++frames) {
      ASSERT_EQ(frame.index, frames);
      ASSERT_TRUE(same_pixels(frame.bgr(), picture(frames)));
    }
    EXPECT_EQ(frames, 500);
    EXPECT_EQ(ahead.status().frames, 500);
  }
}

TEST(FrameQueue, TurnsThePusherAwayWhenNobodyReads) {
  for (int read = 0; read < 8; ++read) {
    FrameQueue queue(info_of(40, 30), 2 * kPicture);
    bool refused = false;
    std::jthread pusher([&] {
      int i = 0;
      while (queue.push({i, 0, picture(i)})) ++i;
      refused = true;
      queue.end();
    });
    Frame frame;
    for (int i = 0; i < read; ++i) ASSERT_TRUE(queue.next(frame));
    queue.stop();
    pusher.join();
    EXPECT_TRUE(refused);
    EXPECT_FALSE(queue.next(frame)) << "what was queued is dropped";
    EXPECT_EQ(queue.status().frames, read);
  }
}

TEST(FrameQueue, WakesAReaderWhoWaits) {
  for (const bool stopped : {false, true}) {
    FrameQueue queue(info_of(40, 30));
    std::jthread other([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      stopped ? queue.stop() : queue.end();
    });
    Frame frame;
    EXPECT_FALSE(queue.next(frame));
  }
}

TEST(FrameQueue, UsesItsBuffersAgain) {
  FrameQueue queue(info_of(40, 30));
  Frame frame;
  ASSERT_TRUE(queue.push({0, 0, picture(0)}));
  ASSERT_TRUE(queue.next(frame));
  const std::uint8_t* first = frame.bgr().data;
  ASSERT_TRUE(queue.push({1, 0, picture(1)}));
  ASSERT_TRUE(queue.next(frame));
  const std::uint8_t* second = frame.bgr().data;
  for (int i = 2; i < 20; ++i) {
    ASSERT_TRUE(queue.push({i, 0, picture(i)}));
    ASSERT_TRUE(queue.next(frame));
    EXPECT_EQ(frame.bgr().data, i % 2 == 0 ? first : second);
  }
}

}  // namespace
}  // namespace auriga::test
