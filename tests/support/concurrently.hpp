// Runs the same work in several threads at the same time.
#pragma once

#include <future>
#include <latch>
#include <type_traits>
#include <vector>

namespace auriga::test {

// What work(0), ..., work(threads - 1) give, each called in a thread of its own; all begin
// together. An exception of any is passed on.
template <typename Work>
auto concurrently(int threads, const Work& work) {
  using Result = std::invoke_result_t<const Work&, int>;
  std::latch start(threads);
  std::vector<std::future<Result>> running;
  for (int i = 0; i < threads; ++i)
    running.push_back(std::async(std::launch::async, [&work, &start, i] {
      start.arrive_and_wait();
      return work(i);
    }));
  std::vector<Result> results;
  for (std::future<Result>& one : running) results.push_back(one.get());
  return results;
}

}  // namespace auriga::test
