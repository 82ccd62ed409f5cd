// The subcommands of `auriga`, one file each.
#pragma once

#include <functional>

#include <CLI/CLI.hpp>

namespace auriga::app {

// Adds the subcommand to `app` and returns what runs it; that returns the exit code or throws
// auriga::Error.
using Command = std::function<int()>;
Command add_compare(CLI::App& app);
Command add_extract(CLI::App& app);
Command add_models(CLI::App& app);

}  // namespace auriga::app
