// Counts what a test program allocates. A program that calls this has operator new replaced, in all
// its tests.
#pragma once

namespace auriga::test {

// Calls of operator new so far, from all threads.
long allocations();

}  // namespace auriga::test
