#include "failure.hpp"

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <functional>
#include <new>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/core.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "auriga/error.hpp"

#include "console.hpp"

namespace auriga::app {
namespace {

std::string data_limit_words = "ulimit -d";

std::optional<std::uint64_t> limit(int resource) {
  rlimit found{};
  if (getrlimit(static_cast<__rlimit_resource>(resource), &found) != 0 ||
      found.rlim_cur == RLIM_INFINITY)
    return std::nullopt;
  return found.rlim_cur;
}

// Of the control group of this process, version 2 or 1: of a container or a job of a cluster.
std::optional<std::uint64_t> group_limit(std::initializer_list<const char*> files) {
  for (const char* file : files) {
    std::uint64_t value = 0;
    // Without a limit version 2 has the word max, version 1 a number beyond any machine.
    if (std::ifstream(file) >> value && value < (std::uint64_t{1} << 60)) return value;
  }
  return std::nullopt;
}

class Sentence {
 public:
  void add(const std::string& part) { text_ += (text_.empty() ? "" : ", ") + part; }
  void add_mb(const char* what, std::optional<std::uint64_t> bytes, const char* how) {
    if (bytes) add(fmt::format("{} limited to {} MB ({})", what, *bytes >> 20, how));
  }
  std::string text() const { return text_; }

 private:
  std::string text_;
};

std::string with(const std::string& limits) { return limits.empty() ? "" : ": " + limits; }

Failure out_of_memory() {
  return {static_cast<int>(ErrorCode::machine),
          "out of memory" + with(memory_limits()) +
              "; raise the limit, take a machine with more, or fewer --workers and --jobs"};
}

Failure no_thread() {
  return {static_cast<int>(ErrorCode::machine),
          "cannot start a thread" + with(thread_limits()) +
              "; raise the limit, or take fewer --workers and --jobs"};
}

Failure no_file() {
  return {static_cast<int>(ErrorCode::machine),
          fmt::format("too many open files{}; raise the limit, or take fewer --jobs",
                      with(limit(RLIMIT_NOFILE) ? fmt::format("files are limited to {} (ulimit -n)",
                                                              *limit(RLIMIT_NOFILE))
                                                : std::string()))};
}

Failure of_system(const std::system_error& error) {
  if (error.code().category() == std::generic_category() ||
      error.code().category() == std::system_category()) {
    switch (error.code().value()) {
      case EAGAIN:
        return no_thread();
      case ENOMEM:
        return out_of_memory();
      case EMFILE:
      case ENFILE:
        return no_file();
      default:
        break;
    }
  }
  return {static_cast<int>(ErrorCode::input),
          std::string("unexpected failure: ") + error.what() + "; please report it"};
}

// Prepared, because a signal handler can put nothing together.
std::string no_memory_text;

bool is_memory_short() {
  constexpr std::size_t kBytes = std::size_t{64} << 20;
  void* probe = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (probe == MAP_FAILED) return true;
  munmap(probe, kBytes);
  return false;
}

extern "C" void on_deadly_signal(int signal) {
  if (is_memory_short()) {
    static_cast<void>(!write(STDERR_FILENO, no_memory_text.data(), no_memory_text.size()));
    _exit(static_cast<int>(ErrorCode::machine));
  }
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

std::function<void(const Failure&)> tell_parent;  // empty: this process speaks for itself

[[noreturn]] void on_terminate() {
  if (std::current_exception()) {
    const Failure failure = current_failure();
    if (tell_parent)
      tell_parent(failure);
    else
      complain("auriga: {}\n", failure.message);
    _exit(failure.exit_code);
  }
  std::abort();
}

}  // namespace

std::string memory_limits() {
  Sentence limits;
  limits.add_mb("the address space is", limit(RLIMIT_AS), "ulimit -v");
  limits.add_mb("data are", limit(RLIMIT_DATA), data_limit_words.c_str());
  limits.add_mb(
      "the memory of the container or job is",
      group_limit({"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}),
      "its control group");
  return limits.text();
}

std::string thread_limits() {
  Sentence limits;
  // The stack of a thread is memory, too.
  const std::string memory = memory_limits();
  if (!memory.empty()) limits.add(memory);
  if (const auto most = limit(RLIMIT_NPROC))
    limits.add(
        fmt::format("processes and threads of this user are limited to {} (ulimit -u)", *most));
  if (const auto most = group_limit({"/sys/fs/cgroup/pids.max", "/sys/fs/cgroup/pids/pids.max"}))
    limits.add(fmt::format("those of the container or job to {} (its control group)", *most));
  return limits.text();
}

Failure current_failure() noexcept {
  try {
    throw;
  } catch (const Error& error) {
    return {static_cast<int>(error.code()), error.what()};
  } catch (const std::bad_alloc&) {
    try {
      return out_of_memory();
    } catch (...) {
      return {static_cast<int>(ErrorCode::machine), "out of memory"};
    }
  } catch (const std::system_error& error) {
    return of_system(error);
  } catch (const std::exception& error) {
    // oneTBB has only these words for it.
    if (std::string_view(error.what()).starts_with("pthread_create has failed")) return no_thread();
    return {static_cast<int>(ErrorCode::input),
            std::string("unexpected failure: ") + error.what() + "; please report it"};
  } catch (...) {
    return {static_cast<int>(ErrorCode::input), "unexpected failure; please report it"};
  }
}

void say_why_it_ends() {
  std::set_terminate(on_terminate);
  // Where nothing is limited these signals are mistakes, to be left to whoever looks for them.
  if (!limit(RLIMIT_AS) && !limit(RLIMIT_DATA)) return;
  if (!tell_parent) no_memory_text = "auriga: " + out_of_memory().message + '\n';
  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS}) std::signal(signal, on_deadly_signal);
}

void tell_why_it_ends(std::function<void(const Failure&)> tell, std::string data_limit) {
  tell_parent = std::move(tell);
  data_limit_words = std::move(data_limit);
  no_memory_text.clear();
  say_why_it_ends();
}

}  // namespace auriga::app
