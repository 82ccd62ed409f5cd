// The face of `auriga live` on a terminal.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "auriga/live.hpp"

#include "live_controls.hpp"

namespace auriga::app {

// What is shown; a copy, so that no terminal that is stuck holds anybody up.
struct LivePicture {
  std::string source;
  std::int64_t frames = 0, lost = 0;
  double fps = 0, latency_ms = 0, captured_s = 0;
  bool face = false;
  double unseen_s = 0;   // since a face was seen
  double waiting_s = 0;  // since the latest frame
  std::string trouble, neutral;
  std::vector<std::pair<std::string, double>> intensities;  // AU01, 0..5
  std::vector<std::string> presences;                       // of those that are there
  HeadPose pose;
  Gaze gaze;
  std::vector<std::pair<std::string, std::int64_t>> dropped;  // by sink
};

// The screen of `rows` lines of `columns` characters: text with the codes of a terminal, each line
// cleared to its end, nothing beyond the last one.
std::string screen_of(const LivePicture& picture, int columns, int rows);

// Draws ten times a second on a thread of its own and reads keys: q n r. Without a terminal it
// says a line every ten seconds. Restores the terminal at its end. update() from one thread.
class LiveTerminal {
 public:
  // `wanted`: draw, if standard error is a terminal; `quiet`: say nothing at all; `keys`: standard
  // input may have keys.
  LiveTerminal(bool wanted, bool quiet, bool keys, LiveOrders& orders);
  ~LiveTerminal();
  LiveTerminal(const LiveTerminal&) = delete;
  LiveTerminal& operator=(const LiveTerminal&) = delete;

  void update(LivePicture picture);
  // A line for people: above what is drawn, or on standard error.
  void say(const std::string& text);
  // The same, also where nothing but errors is wanted (--quiet).
  void say_error(const std::string& text);
  bool draws() const { return draws_; }

 private:
  void work();
  void draw();
  void read_keys();

  bool draws_, quiet_;
  LiveOrders& orders_;
  int keys_ = -1;
  std::mutex mutex_;  // guards the next two
  LivePicture picture_;
  std::vector<std::string> said_;
  int columns_ = 0, rows_ = 0;
  std::atomic<bool> stopped_ = false;
  std::thread thread_;
};

}  // namespace auriga::app
