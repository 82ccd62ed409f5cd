#include "base/parallel.hpp"

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <oneapi/tbb/global_control.h>

namespace auriga {
namespace {

// As many threads as wanted, however few cores there are.
class Parallel : public testing::Test {
 protected:
  template <typename Work>
  void with_threads(int threads, const Work& work) {
    const tbb::global_control allowed(tbb::global_control::max_allowed_parallelism,
                                      static_cast<std::size_t>(threads));
    tbb::task_arena arena(threads);
    arena.execute(work);
  }
};

TEST_F(Parallel, EveryTaskRunsOnce) {
  for (const int threads : {1, 2, 5})
    for (const int n : {0, 1, 2, 3, 68}) {
      std::vector<std::atomic<int>> runs(static_cast<std::size_t>(n));
      with_threads(threads,
                   [&] { in_parallel(n, [&](int i) { ++runs[static_cast<std::size_t>(i)]; }); });
      for (const auto& count : runs) EXPECT_EQ(count, 1) << threads << " " << n;
    }
}

TEST_F(Parallel, InOneThreadItIsALoop) {
  std::vector<int> order;
  const auto caller = std::this_thread::get_id();
  with_threads(1, [&] {
    in_parallel(7, [&](int i) {
      EXPECT_EQ(std::this_thread::get_id(), caller);
      order.push_back(i);
    });
  });
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4, 5, 6}));
}

TEST_F(Parallel, AnExceptionReachesTheCaller) {
  for (const int threads : {1, 3})
    with_threads(threads, [&] {
      EXPECT_THROW(in_parallel(9,
                               [](int i) {
                                 if (i == 4) throw std::runtime_error("four");
                               }),
                   std::runtime_error);
    });
}

TEST_F(Parallel, AllTasksRunAndTheFirstFailureIsTold) {
  for (const int threads : {1, 2, 5}) {
    std::atomic<int> runs = 0;
    with_threads(threads, [&] {
      try {
        in_parallel_all(9, [&](int i) {
          ++runs;
          if (i == 7 || i == 4) throw std::runtime_error(std::to_string(i));
        });
        ADD_FAILURE() << "nothing was thrown";
      } catch (const std::runtime_error& error) {
        EXPECT_STREQ(error.what(), "4");
      }
    });
    EXPECT_EQ(runs, 9) << threads;
  }
}

// Both tasks wait for each other, so that they are on two threads.
TEST_F(Parallel, TimeOfOtherThreadsCountsForTheStage) {
  constexpr double kEachMs = 20;
  StageClock clock;
  std::atomic<int> begun = 0;
  with_threads(2, [&] {
    clock.time(Stage::landmarks, [&] {
      in_parallel(2, [&](int) {
        ++begun;
        while (begun < 2) std::this_thread::yield();
        const double begin = StageClock::now();
        while (StageClock::now() < begin + kEachMs) {
        }
      });
    });
  });
  EXPECT_GE(clock.ms(Stage::landmarks), 2 * kEachMs);
}

}  // namespace
}  // namespace auriga
