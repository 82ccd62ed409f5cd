// The command `auriga`: facial action units from video.
#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>
#include <vector>

extern "C" {
#include <libavutil/log.h>
}

#include "auriga/error.hpp"
#include "auriga/machine.hpp"

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

// What libav has to say of a damaged video is no news: the report of the run says it in short.
void silence_libav() { av_log_set_level(AV_LOG_QUIET); }

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

int run(std::vector<std::string> words) {
  using namespace auriga::app;
  try {
    choose_isa();
    const int code = !words.empty() && words.front() == "openface"
                         ? openface({words.begin() + 1, words.end()})
                         : run_command_line(all_commands(), words);
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
  silence_libav();
  int code = 0;
  auriga::app::with_enough_stack([&] { code = run({argv + (argc > 0 ? 1 : 0), argv + argc}); });
  return code;
}
