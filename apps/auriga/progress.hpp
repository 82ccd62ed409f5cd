// Progress on standard error: frames, speed, time left.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace auriga::app {

// On a terminal one line that is rewritten some times a second, otherwise one line every few
// seconds.
class Progress {
 public:
  // `expected` frames; 0 where it is not known. A silent one prints nothing.
  Progress(std::string name, std::int64_t expected, bool silent);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void update(std::int64_t frames);
  double seconds() const;  // since construction

 private:
  using Clock = std::chrono::steady_clock;

  std::string name_;
  std::int64_t expected_;
  bool silent_, terminal_, line_open_ = false;
  Clock::time_point begin_, next_;
};

}  // namespace auriga::app
