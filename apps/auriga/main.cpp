// The command `auriga`: facial action units from video.
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

namespace {

// $AURIGA_ISA: what the kernels run on, to compare and to measure.
void choose_isa() {
  const char* word = std::getenv("AURIGA_ISA");
  if (word == nullptr || *word == '\0') return;
  try {
    auriga::use_isa(word);
  } catch (const auriga::Error& error) {
    throw auriga::Error(error.code(), std::string("AURIGA_ISA: ") + error.what());
  }
}

// What libav has to say of a damaged video is not printed: the report of the run says it in short.
void listen_to_libav() {
  av_log_set_level(AV_LOG_QUIET);
  av_log_set_callback([](void* context, int level, const char*, va_list) {
    auriga::note_libav_message(context, level);
  });
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
    auriga::app::complain(
        "auriga: cannot write to standard output: {}; what was printed is "
        "incomplete\n",
        std::generic_category().message(error));
  return static_cast<int>(auriga::ErrorCode::output);
}

// `words`: the name that the program is called by, and its arguments.
int run(std::vector<std::string> words) {
  using namespace auriga::app;
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

int main(int argc, char** argv) {
  auriga::app::prepare_console();
  auriga::app::let_large_files_fail();
  auriga::app::say_why_it_ends();
  listen_to_libav();
  int code = 0;
  auriga::app::with_enough_stack([&] { code = run({argv, argv + argc}); });
  return code;
}
