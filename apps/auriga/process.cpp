#include "process.hpp"

#include <cstdlib>
#include <fstream>

#include <sys/resource.h>

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

std::string processor_name() { return value_of("/proc/cpuinfo", "model name"); }

}  // namespace auriga::app
