#include "host.hpp"

#include <atomic>
#include <exception>
#include <mutex>
#include <new>
#include <system_error>

#include <nanobind/nanobind.h>
#include <unistd.h>

#include "auriga/error.hpp"

#include "failure.hpp"
#include "program.hpp"

namespace auriga::python {
namespace {

namespace nb = nanobind;

std::atomic<pid_t> first_user = 0;  // process; 0: none yet

void raise(const app::Failure& failure) {
  try {
    const nb::object error = nb::module_::import_("auriga._errors")
                                 .attr("of_code")(failure.exit_code, failure.message.c_str());
    PyErr_SetObject(error.type().ptr(), error.ptr());
  } catch (nb::python_error& inner) {
    inner.restore();
  }
}

void translate(const std::exception_ptr& caught, void*) {
  try {
    std::rethrow_exception(caught);
  } catch (const Error&) {
    raise(app::current_failure());
  } catch (const std::bad_alloc&) {
    raise(app::current_failure());
  } catch (const std::system_error&) {
    raise(app::current_failure());
  } catch (const Cancelled&) {
    PyErr_SetNone(PyExc_KeyboardInterrupt);
  } catch (const std::runtime_error&) {
    // oneTBB's way to say that there are no more threads.
    const app::Failure failure = app::current_failure();
    if (failure.exit_code != static_cast<int>(ErrorCode::machine)) throw;
    raise(failure);
  }
}

}  // namespace

void enter() {
  const pid_t self = getpid();
  pid_t user = 0;
  if (!first_user.compare_exchange_strong(user, self) && user != self)
    throw Error(ErrorCode::machine,
                "this process was forked from one that had already used auriga, whose threads and "
                "locks do not exist here; start processes with multiprocessing's method \"spawn\" "
                "or \"forkserver\", or use auriga only after the fork");
  static std::once_flag once;
  std::call_once(once, app::listen_to_libav);
}

bool is_forked() {
  const pid_t user = first_user;
  return user != 0 && user != getpid();
}

void translate_errors() { nb::register_exception_translator(translate); }

}  // namespace auriga::python
