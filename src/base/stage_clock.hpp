// Where the time goes: processor time per stage of the pipeline.
#pragma once

#include <array>
#include <cstddef>
#include <ctime>
#include <string_view>
#include <utility>

namespace auriga {

enum class Stage {
  decode,
  detect,
  landmarks,
  fit,
  light,
  gaze,
  align,
  fhog,
  predict,
  calibrate,
  write
};

inline constexpr std::array<std::string_view, 11> kStageNames = {
    "decode", "detect", "landmarks", "fit",       "light", "gaze",
    "align",  "fhog",   "predict",   "calibrate", "write"};

// Sums of the processor time, ms, of the calling thread and of those that took over a part of its
// work (base/parallel.hpp), so that waiting for other threads or for a busy machine does not count.
// Not thread-safe: every frame carries its own through the pipeline, and they are added up at its
// end.
class StageClock {
 public:
  // Runs `work` and adds its time to `stage`.
  template <typename Work>
  decltype(auto) time(Stage stage, Work&& work) {
    const Running running(ms_[static_cast<std::size_t>(stage)]);
    return std::forward<Work>(work)();
  }

  // Processor time of the calling thread and for it, ms.
  static double now() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) * 1e-6 +
           elsewhere_ms_;
  }
  // Other threads have worked for the calling one.
  static void count_elsewhere(double ms) { elsewhere_ms_ += ms; }

  void add(Stage stage, double ms) { ms_[static_cast<std::size_t>(stage)] += ms; }

  double ms(Stage stage) const { return ms_[static_cast<std::size_t>(stage)]; }

  StageClock& operator+=(const StageClock& other) {
    for (std::size_t i = 0; i < ms_.size(); ++i) ms_[i] += other.ms_[i];
    return *this;
  }

 private:
  class Running {
   public:
    explicit Running(double& sum) : sum_(sum), begin_(now()) {}
    ~Running() { sum_ += now() - begin_; }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

   private:
    double& sum_;
    double begin_;
  };

  inline static thread_local double elsewhere_ms_ = 0;
  std::array<double, kStageNames.size()> ms_{};
};

}  // namespace auriga
