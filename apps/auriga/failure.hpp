// What went wrong, in words and as an exit code.
#pragma once

#include <functional>
#include <string>

namespace auriga::app {

struct Failure {
  int exit_code = 0;
  std::string message;  // without a line feed
};

// Of the exception that is being handled. Call from a catch block only. Never throws.
Failure current_failure() noexcept;

// Where an exception can reach no one, as on a thread of a library, the process says what
// current_failure() does and ends with that exit code instead of being aborted; and where a library
// gives up or falls over while there is no memory, it says that.
void say_why_it_ends();

// The same for a process whose parent speaks for it: `tell` gets what current_failure() does, and
// nothing is printed. Of a library that falls over for want of memory the exit code tells, that of
// ErrorCode::machine. `data_limit`: what has set the limit of data, for messages.
void tell_why_it_ends(std::function<void(const Failure&)> tell, std::string data_limit);

// Limits of memory and of threads that this process has, for messages; e.g. "the address space is
// limited to 512 MB (ulimit -v)". Empty: none is known.
std::string memory_limits();
std::string thread_limits();

}  // namespace auriga::app
