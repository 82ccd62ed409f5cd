// What a C function returns, and the message behind it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "auriga/c/auriga.h"

namespace auriga::capi {

// Thrown within a function, for what auriga::Error has no code.
struct Failure {
  auriga_status status;
  std::string message;
};

[[noreturn]] void bad_usage(std::string message);

// Keeps the exception that is being handled for auriga_last_error() of this thread and returns its
// status. Never throws.
auriga_status keep_current_exception(const char* function) noexcept;

// Runs `body` so that nothing is thrown across the interface. `function`: its name, for messages.
template <typename Body>
auriga_status guarded(const char* function, Body&& body) noexcept {
  try {
    std::forward<Body>(body)();
    return AURIGA_OK;
  } catch (...) {
    return keep_current_exception(function);
  }
}

// Throws AURIGA_USAGE for NULL.
template <typename T>
T& required(T* pointer, const char* name) {
  if (pointer == nullptr) bad_usage(std::string(name) + " is NULL");
  return *pointer;
}

}  // namespace auriga::capi
