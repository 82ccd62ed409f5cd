#include "host.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <new>
#include <set>
#include <system_error>
#include <thread>

#include <nanobind/nanobind.h>
#include <unistd.h>

#include "auriga/error.hpp"

#include "failure.hpp"
#include "file_text.hpp"
#include "program.hpp"

namespace auriga::python {
namespace {

namespace nb = nanobind;

std::atomic<pid_t> first_user = 0;  // process; 0: none yet

void raise(const app::Failure& failure) {
  try {
    const nb::object error = nb::module_::import_("auriga._errors")
                                 .attr("of_code")(failure.exit_code, FileText(failure.message));
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

namespace {

struct Calls {
  std::mutex mutex;
  std::condition_variable changed;
  int released = 0;
  std::set<Background*> background;
};
// Never destroyed: threads may be in it when the process ends.
Calls& calls() {
  static auto* all = new Calls;
  return *all;
}

std::atomic<bool> ending = false;
std::thread::id last_thread;

[[noreturn]] void sleep_forever() {
  while (true) pause();
}

}  // namespace

Released::Released() : thread_(PyEval_SaveThread()) {
  Calls& all = calls();
  {
    const std::lock_guard lock(all.mutex);
    if (!ending || std::this_thread::get_id() == last_thread) {
      ++all.released;
      return;
    }
  }
  sleep_forever();
}

Released::~Released() {
  Calls& all = calls();
  {
    const std::lock_guard lock(all.mutex);
    --all.released;
    all.changed.notify_all();
  }
  if (ending && std::this_thread::get_id() != last_thread) sleep_forever();
  PyEval_RestoreThread(static_cast<PyThreadState*>(thread_));
}

Background::Background() {
  const std::lock_guard lock(calls().mutex);
  calls().background.insert(this);
}
Background::~Background() {
  if (is_forked()) return;
  const std::lock_guard lock(calls().mutex);
  calls().background.erase(this);
}

void end_of_interpreter() {
  if (is_forked()) return;
  last_thread = std::this_thread::get_id();
  ending = true;
  PyThreadState* thread = PyEval_SaveThread();
  {
    Calls& all = calls();
    std::unique_lock lock(all.mutex);
    for (Background* one : all.background) one->cancel();
    const auto over = [&all] {
      return all.released == 0 && std::all_of(all.background.begin(), all.background.end(),
                                              [](Background* one) { return one->over(); });
    };
    const auto latest = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!over() && std::chrono::steady_clock::now() < latest)
      all.changed.wait_for(lock, std::chrono::milliseconds(20));
  }
  PyEval_RestoreThread(thread);
}

void translate_errors() { nb::register_exception_translator(translate); }

}  // namespace auriga::python
