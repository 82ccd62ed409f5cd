#include "sinks/background.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace auriga {
namespace {

using testing::ElementsAre;

TEST(Background, DoesTasksInOrderOnOneOtherThread) {
  std::vector<int> done;
  std::vector<std::thread::id> threads;
  Background background(2);
  for (int i = 0; i < 200; ++i)
    background.add([&done, &threads, i] {
      done.push_back(i);
      threads.push_back(std::this_thread::get_id());
    });
  background.finish();
  ASSERT_EQ(done.size(), 200u);
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(done[static_cast<std::size_t>(i)], i);
    EXPECT_EQ(threads[static_cast<std::size_t>(i)], threads[0]);
  }
  EXPECT_NE(threads[0], std::this_thread::get_id());
}

TEST(Background, LetsNoMoreWaitThanItMay) {
  std::atomic<bool> go = false;
  std::atomic<int> added = 0, done = 0, most_ahead = 0;
  Background background(3);
  std::thread releaser([&] {
    while (added < 4) std::this_thread::yield();  // one under way, three that wait
    go = true;
  });
  for (int i = 0; i < 50; ++i) {
    background.add([&] {
      while (!go) std::this_thread::yield();
      ++done;
    });
    ++added;
    most_ahead = std::max(most_ahead.load(), added - done);
  }
  releaser.join();
  background.finish();
  EXPECT_EQ(done, 50);
  EXPECT_LE(most_ahead, 3 + 1 + 1);  // waiting, under way, done but not yet counted
}

TEST(Background, TellsWhatATaskThrewAndDoesNoOthers) {
  for (const bool at_the_end : {false, true}) {
    std::atomic<int> done = 0;
    Background background(100);
    background.add([&] { ++done; });
    background.add([] { throw std::runtime_error("full"); });
    background.add([&] { ++done; });
    if (at_the_end) {
      EXPECT_THROW(background.finish(), std::runtime_error);
    } else {
      EXPECT_THROW(
          {
            for (;;) background.add([] {});
          },
          std::runtime_error);
    }
    EXPECT_EQ(done, 1);
  }
}

TEST(Background, LetsGoOfWhatWaitsWhenItIsDestroyed) {
  std::atomic<int> done = 0;
  std::atomic<bool> begun = false;
  {
    Background background(10);
    background.add([&] {
      begun = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      ++done;
    });
    while (!begun) std::this_thread::yield();
    for (int i = 0; i < 5; ++i) background.add([&] { ++done; });
  }
  EXPECT_EQ(done, 1);
}

}  // namespace
}  // namespace auriga
