// Signals that ask a run to end with what it has so far.
#pragma once

namespace auriga::app {

// From now on INT, TERM, HUP and XCPU do not end the process but are told by stop_requested().
// A further INT or TERM ends it at once, if it comes half a second or more after the first:
// schedulers and timeout(1) send TERM to a process and to its group, milliseconds apart. HUP and
// XCPU never do (the kernel repeats XCPU every second). What the parent ignores, as nohup does with
// HUP and a shell with INT for a background job, stays ignored.
void stop_on_signals();

bool stop_requested();  // any thread

// In a child process that stop_on_signals() holds for: USR1, by which its parent passes a request
// on, is one, too, and never ends the process. XCPU ends it again, if `processor_time` is limited
// for its own sake.
void stop_for_parent(bool processor_time);

// A file that grows beyond RLIMIT_FSIZE is an error of whoever writes it, not the end of the
// process.
void let_large_files_fail();

}  // namespace auriga::app
