// The fast kernels beside their plain versions, on made-up input of the usual size.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace auriga {

// Both versions of one computation. Every call of `plain` and `fast` takes another of a few inputs.
struct Kernel {
  std::string name;
  std::function<void()> plain, fast;
  // Largest absolute difference of their results over all inputs.
  std::function<double()> difference;
  double tolerance = 0;
};

// Needs no model files. Throws Error(output) where no temporary file can be written.
std::vector<Kernel> kernels();

struct KernelResult {
  std::string name;
  double plain_ms = 0, fast_ms = 0;  // processor time of one call, median
  double difference = 0, tolerance = 0;
  bool equal() const { return difference <= tolerance; }  // not for NaN
};

// Runs both by turns, `repetitions` times each for at least `least_ms`.
KernelResult measure(const Kernel& kernel, int repetitions = 7, double least_ms = 10);

}  // namespace auriga
