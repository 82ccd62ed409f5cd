#pragma once

#include <nanobind/nanobind.h>

namespace auriga::python {

// Extraction and Job: what `auriga extract` does, input by input, on threads of its own.
void bind_jobs(nanobind::module_& module);

}  // namespace auriga::python
