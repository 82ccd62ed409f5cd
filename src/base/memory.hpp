// Whether a failure is one of memory.
#pragma once

namespace auriga {

// Libraries say of a large number in a damaged file the same as of a machine without memory. Throws
// std::bad_alloc if 64 MB more cannot be had, which decides between the two; returns otherwise.
void require_memory();

}  // namespace auriga
