#include "media/read_ahead.hpp"

#include <cassert>
#include <utility>

namespace auriga {

ReadAhead::ReadAhead(std::unique_ptr<FrameSource> source, std::size_t depth)
    : source_(std::move(source)), info_(source_->info()), ring_(depth) {
  assert(depth >= 1);
  thread_ = std::jthread([this](std::stop_token stop) { decode(std::move(stop)); });
}

ReadAhead::~ReadAhead() =
    default;  // jthread asks to stop, which wakes the wait in decode(), and joins

void ReadAhead::decode(std::stop_token stop) {
  std::exception_ptr failure;
  try {
    std::size_t at = 0;
    while (true) {
      {
        std::unique_lock lock(mutex_);
        if (!changed_.wait(lock, stop, [this] { return ready_ < ring_.size(); })) break;
      }
      if (stop.stop_requested() || !source_->next(ring_[at])) break;
      at = (at + 1) % ring_.size();
      const std::lock_guard lock(mutex_);
      ++ready_;
      changed_.notify_one();
    }
  } catch (...) {
    failure = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  failure_ = failure;
  finished_ = true;
  changed_.notify_one();
}

bool ReadAhead::next(Frame& frame) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ready_ > 0 || finished_; });
  if (ready_ == 0) {
    at_end_ = true;
    if (failure_) std::rethrow_exception(failure_);
    return false;
  }
  std::swap(frame, ring_[head_]);
  head_ = (head_ + 1) % ring_.size();
  --ready_;
  ++delivered_;
  changed_.notify_one();
  return true;
}

SourceStatus ReadAhead::status() const {
  return at_end_ ? source_->status() : SourceStatus{delivered_, false, {}};
}

}  // namespace auriga
