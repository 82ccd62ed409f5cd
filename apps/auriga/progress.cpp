#include "progress.hpp"

#include <cmath>
#include <utility>

#include <fmt/core.h>
#include <unistd.h>

#include "console.hpp"

namespace auriga::app {
namespace {

constexpr std::chrono::milliseconds kTerminalPeriod{200}, kLogPeriod{5000};

std::string duration(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::lround(seconds));
  return whole < 3600 ? fmt::format("{}:{:02}", whole / 60, whole % 60)
                      : fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

}  // namespace

Progress::Progress(std::string name, std::int64_t expected, bool silent)
    : name_(std::move(name)),
      expected_(expected),
      silent_(silent),
      terminal_(isatty(STDERR_FILENO) != 0),
      begin_(Clock::now()),
      next_(begin_ + (terminal_ ? kTerminalPeriod : kLogPeriod)) {}

Progress::~Progress() {
  if (line_open_) complain("\r\x1b[K");
}

double Progress::seconds() const {
  return std::chrono::duration<double>(Clock::now() - begin_).count();
}

void Progress::update(std::int64_t frames) {
  if (silent_ || Clock::now() < next_) return;
  next_ = Clock::now() + (terminal_ ? kTerminalPeriod : kLogPeriod);
  const double fps = static_cast<double>(frames) / seconds();
  std::string line = fmt::format("{}: frame {}", name_, frames);
  if (expected_ > 0) line += fmt::format(" of {}", expected_);
  line += fmt::format(", {:.0f} frames/s", fps);
  if (expected_ > frames)
    line += fmt::format(", {} left", duration(static_cast<double>(expected_ - frames) / fps));
  complain("{}{}{}", terminal_ ? "\r\x1b[K" : "", line, terminal_ ? "" : "\n");
  line_open_ = terminal_;
}

}  // namespace auriga::app
