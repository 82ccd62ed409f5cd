#include "sinks/background.hpp"

#include <cassert>
#include <utility>

namespace auriga {

Background::Background(std::size_t most) : most_(most), thread_([this] { work(); }) {
  assert(most >= 1);
}

Background::~Background() {
  {
    const std::lock_guard lock(mutex_);
    waiting_.clear();
  }
  stop();
}

void Background::add(std::function<void()> task) {
  std::unique_lock lock(mutex_);
  assert(!ended_);
  changed_.wait(lock, [&] { return waiting_.size() < most_ || failed_; });
  if (failed_) std::rethrow_exception(failed_);
  waiting_.push_back(std::move(task));
  changed_.notify_all();
}

void Background::finish() {
  stop();
  if (failed_) std::rethrow_exception(failed_);
}

void Background::stop() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Background::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return ended_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const std::function<void()> task = std::move(waiting_.front());
    waiting_.pop_front();
    changed_.notify_all();
    lock.unlock();
    std::exception_ptr failed;
    try {
      task();
    } catch (...) {
      failed = std::current_exception();
    }
    lock.lock();
    if (!failed) continue;
    failed_ = failed;
    waiting_.clear();
    changed_.notify_all();
    return;
  }
}

}  // namespace auriga
