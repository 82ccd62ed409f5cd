// Shares a piece of work within one frame among the threads of the oneTBB arena that the caller is
// in.
#pragma once

#include <atomic>
#include <cstddef>
#include <exception>
#include <thread>
#include <vector>

#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include "base/stage_clock.hpp"
#include "base/turn.hpp"

namespace auriga {

// Calls task(0) to task(n - 1), each once, on the calling thread and on those of its arena that
// have nothing else to do, and returns when all are done. No task may depend on another one; what
// each computes is then the same for any number of threads. In an arena of one thread it is a plain
// loop. The processor time of other threads counts for the stage that the caller is in.
template <typename Task>
void in_parallel(int n, const Task& task) {
  if (n < 2 || tbb::this_task_arena::max_concurrency() < 2) {
    for (int i = 0; i < n; ++i) task(i);
    return;
  }
  const std::thread::id caller = std::this_thread::get_id();
  std::atomic<double> elsewhere_ms = 0;
  const Fork fork(&elsewhere_ms);
  // A thread that waits for the last task must not begin another piece of the pipeline meanwhile:
  // it would hold up this frame, on which all later ones wait.
  tbb::this_task_arena::isolate([&] {
    tbb::parallel_for(
        0, n,
        [&](int i) {
          const Branch branch(fork);
          if (std::this_thread::get_id() == caller) return task(i);
          const double begin = StageClock::now();
          task(i);
          const double spent_ms = StageClock::now() - begin;
          // Not +=, which libc++ has no more than Apple's for real numbers.
          for (double sum = elsewhere_ms; !elsewhere_ms.compare_exchange_weak(sum, sum + spent_ms);)
            continue;
        },
        tbb::simple_partitioner());
  });
  fork.join();
  StageClock::count_elsewhere(elsewhere_ms);
}

// The same for tasks that may fail, of which all are done: throws what the first of them threw, for
// any number of threads.
template <typename Task>
void in_parallel_all(int n, const Task& task) {
  std::vector<std::exception_ptr> failed(static_cast<std::size_t>(n));
  in_parallel(n, [&](int i) {
    try {
      task(i);
    } catch (...) {
      failed[static_cast<std::size_t>(i)] = std::current_exception();
    }
  });
  for (const std::exception_ptr& one : failed)
    if (one) std::rethrow_exception(one);
}

}  // namespace auriga
