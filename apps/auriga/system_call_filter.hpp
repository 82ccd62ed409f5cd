// Which system calls a process that works on untrusted input may make.
#pragma once

namespace auriga::app {

// For this thread and those that it starts, for good: no programs, processes, sockets, tracing and
// signalling of other processes, mounts, keys, kernel interfaces beyond files, memory and threads.
// Such calls fail with EPERM. Also sets PR_SET_NO_NEW_PRIVS. Throws Error(machine) where the kernel
// or the processor's instruction set knows no such filter.
void filter_system_calls();

}  // namespace auriga::app
