// Progress on standard error: frames, speed, time left.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace auriga::app {

// A text that is at most `columns` characters long: what is too much is taken from the middle,
// where an ellipsis stands for it. Characters are code points of UTF-8.
std::string shortened(const std::string& text, std::size_t columns);

// How far several inputs, or one, have come. On a terminal one line that is rewritten some times a
// second and fits into its width; otherwise a line every few seconds about one input, every minute
// about several. All calls from any thread.
class Progress {
 public:
  // `names` of the inputs, and what of the work each of them is, e.g. its bytes. A silent one
  // prints nothing.
  Progress(std::vector<std::string> names, std::vector<double> work, bool silent);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void begin(std::size_t input);
  // `expected` frames; 0 where it is not known.
  void update(std::size_t input, std::int64_t frames, std::int64_t expected);
  // `computed`: it took its time, and was not left out or refused at once.
  void end(std::size_t input, bool computed, bool failed);

  // Takes the line off the terminal, so that something else can be printed.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  struct Input {
    std::string name;
    double work = 0, part = 0;  // part: 0..1, that is done
    bool under_way = false;
    std::int64_t frames = 0, expected = 0;
    Clock::time_point begin;
  };

  std::string line_of_one(const Input& input, Clock::time_point now) const;
  std::string line_of_all(Clock::time_point now) const;
  void show(Clock::time_point now);

  std::mutex mutex_;
  std::vector<Input> inputs_;
  std::size_t ended_ = 0, failed_ = 0;
  double computed_work_ = 0;  // of those that have ended
  bool silent_, terminal_, line_open_ = false;
  Clock::time_point begin_, next_;
};

}  // namespace auriga::app
