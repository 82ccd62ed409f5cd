// Standard output and standard error, which may be full, closed or a pipe that nobody reads.
#pragma once

#include <string_view>
#include <utility>

#include <fmt/core.h>

namespace auriga::app {

// Call before anything else: gives standard streams that the caller has closed a descriptor, so
// that no file that is opened later gets its number, and lets writing to a pipe without a reader
// fail instead of ending the process.
void prepare_console();

// To standard error. What cannot be written is lost, nothing else is. Any thread. No memory is
// allocated. Control characters (up to U+009F, but line feeds and tabs) become question marks:
// names of files and what is read from files may have them, and they would command the terminal.
void complain(std::string_view text);
template <typename... Values>
void complain(fmt::format_string<Values...> format, Values&&... values) {
  complain(std::string_view(fmt::format(format, std::forward<Values>(values)...)));
}

// To standard output, for what only reports on results that lie elsewhere: as complain(). Results
// themselves are printed with fmt::print, whose failure is an exception, and lost_output().
void tell(std::string_view text);
template <typename... Values>
void tell(fmt::format_string<Values...> format, Values&&... values) {
  tell(std::string_view(fmt::format(format, std::forward<Values>(values)...)));
}

// Empties the line of the terminal that standard error goes to.
void erase_line();

// Empties the buffer of standard output. Why not all that was printed there has got through, as an
// errno; 0 if it has.
int lost_output();

}  // namespace auriga::app
