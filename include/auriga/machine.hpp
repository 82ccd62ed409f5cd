// What the library makes of this machine: the instruction sets that its kernels run on, and how
// many cores there are for them. Every function may be called from any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace auriga {

// Of x86-64 the levels of its ABI; `base` is what the compiler may assume everywhere: SSE2 (v1) on
// x86-64, NEON on arm64.
enum class Isa { base = 1, v3 = 3, v4 = 4 };

std::string_view isa_word(Isa isa);   // "v4", "v3"; base: "v1", "neon", else "base"
std::string_view isa_title(Isa isa);  // for people: "AVX-512", "AVX2", "SSE2", "NEON", "none"

// That kernels are compiled for, the best first; the last one is `base`.
std::vector<Isa> compiled_isas();
// Of those the ones that this processor has.
std::vector<Isa> runnable_isas();

// The one that runs: the first of runnable_isas(), unless use_isa() chose another.
Isa isa_in_use();

// Makes all kernels of this process run on the one of that word. Never changes a result, so it may
// be called at any time. Throws Error(usage) that lists what there is when it isn't one of
// runnable_isas().
void use_isa(std::string_view word);

// Of the cores that the process is bound to (affinity), as many as its control group gives it time
// for, at least 1. Reads the system anew each time; never throws.
int cores_allowed();

// Of those the first step: the cores that the process is bound to.
int cores_bound();

// What this core does at best: chains of a * b + c in registers, 10^9 operations per second.
struct Peak {
  double float_gflops = 0, double_gflops = 0;
};
// Takes about 40 ms of the calling thread, on the instruction set in use.
Peak measure_peak();

// Of the linked ONNX Runtime: its version, e.g. "1.29.0", and the words of RecipeChoice::device
// that it was built for. A listed accelerator may still be unusable here, for want of a driver or
// of the hardware.
std::string network_runtime_version();
std::vector<std::string> network_devices();

}  // namespace auriga
