// The command `auriga`: facial action units from video.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

extern "C" {
#include <libavutil/log.h>
}

#include "auriga/error.hpp"
#include "auriga/extract.hpp"
#include "auriga/machine.hpp"

#include "commands.hpp"
#include "files/columns.hpp"

namespace {

// OpenFace's flags have one dash and several letters; CLI11 wants two dashes for that.
std::vector<std::string> with_long_flags(int argc, char** argv) {
  std::vector<std::string> arguments;
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    if (auriga::column_group(argument)) argument.insert(argument.begin(), '-');
    arguments.push_back(std::move(argument));
  }
  return {arguments.rbegin(), arguments.rend()};  // the order that CLI11 wants
}

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

}  // namespace

int main(int argc, char** argv) {
  silence_libav();
  CLI::App app{"auriga: facial action units (FACS AUs) from video and pictures", "auriga"};
  app.set_version_flag("--version", std::string("auriga ") + auriga::version());
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 done, 1 partial result or comparison failed, 2 bad usage, 3 bad input,\n"
      "            4 bad or missing model, 5 cannot write.\n"
      "`auriga COMMAND --help` explains a command.");

  std::map<const CLI::App*, auriga::app::Command> commands;
  const auto add = [&](auriga::app::Command (*make)(CLI::App&)) {
    auriga::app::Command run = make(app);
    commands[app.get_subcommands([](const CLI::App*) { return true; }).back()] = std::move(run);
  };
  add(auriga::app::add_extract);
  add(auriga::app::add_summary);
  add(auriga::app::add_compare);
  add(auriga::app::add_bench);
  add(auriga::app::add_models);
  add(auriga::app::add_doctor);
  commands[app.add_subcommand("openface", "OpenFace's FeatureExtraction: its flags, its results")] =
      [] { return auriga::app::openface({}); };

  try {
    choose_isa();
    if (argc > 1 && std::strcmp(argv[1], "openface") == 0)
      return auriga::app::openface({argv + 2, argv + argc});
    // CLI11 would only say that a subcommand is missing.
    const auto is_named = [&](const CLI::App* command) { return command->check_name(argv[1]); };
    if (argc > 1 && argv[1][0] != '-' && app.get_subcommands(is_named).empty())
      throw auriga::Error(
          auriga::ErrorCode::usage,
          fmt::format("unknown command '{}'; `auriga --help` lists the commands", argv[1]));
    app.parse(with_long_flags(argc, argv));
    return commands.at(app.get_subcommands().front())();
  } catch (const CLI::ParseError& error) {
    // Help and version are "errors" with exit code 0.
    return app.exit(error) == 0 ? 0 : static_cast<int>(auriga::ErrorCode::usage);
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
