// Tells the thread sanitizer what it cannot see.
#pragma once

#if defined(__SANITIZE_THREAD__)
extern "C" void __tsan_acquire(void* address);
extern "C" void __tsan_release(void* address);
#endif

namespace auriga {

// While it lives the thing behind the pointer belongs to this thread. That turns follow each other
// is guaranteed by oneTBB, which is not built for the thread sanitizer. Without the sanitizer it
// does nothing.
class Turn {
 public:
#if defined(__SANITIZE_THREAD__)
  explicit Turn(void* thing) : thing_(thing) { __tsan_acquire(thing); }
  ~Turn() { __tsan_release(thing_); }

 private:
  void* thing_;

 public:
#else
  explicit Turn(void* /*thing*/) {}
  ~Turn() {}  // not trivial, so that nobody warns of an unused object
#endif
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
};

}  // namespace auriga
