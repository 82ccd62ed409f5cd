// The floating-point mode in which the networks run.
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace auriga {

// While it lives, the calling thread treats subnormal operands and results as zero. ONNX Runtime's
// own option would leave the mode on in the thread that loads the network and off in any other
// that runs it.
class SubnormalsAsZero {
 public:
#if defined(__x86_64__)
  SubnormalsAsZero() : saved_(_mm_getcsr()) { _mm_setcsr(saved_ | 0x8040); }  // FTZ | DAZ
  ~SubnormalsAsZero() { _mm_setcsr(saved_); }
#elif defined(__aarch64__)
  SubnormalsAsZero() {
    __asm__ volatile("mrs %0, fpcr" : "=r"(saved_));
    write(saved_ | (std::uint64_t{1} << 24));  // FZ
  }
  ~SubnormalsAsZero() { write(saved_); }
#else
  SubnormalsAsZero() {}
  ~SubnormalsAsZero() {}
#endif
  SubnormalsAsZero(const SubnormalsAsZero&) = delete;
  SubnormalsAsZero& operator=(const SubnormalsAsZero&) = delete;

 private:
#if defined(__x86_64__)
  unsigned saved_;
#elif defined(__aarch64__)
  static void write(std::uint64_t mode) { __asm__ volatile("msr fpcr, %0" : : "r"(mode)); }
  std::uint64_t saved_ = 0;
#endif
};

}  // namespace auriga
