#pragma once

#include <nanobind/nanobind.h>

namespace auriga::python {

// Tables in files: reading, summary, comparison.
void bind_table_files(nanobind::module_& module);

}  // namespace auriga::python
