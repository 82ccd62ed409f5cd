// Whether what a person has excluded in a marks file counts all the same.
#pragma once

#include <string>

#include "options.hpp"

namespace auriga::app {

// --no-marks, under the heading `group`.
OptionRow no_marks_option(bool& use_marks, std::string group);

}  // namespace auriga::app
