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

// The same for tasks that begin together and are waited for: what was done before the fork is seen
// by its branches, and what they did by who waited.
class Fork {
 public:
#if defined(__SANITIZE_THREAD__)
  explicit Fork(void* thing) : begin_(thing), end_(static_cast<char*>(thing) + 1) {
    __tsan_release(begin_);
  }
  void join() const { __tsan_acquire(end_); }

 private:
  friend class Branch;
  void *begin_, *end_;
#else
  explicit Fork(void* /*thing*/) {}
  void join() const {}
#endif
};
class Branch {
 public:
#if defined(__SANITIZE_THREAD__)
  explicit Branch(const Fork& fork) : fork_(fork) { __tsan_acquire(fork_.begin_); }
  ~Branch() { __tsan_release(fork_.end_); }

 private:
  const Fork& fork_;

 public:
#else
  explicit Branch(const Fork& /*fork*/) {}
  ~Branch() {}
#endif
  Branch(const Branch&) = delete;
  Branch& operator=(const Branch&) = delete;
};

}  // namespace auriga
