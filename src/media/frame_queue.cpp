#include "auriga/frame_queue.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <string>
#include <utility>

#include "auriga/error.hpp"

#include "base/stage_clock.hpp"
#include "media/frame_store.hpp"

namespace auriga {

namespace {

// Of small pictures, so that a queue of thumbnails does not grow without a bound.
constexpr std::size_t kMostFrames = 64;

void check(const FrameView& frame) {
  if (frame.bgr.channels == 3 && !frame.bgr.empty() && frame.bgr.data != nullptr) return;
  throw Error(ErrorCode::input, "a pushed frame: expected a picture of 3 channels (BGR), found " +
                                    std::to_string(frame.bgr.width) + " x " +
                                    std::to_string(frame.bgr.height) + " x " +
                                    std::to_string(frame.bgr.channels));
}

std::size_t bytes_of(ImageView bgr) {
  return std::size_t{3} * static_cast<std::size_t>(bgr.width) *
         static_cast<std::size_t>(bgr.height);
}

}  // namespace

struct FrameQueue::State {
  State(SourceInfo about, std::size_t bytes)
      : info(std::move(about)), max_bytes(bytes), store(bytes, kMostFrames) {}

  bool closed() const { return ended || stopped; }

  const SourceInfo info;
  const std::size_t max_bytes;

  std::mutex mutex;  // guards the fields below
  std::condition_variable changed;
  FrameStore store;
  bool ended = false, stopped = false;
  std::int64_t delivered = 0;
};

FrameQueue::FrameQueue(SourceInfo info, std::size_t max_bytes)
    : state_(std::make_unique<State>(std::move(info), max_bytes)) {}
FrameQueue::~FrameQueue() = default;

bool FrameQueue::push(const FrameView& view) {
  check(view);
  const std::size_t bytes = bytes_of(view.bgr);
  State& state = *state_;
  std::unique_lock lock(state.mutex);
  state.changed.wait(lock, [&] {
    return state.closed() || state.store.empty() ||
           (!state.store.full() && state.store.bytes() + bytes <= state.max_bytes);
  });
  if (state.closed()) return false;
  Frame frame = state.store.take();
  lock.unlock();  // the reader need not wait for the copy

  const double begin_ms = StageClock::now();
  Image& image = frame.write_bgr(view.bgr.width, view.bgr.height);
  for (int y = 0; y < image.height(); ++y)
    std::memcpy(image.row(y), view.bgr.row(y), static_cast<std::size_t>(image.stride()));
  frame.index = view.index;
  frame.timestamp_s = view.timestamp_s;
  frame.decode_ms = StageClock::now() - begin_ms;

  lock.lock();
  if (state.closed()) return false;
  state.store.push(std::move(frame));
  state.changed.notify_all();
  return true;
}

void FrameQueue::end() noexcept {
  const std::lock_guard lock(state_->mutex);
  state_->ended = true;
  state_->changed.notify_all();
}

bool FrameQueue::next(Frame& frame) {
  State& state = *state_;
  std::unique_lock lock(state.mutex);
  state.changed.wait(lock, [&] { return state.closed() || !state.store.empty(); });
  if (state.stopped || state.store.empty()) return false;
  state.store.pop(frame);
  ++state.delivered;
  state.changed.notify_all();
  return true;
}

void FrameQueue::stop() noexcept {
  const std::lock_guard lock(state_->mutex);
  state_->stopped = true;
  state_->store.clear();
  state_->changed.notify_all();
}

const SourceInfo& FrameQueue::info() const { return state_->info; }

SourceStatus FrameQueue::status() const {
  const std::lock_guard lock(state_->mutex);
  return {state_->delivered, false, {}};
}

}  // namespace auriga
