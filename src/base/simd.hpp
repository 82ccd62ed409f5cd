// Fixed-width vectors and run-time dispatch for the hot kernels.
//
// Kernels are written with vectors of a fixed number of lanes, and the build switches the
// contraction of a*b+c off. So a kernel gives the same bits on every instruction set;
// AURIGA_MULTIVERSION only chooses how many lanes one instruction handles.
#pragma once

#include <cstring>

namespace auriga {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define AURIGA_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define AURIGA_SANITIZED 1
#endif
#endif

// Before a function definition: compile it for several x86-64 levels and let the loader choose.
// Helpers that it calls must be AURIGA_INLINE, or they run at the base level.
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(AURIGA_SANITIZED)
#define AURIGA_MULTIVERSION \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define AURIGA_MULTIVERSION
#endif

#define AURIGA_INLINE inline __attribute__((always_inline))

using f32x8 = float __attribute__((vector_size(32)));
using f64x4 = double __attribute__((vector_size(32)));
using f64x8 = double __attribute__((vector_size(64)));
using f32x16 = float __attribute__((vector_size(64)));

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
