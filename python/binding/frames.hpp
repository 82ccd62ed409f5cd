#pragma once

#include <nanobind/nanobind.h>

namespace auriga::python {

// Session, Stream and what they give: frames one by one.
void bind_frames(nanobind::module_& module);

}  // namespace auriga::python
