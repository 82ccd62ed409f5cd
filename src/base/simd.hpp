// Vectors and run-time dispatch for the hot kernels.
//
// The build switches the contraction of a*b+c off, and what a lane computes never depends on the
// number of lanes in a vector. So a kernel gives the same bits on every instruction set.
//
// run_wide() runs a kernel compiled for the best one (base/isa.hpp). A kernel is an AURIGA_INLINE
// function of either kind:
//
// - Plain loops that the compiler vectorises, and vectors of at most 32 bytes. The compiler keeps
//   vectors that are longer than the registers of a level in memory, which costs a factor of three
//   to four: 64 bytes do not belong here.
// - A template that takes the vectors that fit the level, for kernels that gain from 64 bytes. Sums
//   across lanes need a fixed number of partial sums, several vectors where those are short.
#pragma once

#include <cstring>

#include "base/isa.hpp"

namespace auriga {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define AURIGA_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define AURIGA_SANITIZED 1
#endif
#endif

// The highest x86-64 level that kernels are compiled for: 4 (AVX-512), 3 (AVX2), 1 (SSE2). Lower
// than 4 only to test and to measure on a new machine what old ones run (CMake: AURIGA_ISA).
#if !defined(__x86_64__) || !defined(__linux__) || !defined(__GNUC__) || defined(__clang__) || \
    defined(AURIGA_SANITIZED)
#undef AURIGA_ISA_LEVEL
#define AURIGA_ISA_LEVEL 1
#elif !defined(AURIGA_ISA_LEVEL)
#define AURIGA_ISA_LEVEL 4
#endif

#define AURIGA_ALWAYS_INLINE __attribute__((always_inline))
#define AURIGA_INLINE inline AURIGA_ALWAYS_INLINE

// Vectors of kBytes bytes.
template <int kBytes>
struct Wide {
  using f32 __attribute__((vector_size(kBytes))) = float;
  using i32 __attribute__((vector_size(kBytes))) = int;
  using u32 __attribute__((vector_size(kBytes))) = unsigned;
  using f64 __attribute__((vector_size(kBytes))) = double;
  using f32_half __attribute__((vector_size(kBytes / 2))) = float;  // as many lanes as f64
  static constexpr int kLanes = kBytes / 4;                         // of f32
  static constexpr int kDoubles = kBytes / 8;                       // lanes of f64
};
using f32x8 = Wide<32>::f32;
using f64x4 = Wide<32>::f64;
using f64x8 = Wide<64>::f64;
using f32x16 = Wide<64>::f32;

#if AURIGA_ISA_LEVEL >= 3
template <typename Kernel>
__attribute__((target("arch=x86-64-v3"))) auto run_on_v3(const Kernel& kernel) {
  return kernel(Wide<32>{});
}
#endif
#if AURIGA_ISA_LEVEL >= 4
template <typename Kernel>
__attribute__((target("arch=x86-64-v4"))) auto run_on_v4(const Kernel& kernel) {
  return kernel(Wide<64>{});
}
#endif

// Returns kernel(Wide<n>{}), compiled for the level in use; n is what its registers hold. With
// sanitizers n is 64, so that they see how far the longest vectors reach. `kernel` is a lambda that
// does no more than call an AURIGA_INLINE function; what that calls must be inlined, too, or it
// runs at the base level:
//
//   run_wide([&](auto wide) AURIGA_ALWAYS_INLINE { return dot<decltype(wide)>(a, b, count); });
//   run_wide([&](auto) AURIGA_ALWAYS_INLINE { count_body(values, n); });
template <typename Kernel>
AURIGA_INLINE auto run_wide(const Kernel& kernel) {
#if AURIGA_ISA_LEVEL >= 4
  if (internal::kernel_isa() == Isa::v4) return run_on_v4(kernel);
#endif
#if AURIGA_ISA_LEVEL >= 3
  if (internal::kernel_isa() == Isa::v3) return run_on_v3(kernel);
#endif
#ifdef AURIGA_SANITIZED
  return kernel(Wide<64>{});
#else
  return kernel(Wide<16>{});
#endif
}

// Unaligned load and store of a whole vector.
template <typename V, typename T>
AURIGA_INLINE V load(const T* p) {
  V v;
  std::memcpy(&v, p, sizeof(V));
  return v;
}
template <typename V, typename T>
AURIGA_INLINE void store(T* p, V v) {
  std::memcpy(p, &v, sizeof(V));
}

}  // namespace auriga
