#include "live_controls.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auriga/error.hpp"

#include "console.hpp"

namespace auriga::app {

std::optional<LiveOrder> live_order(std::string_view word) {
  while (!word.empty() && (word.back() == '\n' || word.back() == '\r' || word.back() == ' '))
    word.remove_suffix(1);
  if (word == "neutral") return LiveOrder::neutral;
  if (word == "reset") return LiveOrder::reset;
  if (word == "quit") return LiveOrder::quit;
  return std::nullopt;
}

void LiveOrders::add(LiveOrder order) {
  constexpr std::size_t kMost = 16;  // who sends more has said it all
  const std::lock_guard lock(mutex_);
  if (waiting_.size() < kMost) waiting_.push_back(order);
}

std::optional<LiveOrder> LiveOrders::take() {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) return std::nullopt;
  const LiveOrder order = waiting_.front();
  waiting_.pop_front();
  return order;
}

LiveCommands::LiveCommands(const std::string& file, LiveOrders& orders)
    : file_(file), orders_(orders) {
  if (file == "-") {
    descriptor_ = dup(STDIN_FILENO);
  } else {
    struct stat what {};
    if (stat(file.c_str(), &what) != 0 && mkfifo(file.c_str(), 0600) != 0)
      throw Error(ErrorCode::usage, fmt::format("--commands {}: expected a FIFO, cannot make one: "
                                                "{}",
                                                file, std::strerror(errno)));
    if (stat(file.c_str(), &what) == 0 && !S_ISFIFO(what.st_mode))
      throw Error(ErrorCode::usage,
                  fmt::format("--commands {}: expected a FIFO, found something else; `mkfifo {}` "
                              "makes one under a name that is free",
                              file, file));
    // For writing, too, so that it does not end with each writer.
    descriptor_ = open(file.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  }
  if (descriptor_ < 0)
    throw Error(ErrorCode::usage,
                fmt::format("--commands {}: cannot be read: {}", file, std::strerror(errno)));
  thread_ = std::thread([this] { read(); });
}

LiveCommands::~LiveCommands() {
  stopped_ = true;
  thread_.join();
  close(descriptor_);
}

void LiveCommands::read() {
  std::string line;
  while (!stopped_) {
    constexpr int kPatience_ms = 100;
    pollfd one{descriptor_, POLLIN, 0};
    if (poll(&one, 1, kPatience_ms) <= 0) continue;
    char text[256];
    const ssize_t count = ::read(descriptor_, text, sizeof text);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) return;
    for (ssize_t i = 0; i < count; ++i) {
      if (text[i] != '\n') {
        constexpr std::size_t kMostLine = 256;
        if (line.size() < kMostLine) line += text[i];
        continue;
      }
      if (const auto order = live_order(line))
        orders_.add(*order);
      else if (!line.empty())
        complain("auriga: --commands {}: expected neutral, reset or quit, found '{}'\n", file_,
                 line);
      line.clear();
    }
  }
}

}  // namespace auriga::app
