// Decoding on a thread of its own, a few frames ahead of whoever uses them.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>

#include "auriga/source.hpp"

#include "media/frame_store.hpp"

namespace auriga {

// Delivers exactly the frames of another source, in their order, converted to BGR by its thread. It
// starts one thread, which keeps up to `frames` of them and up to `budget` bytes ready, less those
// that the source says its decoder has under way, but at least one. A frame as large as the one
// before would be decides whether another fits; where one alone is more than the budget, it is
// decoded when next() asks, in the caller's buffer. Buffers go round: next() takes the caller's for
// a filled one; they are let go where the budget is too small for them. An exception of the source
// comes out of next() after the frames before it. next() and status() belong to one thread.
class ReadAhead final : public Source {
 public:
  static constexpr std::size_t kBudget = std::size_t{24} << 20, kFrames = 8;
  // For a source whose decoder may use so many threads.
  static constexpr std::size_t budget_for(int threads) {
    constexpr std::size_t kPerThread = std::size_t{12} << 20;
    return std::max(kBudget, static_cast<std::size_t>(threads) * kPerThread);
  }

  // `source` must outlive this and is used by nobody else meanwhile; `frames` >= 1.
  // `whole` false: frames that convert parts by themselves stay as they are.
  explicit ReadAhead(Source& source, std::size_t budget = kBudget, std::size_t frames = kFrames,
                     bool whole = true);

  // Stops the source and the thread; waits at most for the frame that it is decoding.
  ~ReadAhead() override;

  bool next(Frame& frame) override;
  const SourceInfo& info() const override { return info_; }

  // Of the source once all frames are delivered; before that only the number of frames delivered.
  SourceStatus status() const override;

  void stop() noexcept override;

 private:
  void decode();
  bool may_decode() const;

  Source& source_;  // the thread's, until it has finished
  const SourceInfo info_;
  const std::size_t budget_;
  const bool whole_;

  std::mutex mutex_;  // guards the fields below
  std::condition_variable changed_;
  FrameStore store_;
  std::size_t expected_bytes_;         // of the next frame
  bool decoding_ = false;              // the thread has taken the place for it
  bool asked_ = false;                 // next() waits
  std::atomic<bool> stopped_ = false;  // changed under the mutex
  bool finished_ = false;              // the thread touches nothing any more
  std::exception_ptr failure_;

  std::int64_t delivered_ = 0;
  bool at_end_ = false;

  std::thread thread_;  // not std::jthread, which libc++ did not have before 20
};

}  // namespace auriga
