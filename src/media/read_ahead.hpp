// Decoding on a thread of its own, a few frames ahead of whoever uses them.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "media/frame_source.hpp"

namespace auriga {

// Delivers exactly the frames of another source, in their order. It starts one thread, which keeps
// up to `depth` frames ready; their buffers go round: each next() trades the caller's for a filled
// one, so at most depth + 1 images exist. An exception of the source comes out of next() after the
// frames before it. next() and status() belong to one thread.
class ReadAhead final : public FrameSource {
 public:
  // `source` is not null, `depth` >= 1.
  explicit ReadAhead(std::unique_ptr<FrameSource> source, std::size_t depth = 8);

  // Stops the thread; waits at most for the frame that it is decoding.
  ~ReadAhead() override;

  bool next(Frame& frame) override;
  const SourceInfo& info() const override { return info_; }

  // Of the source once all frames are delivered; before that only the number of frames delivered.
  SourceStatus status() const override;

 private:
  void decode(std::stop_token stop);

  std::unique_ptr<FrameSource> source_;  // the thread's, until it has finished
  const SourceInfo info_;
  std::vector<Frame>
      ring_;  // `ready_` frames from `head_` on are the consumer's, the rest the thread's

  std::mutex mutex_;  // guards the fields below
  std::condition_variable_any changed_;
  std::size_t head_ = 0;
  std::size_t ready_ = 0;
  bool finished_ = false;  // the thread touches nothing any more
  std::exception_ptr failure_;

  std::int64_t delivered_ = 0;
  bool at_end_ = false;

  std::jthread thread_;  // last: it ends before what it uses
};

}  // namespace auriga
