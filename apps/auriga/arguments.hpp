// Reads the command line.
#pragma once

#include <string>
#include <vector>

#include "options.hpp"

namespace auriga::app {

// Runs the command that the words (without the name of the program) choose, once its options are
// set, and returns its exit code. --help and --version print to standard output and return 0; what
// is wrong with the words is printed to standard error and returns the exit code of bad usage.
// Besides, throws what the command throws, and Error(usage).
int run_command_line(const std::vector<Command>& commands, const std::vector<std::string>& words);

}  // namespace auriga::app
