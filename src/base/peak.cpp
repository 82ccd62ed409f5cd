// What one core does at best. This file alone is compiled with the contraction of a * b + c
// (CMakeLists.txt), so that there is FMA where the level has it.
#include <algorithm>
#include <chrono>
#include <iterator>

#include "auriga/machine.hpp"

#include "base/simd.hpp"

namespace auriga {
namespace {

constexpr int kRounds = 20000;  // well below a millisecond
// Enough for two units that take four cycles each; with the two operands in the 16 registers of
// AVX2 and SSE2.
constexpr int kChains = 12;

template <typename V, typename T>
AURIGA_INLINE void run_chains(T* values) {
  constexpr int kLanes = sizeof(V) / sizeof(T);
  V chain[kChains];
  for (int k = 0; k < kChains; ++k) chain[k] = load<V>(values + k * kLanes);
  const V factor = load<V>(values + kChains * kLanes), addend = factor;
  for (int i = 0; i < kRounds; ++i)
#pragma GCC unroll 12
    for (int k = 0; k < kChains; ++k) chain[k] = chain[k] * factor + addend;
  for (int k = 0; k < kChains; ++k) store(values + k * kLanes, chain[k]);
}

// The best of about 20 ms.
template <typename T>
double gflops() {
  alignas(64) T values[(kChains + 1) * 64 / sizeof(T)];
  std::fill(std::begin(values), std::end(values), T(0.5));  // and there the chains stay: 1 at most
  double best = 0;
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(20);
  for (auto now = std::chrono::steady_clock::now(); now < end;) {
    const int lanes = run_wide([&](auto wide) AURIGA_ALWAYS_INLINE {
      using W = decltype(wide);
      if constexpr (sizeof(T) == 4) {
        run_chains<typename W::f32>(values);
        return W::kLanes;
      } else {
        run_chains<typename W::f64>(values);
        return W::kDoubles;
      }
    });
    const auto after = std::chrono::steady_clock::now();
    best = std::max(best, 2.0 * kRounds * kChains * lanes * 1e-9 /
                              std::chrono::duration<double>(after - now).count());
    now = after;
  }
  return best;
}

}  // namespace

Peak measure_peak() { return {gflops<float>(), gflops<double>()}; }

}  // namespace auriga
