#include "progress.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "console.hpp"

namespace auriga::app {
namespace {

constexpr std::chrono::milliseconds kTerminalPeriod{200}, kLogPeriod{5000}, kBatchPeriod{60000};

std::string duration(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::lround(seconds));
  return whole < 3600 ? fmt::format("{}:{:02}", whole / 60, whole % 60)
                      : fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

// In words, for what takes longer.
std::string about(double seconds) {
  if (seconds < 90) return fmt::format("{:.0f} s", seconds);
  if (seconds < 90 * 60) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

std::size_t terminal_columns() {
  winsize size{};
  constexpr std::size_t kUsual = 80;
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kUsual;
}

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

}  // namespace

std::string shortened(const std::string& text, std::size_t columns) {
  std::vector<std::size_t> characters;  // where they begin
  for (std::size_t i = 0; i < text.size(); ++i)
    if (i == 0 || begins_character(text[i])) characters.push_back(i);
  if (characters.size() <= columns) return text;
  if (columns == 0) return {};
  const std::size_t kept = columns - 1, front = (kept + 1) / 2, back = kept - front;
  return text.substr(0, characters[front]) + "\u2026" +
         (back == 0 ? "" : text.substr(characters[characters.size() - back]));
}

Progress::Progress(std::vector<std::string> names, std::vector<double> work, bool silent)
    : inputs_(names.size()),
      silent_(silent),
      terminal_(isatty(STDERR_FILENO) != 0),
      begin_(Clock::now()) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    inputs_[i].name = std::move(names[i]);
    inputs_[i].work = std::max(work[i], 1.0);
  }
  next_ = begin_ + (terminal_ ? kTerminalPeriod : inputs_.size() > 1 ? kBatchPeriod : kLogPeriod);
}

Progress::~Progress() { clear(); }

void Progress::begin(std::size_t input) {
  const std::lock_guard lock(mutex_);
  inputs_[input].under_way = true;
  inputs_[input].begin = Clock::now();
}

void Progress::update(std::size_t input, std::int64_t frames, std::int64_t expected) {
  const std::lock_guard lock(mutex_);
  Input& one = inputs_[input];
  one.frames = frames;
  one.expected = expected;
  if (expected > 0)
    one.part = std::min(1.0, static_cast<double>(frames) / static_cast<double>(expected));
  if (const Clock::time_point now = Clock::now(); !silent_ && now >= next_) show(now);
}

void Progress::end(std::size_t input, bool computed, bool failed) {
  const std::lock_guard lock(mutex_);
  Input& one = inputs_[input];
  one.under_way = false;
  // What was left out says nothing about how long the others take.
  if (computed)
    computed_work_ += one.work;
  else
    one.work = 0;
  one.part = 1;
  ++ended_;
  failed_ += failed ? 1 : 0;
}

void Progress::clear() {
  const std::lock_guard lock(mutex_);
  if (line_open_) erase_line();
  line_open_ = false;
}

std::string Progress::line_of_one(const Input& input, Clock::time_point now) const {
  const double seconds = std::chrono::duration<double>(now - input.begin).count();
  const double fps = static_cast<double>(input.frames) / std::max(seconds, 1e-3);
  std::string line = fmt::format(": frame {}", input.frames);
  if (input.expected > 0) line += fmt::format(" of {}", input.expected);
  line += fmt::format(", {:.0f} frames/s", fps);
  if (input.expected > input.frames && fps > 0)
    line += fmt::format(", {} left",
                        duration(static_cast<double>(input.expected - input.frames) / fps));
  if (!terminal_) return input.name + line;
  const std::size_t columns = terminal_columns();
  return shortened(input.name, columns > line.size() + 1 ? columns - line.size() - 1 : 0) + line;
}

std::string Progress::line_of_all(Clock::time_point now) const {
  std::string line = fmt::format("{} of {}", ended_, inputs_.size());
  if (failed_ > 0) line += fmt::format(", {} failed", failed_);
  double done = computed_work_, left = 0;
  std::string names;
  for (const Input& one : inputs_) {
    if (one.under_way) {
      done += one.part * one.work;
      names += (names.empty() ? "" : ", ") + one.name;
    }
    left += (1 - one.part) * one.work;
  }
  // Where an input has just begun, the first of all, nothing is known of the speed.
  constexpr double kLeastSeconds = 2;
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  if (done > 0 && seconds >= kLeastSeconds)
    line += fmt::format(", {} left", about(left * seconds / done));
  line += ", now: ";
  if (!terminal_) return line + names;
  const std::size_t columns = terminal_columns();
  return line + shortened(names, columns > line.size() + 1 ? columns - line.size() - 1 : 0);
}

void Progress::show(Clock::time_point now) {
  const bool many = inputs_.size() > 1;
  next_ = now + (terminal_ ? kTerminalPeriod : many ? kBatchPeriod : kLogPeriod);
  const std::string line = many ? line_of_all(now) : line_of_one(inputs_.front(), now);
  if (terminal_) erase_line();
  complain("{}{}", line, terminal_ ? "" : "\n");
  line_open_ = terminal_;
}

}  // namespace auriga::app
