#include "stop_signals.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <ctime>

namespace auriga::app {
namespace {

constexpr std::int64_t kOneRequest_ns = 500'000'000;

std::atomic<bool> requested = false;
std::atomic<std::int64_t> first_ns = 0;  // of INT and TERM; 0: none yet
// A signal handler may touch nothing else.
static_assert(std::atomic<bool>::is_always_lock_free &&
              std::atomic<std::int64_t>::is_always_lock_free);

extern "C" void on_stop_signal(int signal) {
  const int error = errno;
  requested = true;
  if (signal == SIGINT || signal == SIGTERM) {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    const std::int64_t now_ns = 1 + std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
    std::int64_t before = 0;
    if (!first_ns.compare_exchange_strong(before, now_ns) && now_ns - before >= kOneRequest_ns) {
      std::signal(signal, SIG_DFL);
      std::raise(signal);
    }
  }
  errno = error;
}

void stop_on(int signal) {
  struct sigaction now {};
  now.sa_handler = on_stop_signal;
  now.sa_flags = SA_RESTART;
  sigemptyset(&now.sa_mask);
  sigaction(signal, &now, nullptr);
}

}  // namespace

void stop_on_signals() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGXCPU}) {
    struct sigaction now {};
    if (sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN) continue;
    stop_on(signal);
  }
}

void stop_for_parent(bool processor_time) {
  stop_on(SIGUSR1);
  if (processor_time) std::signal(SIGXCPU, SIG_DFL);
}

bool stop_requested() { return requested; }

void let_large_files_fail() { std::signal(SIGXFSZ, SIG_IGN); }

}  // namespace auriga::app
