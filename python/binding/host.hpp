// The Python process that the library is a guest in.
#pragma once

#include <stdexcept>

namespace auriga::python {

// Call before anything that uses models, threads or libav. Throws Error(machine) in a process that
// was forked from one where this had been called: locks and threads of that one are lost.
void enter();

// Whether this process is such a one. What the library holds cannot be given back there, and is
// left alone.
bool is_forked();

// Makes exceptions of the library Python's (auriga.Error and its kinds).
void translate_errors();

// The caller wanted no more.
struct Cancelled : std::runtime_error {
  Cancelled() : std::runtime_error("cancelled") {}
};

}  // namespace auriga::python
