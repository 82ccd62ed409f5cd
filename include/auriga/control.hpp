// The way to look into a running job and to end it.
#pragma once

#include <cstdint>
#include <memory>

namespace auriga {

// A handle: copies are the same job. Any thread may call anything.
class Control {
 public:
  Control();

  // Ends the job after the frames that are under way. Sticky: a job that begins with a cancelled
  // control ends at once.
  void cancel() noexcept;
  bool cancelled() const noexcept;

  std::int64_t frames() const noexcept;  // done so far
  // Share of the job that is done, 0..1; 0 while it is not known how long the input is.
  double progress() const noexcept;

  // For whoever does the job.
  void report(std::int64_t frames, std::int64_t expected) noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace auriga
