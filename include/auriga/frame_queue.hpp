// Frames that a program pushes, as a source.
#pragma once

#include <cstddef>
#include <memory>

#include "auriga/source.hpp"

namespace auriga {

// One thread pushes frames, another reads them, e.g. in run(), which stops the queue at its end:
//
//   FrameQueue queue(info);
//   std::thread camera([&] {
//     while (grab(view) && queue.push(view)) {}
//     queue.end();
//   });
//   run(queue, session, sinks);  // whatever it throws: push() returns false from then on
//   camera.join();
//
// Without run(), whoever reads calls stop() when done. The queue must outlive all calls.
class FrameQueue final : public Source {
 public:
  static constexpr std::size_t kMaxBytes = std::size_t{24} << 20;

  // `info`: what is known of the frames beforehand; width and height must be those of the first.
  // `max_bytes`: of pictures that wait to be read; a larger one waits alone.
  explicit FrameQueue(SourceInfo info, std::size_t max_bytes = kMaxBytes);
  ~FrameQueue() override;

  // Copies a frame to the end of the queue; waits while there is no room. One thread. False: it was
  // not taken, because nobody reads any more (stop()) or after end(). Throws Error(input) unless it
  // is a picture in BGR.
  bool push(const FrameView& frame);
  // There are no more: next() returns false after what is queued. Any thread.
  void end() noexcept;

  // Waits for a frame, as pushed. The reader's thread.
  bool next(Frame& frame) override;
  const SourceInfo& info() const override;
  SourceStatus status() const override;
  // The reader has gone: what is queued is dropped. Any thread.
  void stop() noexcept override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace auriga
