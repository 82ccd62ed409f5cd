// The one exception type of auriga.
#pragma once

#include <stdexcept>
#include <string>

namespace auriga {

// What went wrong, in the classes that a script wants to tell apart. The values are the exit codes
// of the command `auriga`.
enum class ErrorCode {
  usage = 2,    // unknown, contradictory or out-of-range option
  input = 3,    // a video, picture or table cannot be read
  model = 4,    // a model file is missing, truncated, altered or of the wrong shape
  output = 5,   // a result cannot be written
  machine = 6,  // a limit of the machine or of the process: memory, threads, open files
};

// Thrown when a model, a file or an option is bad. The message names the file, what was expected,
// what was found and what to do. A frame without a face is a value, not an error.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

}  // namespace auriga
