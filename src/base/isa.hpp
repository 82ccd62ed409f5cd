// Which instruction sets the kernels are compiled for, and which of them runs.
#pragma once

#include <atomic>
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

namespace internal {
extern std::atomic<Isa> isa_in_use;  // `base` until the library is initialised
}

// The one that runs: the first of runnable_isas(), unless use_isa() chose another.
inline Isa isa_in_use() { return internal::isa_in_use.load(std::memory_order_relaxed); }

// Makes all kernels of this process run on the one of that word. Never changes a result, so it may
// be called at any time. Throws Error(usage) that lists what there is when it isn't one of
// runnable_isas().
void use_isa(std::string_view word);

}  // namespace auriga
