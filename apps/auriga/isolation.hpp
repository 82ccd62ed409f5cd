// A process of its own for work on input that nobody vouches for: with limits, without privileges,
// without a network.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "failure.hpp"

namespace auriga::app {

struct Isolation {
  bool on = false;
  std::int64_t memory_mb = 4096;     // of data (RLIMIT_DATA), in MiB
  std::int64_t processor_s = 43200;  // of all threads together
};

// What a child tells its parent: messages of a kind.
class MessageSender {
 public:
  explicit MessageSender(int descriptor) : descriptor_(descriptor) {}
  // Waits until the parent has room for it; lost where the parent is gone. Any one thread at a
  // time.
  void send(char kind, std::string_view bytes) const;

 private:
  int descriptor_;
};

// A child process, from its beginning to its end. Linux on x86-64 and arm64 only.
//
// The child shares nothing with its parent but open files. It cannot start programs or processes,
// open sockets, look into or signal other processes, or gain privileges (seccomp,
// PR_SET_NO_NEW_PRIVS); it leaves no core file, has at most kMostFiles files open, and is killed
// when its parent ends. It reads files as its parent may, and writes them where it was told to, if
// the kernel has Landlock, else as its parent may. Signals that ask to stop mean
// for it what they mean for its parent (stop_signals.hpp).
class IsolatedProcess {
 public:
  static constexpr int kMostFiles = 256;

  // Runs `action` in a child, which then ends; what it throws is told by wait(). `writable`: where
  // it may write, as for write_only_below(). Throws Error(machine) where no process can be started.
  // Call while the process has one thread.
  IsolatedProcess(const Isolation& limits, const std::vector<std::filesystem::path>& writable,
                  const std::function<void(const MessageSender&)>& action);
  ~IsolatedProcess();  // kills it if it is there
  IsolatedProcess(const IsolatedProcess&) = delete;
  IsolatedProcess& operator=(const IsolatedProcess&) = delete;

  // To poll(2) for reading.
  int descriptor() const { return descriptor_; }
  // Takes the messages that are there, without waiting. False: the child has nothing more to say.
  // A child that sends what is no message is killed.
  bool receive(const std::function<void(char kind, std::string_view bytes)>& take);
  // Asks it to stop as a signal would; once is enough. One that has ended is left alone.
  void ask_to_stop();
  // Waits for its end. Why it has failed; exit code 0: it has not. `name`: of what it worked on,
  // for the message.
  Failure wait(const std::string& name);

 private:
  void signal(int number);

  Isolation limits_;
  pid_t process_ = -1;
  int descriptor_ = -1;
  bool garbled_ = false;
  std::string received_;
  std::string failure_;  // its message about that: exit code, blank, words
};

}  // namespace auriga::app
