// Work of a sink that nobody has to wait for.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

namespace auriga {

// Does tasks one after the other, in their order, on a thread of its own. add() and finish() belong
// to one thread.
class Background {
 public:
  // `most` >= 1: tasks that wait, beside the one under way.
  explicit Background(std::size_t most);
  // Tasks that wait are let go; the one under way is waited for.
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  // Waits while there is no room. Throws what an earlier task has thrown; later ones are not done.
  void add(std::function<void()> task);
  // Waits until all are done. Throws what a task has thrown. Nothing can be added afterwards.
  void finish();

 private:
  void work();
  void stop();

  const std::size_t most_;
  std::mutex mutex_;  // guards the fields below
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  std::exception_ptr failed_;
  bool ended_ = false;
  std::thread thread_;  // begins last
};

}  // namespace auriga
