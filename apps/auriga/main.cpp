// The command `auriga`: facial action units from video.
#include <cstdarg>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <string>
#include <vector>

#include <fmt/core.h>

extern "C" {
#include <libavutil/log.h>
}

#include "auriga/error.hpp"
#include "auriga/machine.hpp"
#include "auriga/source.hpp"

#include "arguments.hpp"
#include "commands.hpp"

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

}  // namespace

int main(int argc, char** argv) {
  listen_to_libav();
  try {
    choose_isa();
    std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
    if (const auto program = auriga::app::openface_program(
            std::filesystem::path(argc > 0 ? argv[0] : "").filename().string()))
      return auriga::app::openface(words, *program);
    if (!words.empty() && words.front() == "openface")
      return auriga::app::openface({words.begin() + 1, words.end()});
    return auriga::app::run_command_line(auriga::app::all_commands(), words);
  } catch (const auriga::Error& error) {
    fmt::print(stderr, "auriga: {}\n", error.what());
    return static_cast<int>(error.code());
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "auriga: out of memory; use a machine with more or smaller frames\n");
    return static_cast<int>(auriga::ErrorCode::input);
  } catch (const std::exception& error) {
    fmt::print(stderr, "auriga: unexpected failure: {}; please report it\n", error.what());
    return static_cast<int>(auriga::ErrorCode::input);
  }
}
