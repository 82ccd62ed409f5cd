// What a user wants of `auriga live` while it runs: keys of the terminal, lines of a FIFO,
// messages.
#pragma once

#include <atomic>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace auriga::app {

enum class LiveOrder { neutral, reset, quit };
// "neutral", "reset", "quit"; nothing for other words.
std::optional<LiveOrder> live_order(std::string_view word);

// Orders that wait to be carried out. Any thread.
class LiveOrders {
 public:
  void add(LiveOrder order);
  std::optional<LiveOrder> take();

 private:
  std::mutex mutex_;
  std::deque<LiveOrder> waiting_;
};

// Reads orders from a FIFO, on a thread of its own until it is destroyed. What is no order is said.
class LiveCommands {
 public:
  // `file`: "-" is standard input. Throws Error(usage) when it cannot be opened.
  LiveCommands(const std::string& file, LiveOrders& orders);
  ~LiveCommands();
  LiveCommands(const LiveCommands&) = delete;
  LiveCommands& operator=(const LiveCommands&) = delete;

 private:
  void read();

  std::string file_;
  LiveOrders& orders_;
  int descriptor_ = -1;
  std::atomic<bool> stopped_ = false;
  std::thread thread_;
};

}  // namespace auriga::app
