#include "media/read_ahead.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace auriga {

namespace {

std::size_t bytes_of(const SourceInfo& info) {
  return std::size_t{3} * static_cast<std::size_t>(info.width) *
         static_cast<std::size_t>(info.height);
}

}  // namespace

ReadAhead::ReadAhead(Source& source, std::size_t budget, std::size_t frames, bool whole)
    : source_(source),
      info_(source.info()),
      budget_(budget - std::min(budget, info_.bytes_under_way)),
      whole_(whole),
      store_(budget_, frames),
      expected_bytes_(bytes_of(info_)) {
  assert(frames >= 1);
  thread_ = std::thread([this] { decode(); });
}

ReadAhead::~ReadAhead() {
  stop();
  thread_.join();
}

void ReadAhead::stop() noexcept {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  source_.stop();
}

bool ReadAhead::may_decode() const {
  if (store_.full()) return false;
  return store_.bytes() + expected_bytes_ <= budget_ || (store_.empty() && asked_);
}

void ReadAhead::decode() {
  std::exception_ptr failure;
  try {
    while (true) {
      Frame frame;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return stopped_ || may_decode(); });
        if (stopped_) break;
        frame = store_.take();
        decoding_ = true;
      }
      if (stopped_ || !source_.next(frame)) break;
      if (whole_ || !frame.converts_parts()) frame.convert();
      const std::lock_guard lock(mutex_);
      decoding_ = false;
      expected_bytes_ = frame.bytes();
      store_.push(std::move(frame));
      changed_.notify_all();
    }
  } catch (...) {
    failure = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  failure_ = failure;
  finished_ = true;
  changed_.notify_all();
}

bool ReadAhead::next(Frame& frame) {
  std::unique_lock lock(mutex_);
  const auto told = [this] { return finished_ || (!stopped_ && !store_.empty()); };
  if (!told()) {
    // The buffer that the caller brings serves for what it gets, so that no two large ones exist.
    if (!decoding_ && frame.bytes() > 0) store_.lend(std::move(frame));
    asked_ = true;
    changed_.notify_all();
    changed_.wait(lock, told);
    asked_ = false;
  }
  if (stopped_ || store_.empty()) {
    at_end_ = true;
    if (failure_ && !stopped_) std::rethrow_exception(failure_);
    return false;
  }
  store_.pop(frame);
  ++delivered_;
  changed_.notify_all();
  return true;
}

SourceStatus ReadAhead::status() const {
  return at_end_ ? source_.status() : SourceStatus{delivered_, false, {}};
}

}  // namespace auriga
