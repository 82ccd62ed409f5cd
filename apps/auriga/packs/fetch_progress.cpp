#include "packs/fetch_progress.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/core.h>
#include <unistd.h>

namespace auriga::app {
namespace {

using Clock = FetchRate::Clock;

constexpr std::chrono::seconds kWindow{10};
constexpr std::chrono::milliseconds kTerminalPeriod{200}, kLogPeriod{60000};

double megabytes(std::uintmax_t bytes) { return static_cast<double>(bytes) / 1e6; }

std::string duration(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::ceil(seconds));
  return whole < 3600 ? fmt::format("{}:{:02}", whole / 60, whole % 60)
                      : fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

}  // namespace

std::string FetchRate::text(const FetchProgress& progress, Clock::time_point now) {
  // A file that is begun anew takes bytes back.
  if (!seen_.empty() && progress.bytes < seen_.back().second) seen_.clear();
  seen_.emplace_back(now, progress.bytes);
  while (seen_.size() > 2 && now - seen_.front().first > kWindow) seen_.pop_front();
  std::string text = fmt::format("{:.1f} of {:.1f} MB", megabytes(progress.bytes),
                                 megabytes(progress.bytes_expected));
  const double seconds = std::chrono::duration<double>(now - seen_.front().first).count();
  const auto bytes = progress.bytes - seen_.front().second;
  if (seconds < 0.5 || bytes == 0) return text;
  const double rate = static_cast<double>(bytes) / seconds;
  const auto left = progress.bytes_expected - std::min(progress.bytes, progress.bytes_expected);
  return text + fmt::format(", {:.1f} MB/s, {} left", rate / 1e6,
                            duration(static_cast<double>(left) / rate));
}

FetchProgressLine::FetchProgressLine(std::function<void(std::string_view)> write)
    : write_(std::move(write)),
      terminal_(isatty(STDERR_FILENO) != 0),
      next_(Clock::now() + (terminal_ ? kTerminalPeriod : kLogPeriod)) {}

FetchProgressLine::~FetchProgressLine() {
  if (open_) write_("\r\x1b[K");
}

void FetchProgressLine::show(const FetchProgress& progress) {
  const Clock::time_point now = Clock::now();
  if (now < next_) return;
  next_ = now + (terminal_ ? kTerminalPeriod : kLogPeriod);
  write_(fmt::format("{}{}{}", terminal_ ? "\r\x1b[K" : "", rate_.text(progress, now),
                     terminal_ ? "" : "\n"));
  open_ = terminal_;
}

}  // namespace auriga::app
