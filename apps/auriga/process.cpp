#include "process.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <iterator>
#include <latch>
#include <thread>
#include <vector>

#include <pthread.h>
#include <sys/resource.h>

#include "auriga/machine.hpp"

namespace auriga::app {
namespace {

// What stands behind `key` and a colon in a file of such lines, without the blanks around it.
std::string value_of(const char* file, const std::string& key) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos || line.find_last_not_of(" \t", colon - 1) + 1 != key.size() ||
        line.compare(0, key.size(), key) != 0)
      continue;
    const std::size_t begin = line.find_first_not_of(" \t", colon + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return {};
}

}  // namespace

double peak_memory_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;  // ru_maxrss is in KiB
}

double available_memory_mb() {
  return std::strtod(value_of("/proc/meminfo", "MemAvailable").c_str(), nullptr) / 1024;  // KiB
}

int cores_given() {
  for (const char* name : {"SLURM_CPUS_PER_TASK", "SLURM_CPUS_ON_NODE"}) {
    const char* text = std::getenv(name);
    if (text == nullptr) continue;
    int cores = 0;
    const char* end = text + std::strlen(text);
    const auto [stop, error] = std::from_chars(text, end, cores);
    if (error == std::errc() && stop == end && cores > 0) return std::min(cores, cores_allowed());
  }
  return cores_allowed();
}

int startable_threads(int wanted) {
  std::latch done(1);
  std::vector<std::thread> threads;
  try {
    threads.reserve(static_cast<std::size_t>(wanted));
    while (std::ssize(threads) < wanted) threads.emplace_back([&done] { done.wait(); });
  } catch (const std::exception&) {
    // That is how many.
  }
  done.count_down();
  for (std::thread& thread : threads) thread.join();
  return static_cast<int>(threads.size());
}

void with_enough_stack(const std::function<void()>& action) {
  constexpr rlim_t kBytes = rlim_t{8} << 20;
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return action();
  pthread_attr_setstacksize(&attributes, kBytes);
#ifdef __GLIBC__
  pthread_setattr_default_np(&attributes);
#endif
  rlimit limit{};
  bool is_enough = getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur >= kBytes;
  if (!is_enough && limit.rlim_max >= kBytes) {
    limit.rlim_cur = kBytes;
    is_enough = setrlimit(RLIMIT_STACK, &limit) == 0;
  }
  struct Call {
    const std::function<void()>& action;
    std::exception_ptr failure;
  } call{action, nullptr};
  const auto run = [](void* pointer) -> void* {
    Call& to = *static_cast<Call*>(pointer);
    try {
      to.action();
    } catch (...) {
      to.failure = std::current_exception();
    }
    return nullptr;
  };
  pthread_t thread{};
  if (is_enough || pthread_create(&thread, &attributes, run, &call) != 0)
    run(&call);
  else
    pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  if (call.failure) std::rethrow_exception(call.failure);
}

std::string processor_name() { return value_of("/proc/cpuinfo", "model name"); }

}  // namespace auriga::app
