#include "media/frame_store.hpp"

#include <cstdint>
#include <utility>

#include <gtest/gtest.h>

namespace auriga::test {
namespace {

// Of 3 bytes per px of its width.
Frame frame_of(int width, std::int64_t index = 0) {
  Frame frame;
  frame.write_bgr(width, 1);
  frame.index = index;
  return frame;
}

TEST(FrameStore, GivesFramesInOrderAndCountsTheirBytes) {
  FrameStore store(1000, 3);
  EXPECT_TRUE(store.empty());
  Frame frame;
  for (std::int64_t i = 0; i < 10; ++i) {
    store.push(frame_of(10 + static_cast<int>(i), 2 * i));
    store.push(frame_of(20, 2 * i + 1));
    EXPECT_EQ(store.size(), 2u);
    EXPECT_FALSE(store.full());
    EXPECT_EQ(store.bytes(), 3u * (10 + static_cast<std::size_t>(i) + 20));
    for (const std::int64_t expected : {2 * i, 2 * i + 1}) {
      store.pop(frame);
      EXPECT_EQ(frame.index, expected);
    }
    EXPECT_EQ(store.bytes(), 0u);
  }
  for (int i = 0; i < 3; ++i) store.push(frame_of(1));
  EXPECT_TRUE(store.full());
}

TEST(FrameStore, KeepsBuffersWithinItsBudget) {
  FrameStore store(3 * 100, 4);
  for (int i = 0; i < 5; ++i) store.keep(frame_of(30));  // room for three
  store.push(frame_of(10));
  store.keep(frame_of(1));  // no room beside the filled one
  for (int i = 0; i < 3; ++i) EXPECT_EQ(store.take().bytes(), 3u * 30);
  EXPECT_EQ(store.take().bytes(), 0u) << "a new one";
  store.keep(frame_of(90));
  EXPECT_EQ(store.take().bytes(), 3u * 90) << "there is room again";
  store.keep(frame_of(91));
  EXPECT_EQ(store.take().bytes(), 0u);
  store.lend(frame_of(1000));
  EXPECT_EQ(store.take().bytes(), 3u * 1000) << "whatever the budget";
}

TEST(FrameStore, KeepsNoMoreFramesThanItHolds) {
  FrameStore store(1000, 2);
  for (int i = 0; i < 5; ++i) store.keep(frame_of(1));
  for (const std::size_t bytes : {3, 3, 0}) EXPECT_EQ(store.take().bytes(), bytes);
}

TEST(FrameStore, GivesThePlaceOfAReadFrameToTheNext) {
  FrameStore store(1000, 2);
  Frame frame = frame_of(7);
  const std::uint8_t* buffer = frame.bgr().data;
  store.push(frame_of(5));
  store.pop(frame);
  EXPECT_EQ(frame.width(), 5);
  EXPECT_EQ(store.take().write_bgr(6, 1).data(), buffer);
}

TEST(FrameStore, HoldsNothingWhenCleared) {
  FrameStore store(1000, 3);
  store.push(frame_of(5));
  store.keep(frame_of(5));
  store.clear();
  EXPECT_TRUE(store.empty());
  EXPECT_EQ(store.bytes(), 0u);
  EXPECT_EQ(store.take().bytes(), 0u);
  store.push(frame_of(6, 4));
  Frame frame;
  store.pop(frame);
  EXPECT_EQ(frame.index, 4);
}

}  // namespace
}  // namespace auriga::test
