#include "isolation.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "auriga/error.hpp"

#include "stop_signals.hpp"
#include "system_call_filter.hpp"
#include "write_restriction.hpp"

namespace auriga::app {
namespace {

// A message: its kind, the size of what follows (in the byte order of the machine), the bytes.
constexpr std::size_t kHeadBytes = 1 + sizeof(std::uint32_t);
// Far more than a manifest needs.
constexpr std::uint32_t kMostBytes = std::uint32_t{64} << 20;
// Of failures that throw, within isolation.cpp.
constexpr char kFailure = '!';

// What children that are under way send to this process; no child reads what another one says.
std::vector<int> open_descriptors;

// At most `most`, for good, and at most what is allowed already. Returns whether `most` decides.
bool limit(int resource, rlim_t most) {
  rlimit found{};
  const auto which = static_cast<__rlimit_resource>(resource);
  getrlimit(which, &found);
  const bool decides = found.rlim_cur > most;
  found.rlim_max = std::min(found.rlim_max, most);
  found.rlim_cur = std::min(found.rlim_cur, found.rlim_max);
  setrlimit(which, &found);
  return decides;
}

void send_failure(const MessageSender& sender, const Failure& failure) {
  sender.send(kFailure, fmt::format("{} {}", failure.exit_code, failure.message));
}

// The life of the child.
void live(const Isolation& limits, const std::vector<std::filesystem::path>& writable, pid_t parent,
          const MessageSender& sender, const std::function<void(const MessageSender&)>& action) {
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (getppid() != parent) return;  // it has ended before that
  for (const int descriptor : open_descriptors) close(descriptor);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_NOFILE, IsolatedProcess::kMostFiles);
  // The limit of another one asks for the results so far, as without isolation. The second's grace
  // is for a child that holds the signal off.
  rlimit time{};
  getrlimit(RLIMIT_CPU, &time);
  const rlim_t most = static_cast<rlim_t>(limits.processor_s);
  const bool own_time = time.rlim_cur > most;
  if (own_time) {
    time.rlim_cur = most;
    time.rlim_max = std::min(time.rlim_max, most + 1);
    setrlimit(RLIMIT_CPU, &time);
  }
  stop_for_parent(own_time);
  const bool own_memory = limit(RLIMIT_DATA, static_cast<rlim_t>(limits.memory_mb) << 20);
  tell_why_it_ends([&sender](const Failure& failure) { send_failure(sender, failure); },
                   own_memory ? "--isolate-memory" : "ulimit -d");
  try {
    filter_system_calls();
    write_only_below(writable);
    action(sender);
  } catch (...) {
    send_failure(sender, current_failure());
  }
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

std::string signal_words(int signal) {
  const char* name = strsignal(signal);
  return fmt::format("signal {} ({})", signal, name == nullptr ? "unknown" : name);
}

constexpr int code(ErrorCode error) { return static_cast<int>(error); }

}  // namespace

void MessageSender::send(char kind, std::string_view bytes) const {
  const std::uint32_t size = static_cast<std::uint32_t>(bytes.size());
  std::string message(kHeadBytes, kind);
  std::memcpy(message.data() + 1, &size, sizeof size);
  message += bytes;
  for (std::string_view left = message; !left.empty();) {
    const ssize_t written = write(descriptor_, left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return;
    left.remove_prefix(static_cast<std::size_t>(written));
  }
}

IsolatedProcess::IsolatedProcess(const Isolation& limits,
                                 const std::vector<std::filesystem::path>& writable,
                                 const std::function<void(const MessageSender&)>& action)
    : limits_(limits) {
  std::fflush(nullptr);  // what is in buffers would be printed by both
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    throw Error(ErrorCode::machine, std::string("--isolate: cannot make a pipe: ") +
                                        std::strerror(errno) + "; take fewer --jobs");
  const pid_t parent = getpid();
  // Until the child knows what to do about it.
  sigset_t requests, before;
  sigemptyset(&requests);
  sigaddset(&requests, SIGUSR1);
  sigprocmask(SIG_BLOCK, &requests, &before);
  process_ = fork();
  if (process_ == 0) {
    close(ends[0]);
    const MessageSender sender(ends[1]);
    try {
      stop_for_parent(false);
      sigprocmask(SIG_SETMASK, &before, nullptr);
      live(limits, writable, parent, sender, action);
    } catch (...) {
      std::terminate();
    }
    // Not what the parent would do at its end.
    _exit(0);
  }
  const int error = errno;
  sigprocmask(SIG_SETMASK, &before, nullptr);
  close(ends[1]);
  if (process_ < 0) {
    close(ends[0]);
    throw Error(ErrorCode::machine, std::string("--isolate: cannot start a process: ") +
                                        std::strerror(error) + "; take fewer --jobs");
  }
  descriptor_ = ends[0];
  fcntl(descriptor_, F_SETFL, O_NONBLOCK);
  open_descriptors.push_back(descriptor_);
}

IsolatedProcess::~IsolatedProcess() {
  if (process_ > 0) {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
  }
  std::erase(open_descriptors, descriptor_);
  close(descriptor_);
}

bool IsolatedProcess::receive(const std::function<void(char, std::string_view)>& take) {
  char buffer[65536];
  bool more = true;
  // One that never stops talking leaves the others their turn.
  constexpr int kMostReads = 64;
  for (int reads = 0; reads < kMostReads; ++reads) {
    const ssize_t size = read(descriptor_, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size == 0) more = false;
    if (size < 0) more = errno == EAGAIN;
    if (size <= 0) break;
    received_.append(buffer, static_cast<std::size_t>(size));
    std::string_view left = received_;
    while (left.size() >= kHeadBytes && !garbled_) {
      std::uint32_t bytes = 0;
      std::memcpy(&bytes, left.data() + 1, sizeof bytes);
      garbled_ = bytes > kMostBytes;
      if (garbled_ || left.size() - kHeadBytes < bytes) break;
      const std::string_view message = left.substr(kHeadBytes, bytes);
      if (left.front() == kFailure)
        failure_ = message;
      else
        take(left.front(), message);
      left.remove_prefix(kHeadBytes + bytes);
    }
    received_.erase(0, received_.size() - left.size());
    if (garbled_) {
      signal(SIGKILL);
      return false;
    }
  }
  return more;
}

void IsolatedProcess::ask_to_stop() { signal(SIGUSR1); }

// kill(-1) would be to all processes.
void IsolatedProcess::signal(int number) {
  if (process_ > 0) kill(process_, number);
}

Failure IsolatedProcess::wait(const std::string& name) {
  int status = 0;
  rusage used{};
  // It has closed its pipe, so that it ends at once; one that does not is not waited for.
  constexpr int kMostLooks = 500;
  constexpr std::chrono::milliseconds kPause{10};
  pid_t ended = 0;
  for (int look = 0; ended == 0; ++look) {
    ended = wait4(process_, &status, look < kMostLooks ? WNOHANG : 0, &used);
    if (ended < 0 && errno == EINTR) ended = 0;
    if (ended != 0) break;
    if (look < kMostLooks) std::this_thread::sleep_for(kPause);
    if (look + 1 == kMostLooks) kill(process_, SIGKILL);
  }
  process_ = -1;
  const auto failed = [&](ErrorCode error, const std::string& what) {
    return Failure{code(error), name + ": " + what};
  };
  if (garbled_)
    return failed(ErrorCode::input,
                  "its process (--isolate) sent what none sends; the file may be made to do harm: "
                  "do not open it elsewhere, and please report it");
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    const double processor_s = seconds(used.ru_utime) + seconds(used.ru_stime);
    if (signal == SIGXCPU ||
        (signal == SIGKILL && processor_s >= static_cast<double>(limits_.processor_s)))
      return failed(ErrorCode::machine,
                    fmt::format("expected to be done within {} s of processor time "
                                "(--isolate-time), found it not done; give it more, or find out "
                                "what is wrong with the file",
                                limits_.processor_s));
    if (signal == SIGKILL)
      return failed(ErrorCode::machine,
                    fmt::format("its process (--isolate) was killed: {}, by the system for want of "
                                "memory or by somebody; see the system's log (dmesg), and lower "
                                "--isolate-memory or --jobs where memory is short",
                                signal_words(signal)));
    if (signal == SIGINT || signal == SIGTERM || signal == SIGHUP || signal == SIGQUIT)
      return failed(ErrorCode::input, "stopped: " + signal_words(signal));
    return failed(ErrorCode::input,
                  fmt::format("its process (--isolate) crashed: {}; the file is damaged or made to "
                              "do harm, leave it out; please report it",
                              signal_words(signal)));
  }
  if (!failure_.empty()) {
    const char* const end = failure_.data() + failure_.size();
    int exit_code = 0;
    const auto [blank, error] = std::from_chars(failure_.data(), end, exit_code);
    if (error == std::errc() && exit_code > 0 && blank != end)
      return {exit_code, std::string(blank + 1, end)};
  }
  if (const int exit_code = WEXITSTATUS(status); exit_code == code(ErrorCode::machine))
    return failed(ErrorCode::machine,
                  fmt::format("out of memory: data are limited to {} MB (--isolate-memory); raise "
                              "the limit, or take fewer --workers",
                              limits_.memory_mb));
  else if (exit_code != 0)
    return failed(ErrorCode::input,
                  fmt::format("its process (--isolate) ended with exit code {} and no word; please "
                              "report it",
                              exit_code));
  return {};
}

}  // namespace auriga::app
