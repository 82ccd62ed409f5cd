#include "capi/status.hpp"

#include <exception>
#include <new>
#include <string_view>
#include <system_error>

#include "auriga/error.hpp"

namespace auriga::capi {
namespace {

struct LastError {
  auriga_status status = AURIGA_OK;
  const char* message = "";
  std::string text;  // what `message` points to, unless memory is short
};

LastError& last_error() {
  thread_local LastError last;
  return last;
}

auriga_status keep(auriga_status status, const char* function, std::string_view message) noexcept {
  LastError& last = last_error();
  last.status = status;
  try {
    std::string text = std::string(function) + ": ";
    text += message;
    last.text = std::move(text);
    last.message = last.text.c_str();
  } catch (...) {
    last.message = "out of memory";
  }
  return status;
}

}  // namespace

void bad_usage(std::string message) { throw Failure{AURIGA_USAGE, std::move(message)}; }

auriga_status keep_current_exception(const char* function) noexcept {
  try {
    throw;
  } catch (const Failure& failure) {
    return keep(failure.status, function, failure.message);
  } catch (const Error& error) {
    return keep(static_cast<auriga_status>(error.code()), function, error.what());
  } catch (const std::bad_alloc&) {
    return keep(AURIGA_MACHINE, function, "out of memory");
  } catch (const std::system_error& error) {
    return keep(AURIGA_MACHINE, function, error.what());
  } catch (const std::exception& error) {
    // oneTBB has only these words for it.
    if (std::string_view(error.what()).starts_with("pthread_create has failed"))
      return keep(AURIGA_MACHINE, function, error.what());
    return keep(AURIGA_FAILURE, function, error.what());
  } catch (...) {
    return keep(AURIGA_FAILURE, function, "unexpected failure");
  }
}

}  // namespace auriga::capi

auriga_status auriga_last_error(const char** message) {
  const auto& last = auriga::capi::last_error();
  if (message != nullptr) *message = last.message;
  return last.status;
}
