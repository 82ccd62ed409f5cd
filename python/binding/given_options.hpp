// Options of the command's lists, as keywords.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <nanobind/nanobind.h>

#include "file_text.hpp"
#include "options.hpp"

namespace auriga::python {

// Names of options as the list has them and their values as text, as on a command line.
using GivenOptions = std::vector<std::pair<std::string, FileText>>;

// Sets them. Throws Error(usage): a value that is not allowed, two that exclude each other.
void set_options(const app::OptionList& options, const GivenOptions& given);

void bind_options(nanobind::module_& module);

}  // namespace auriga::python
