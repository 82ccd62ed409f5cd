#include "auriga/control.hpp"

#include <algorithm>
#include <atomic>

namespace auriga {

struct Control::State {
  std::atomic<bool> cancelled = false;
  std::atomic<std::int64_t> frames = 0, expected = 0;
};

Control::Control() : state_(std::make_shared<State>()) {}

void Control::cancel() noexcept { state_->cancelled = true; }
bool Control::cancelled() const noexcept { return state_->cancelled; }
std::int64_t Control::frames() const noexcept { return state_->frames; }

double Control::progress() const noexcept {
  const std::int64_t expected = state_->expected;
  if (expected <= 0) return 0;
  return std::min(1.0, static_cast<double>(state_->frames) / static_cast<double>(expected));
}

void Control::report(std::int64_t frames, std::int64_t expected) noexcept {
  state_->frames = frames;
  state_->expected = expected;
}

}  // namespace auriga
