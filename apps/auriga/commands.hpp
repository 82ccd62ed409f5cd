// The commands of `auriga`, one file each.
#pragma once

#include <string>
#include <vector>

#include "openface_arguments.hpp"
#include "options.hpp"

namespace auriga::app {

Command bench_command();
Command blink_command();
Command compare_command();
Command doctor_command();
Command draw_command();
Command extract_command();
Command live_command();
Command models_command();
Command report_command();
Command summary_command();
Command view_command();

// In the order of `auriga --help`.
std::vector<Command> all_commands();

// `openface` has a command line of its own: the words behind it. `called`: the program that auriga
// was called by the name of. Returns the exit code or throws Error.
int openface(const std::vector<std::string>& words,
             OpenFaceProgram called = OpenFaceProgram::feature_extraction);

}  // namespace auriga::app
