#include "program.hpp"

#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

extern "C" {
#include <libavutil/log.h>
}

#include "auriga/error.hpp"
#include "auriga/machine.hpp"
#include "auriga/source.hpp"

#include "arguments.hpp"
#include "commands.hpp"
#include "console.hpp"
#include "failure.hpp"
#include "process.hpp"
#include "stop_signals.hpp"

namespace auriga::app {
namespace {

// $AURIGA_ISA: what the kernels run on, to compare and to measure.
void choose_isa() {
  const char* word = std::getenv("AURIGA_ISA");
  if (word == nullptr || *word == '\0') return;
  try {
    use_isa(word);
  } catch (const Error& error) {
    throw Error(error.code(), std::string("AURIGA_ISA: ") + error.what());
  }
}

// Of the exception that is being handled, if it is that of fmt::print; else `known`.
int reason_of(int known) {
  try {
    throw;
  } catch (const std::system_error& error) {
    return error.code().value();
  } catch (...) {
    return known;
  }
}

int say_lost_output(int error) {
  // Whoever closes a pipe early, like head(1), wants no more; the exit code tells it nevertheless.
  if (error != EPIPE)
    complain(
        "auriga: cannot write to standard output: {}; what was printed is "
        "incomplete\n",
        std::generic_category().message(error));
  return static_cast<int>(ErrorCode::output);
}

// `words`: the name that the program is called by, and its arguments.
int run(std::vector<std::string> words) {
  const auto command = [&] {
    const std::string name =
        words.empty() ? "" : std::filesystem::path(words.front()).filename().string();
    if (!words.empty()) words.erase(words.begin());
    if (const auto program = openface_program(name)) return openface(words, *program);
    if (!words.empty() && words.front() == "openface")
      return openface({words.begin() + 1, words.end()});
    return run_command_line(all_commands(), words);
  };
  try {
    choose_isa();
    const int code = command();
    const int lost = lost_output();
    return lost == 0 ? code : say_lost_output(lost);
  } catch (...) {
    if (const int lost = lost_output(); lost != 0) return say_lost_output(reason_of(lost));
    const Failure failure = current_failure();
    complain("auriga: {}\n", failure.message);
    return failure.exit_code;
  }
}

}  // namespace

void listen_to_libav() {
  av_log_set_level(AV_LOG_QUIET);
  av_log_set_callback(
      [](void* context, int level, const char*, va_list) { note_libav_message(context, level); });
}

int run_program(const std::vector<std::string>& words) {
  prepare_console();
  let_large_files_fail();
  say_why_it_ends();
  listen_to_libav();
  int code = 0;
  with_enough_stack([&] { code = run(words); });
  return code;
}

}  // namespace auriga::app
