// The progress of a fetch on standard error.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "packs/pack_fetch.hpp"

namespace auriga::app {

// Says how much of how much is there, how fast it comes and how long that will take: by the last
// ten seconds.
class FetchRate {
 public:
  using Clock = std::chrono::steady_clock;

  // E.g. "12.0 of 451.0 MB, 3.2 MB/s, 2:17 left". What was there at the first call was not fetched.
  std::string text(const FetchProgress& progress, Clock::time_point now);

 private:
  std::deque<std::pair<Clock::time_point, std::uintmax_t>> seen_;
};

// One line that is rewritten; where standard error is no terminal one a minute. `write` puts text
// there.
class FetchProgressLine {
 public:
  explicit FetchProgressLine(std::function<void(std::string_view)> write);
  ~FetchProgressLine();
  FetchProgressLine(const FetchProgressLine&) = delete;
  FetchProgressLine& operator=(const FetchProgressLine&) = delete;

  void show(const FetchProgress& progress);

 private:
  std::function<void(std::string_view)> write_;
  const bool terminal_;
  FetchRate rate_;
  FetchRate::Clock::time_point next_;
  bool open_ = false;
};

}  // namespace auriga::app
