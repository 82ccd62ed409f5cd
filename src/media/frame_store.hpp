// Frames between a thread that fills them and one that uses them, counted in bytes.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "auriga/source.hpp"

namespace auriga {

// Filled frames in order, and emptied ones whose buffers serve again. Not thread-safe: whoever
// shares it guards it.
class FrameStore {
 public:
  // `budget`: bytes of all frames, filled and emptied, above which no buffer is kept. At most
  // `frames` of each kind.
  FrameStore(std::size_t budget, std::size_t frames) : budget_(budget), filled_(frames) {
    emptied_.reserve(frames);
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  bool full() const { return size_ == filled_.size(); }
  std::size_t bytes() const { return bytes_; }  // of the filled ones

  // Only when not full().
  void push(Frame&& frame) {
    bytes_ += frame.bytes();
    filled_[(head_ + size_++) % filled_.size()] = std::move(frame);
  }
  // Only when not empty(). What `frame` held before is kept for take(), if there is room.
  void pop(Frame& frame) {
    Frame& first = filled_[head_];
    head_ = (head_ + 1) % filled_.size();
    --size_;
    bytes_ -= first.bytes();
    std::swap(frame, first);
    keep(std::move(first));
  }

  // One to be filled.
  Frame take() {
    if (emptied_.empty()) return {};
    Frame frame = std::move(emptied_.back());
    emptied_.pop_back();
    emptied_bytes_ -= frame.bytes();
    return frame;
  }
  // To be taken next, whatever the budget.
  void lend(Frame&& frame) {
    emptied_bytes_ += frame.bytes();
    emptied_.push_back(std::move(frame));
  }
  void keep(Frame&& frame) {
    const std::size_t bytes = frame.bytes();
    if (bytes == 0) return;
    if (bytes_ + emptied_bytes_ + bytes > budget_ || emptied_.size() == filled_.size()) {
      frame.release();
      return;
    }
    lend(std::move(frame));
  }

  // Without any frame.
  void clear() {
    for (Frame& frame : filled_) frame.release();
    emptied_.clear();
    head_ = size_ = bytes_ = emptied_bytes_ = 0;
  }

 private:
  std::size_t budget_;
  std::vector<Frame> filled_;  // a ring: `size_` from `head_` on
  std::vector<Frame> emptied_;
  std::size_t head_ = 0, size_ = 0, bytes_ = 0, emptied_bytes_ = 0;
};

}  // namespace auriga
