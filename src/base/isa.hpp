// The instruction set that the kernels run on (auriga/machine.hpp), for the kernels themselves.
#pragma once

#include <atomic>

#include "auriga/machine.hpp"

namespace auriga::internal {

extern std::atomic<Isa> isa_in_use;  // `base` until the library is initialised

// As auriga::isa_in_use(), without a call: kernels of a few nanoseconds ask, too.
inline Isa kernel_isa() { return isa_in_use.load(std::memory_order_relaxed); }

}  // namespace auriga::internal
