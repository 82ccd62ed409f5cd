// The command `auriga` as a function.
#pragma once

#include <string>
#include <vector>

namespace auriga::app {

// What libav has to say of a damaged video is passed on to the library instead of being printed.
// For the whole process, and any other user of the same libav.
void listen_to_libav();

// Runs a command line: the name that the program is called by, and its arguments. Changes the
// process as a program may: signals, limits, what happens at std::terminate(). Call once, on the
// main thread, before there are others. Returns the exit code, never throws.
int run_program(const std::vector<std::string>& words);

}  // namespace auriga::app
