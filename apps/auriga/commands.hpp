// The subcommands of `auriga`, one file each.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace auriga::app {

// Adds the subcommand to `app` and returns what runs it; that returns the exit code or throws
// auriga::Error.
using Command = std::function<int()>;
Command add_bench(CLI::App& app);
Command add_compare(CLI::App& app);
Command add_doctor(CLI::App& app);
Command add_extract(CLI::App& app);
Command add_models(CLI::App& app);
Command add_summary(CLI::App& app);

// `openface` has a command line of its own: the words behind it.
int openface(const std::vector<std::string>& words);

}  // namespace auriga::app
