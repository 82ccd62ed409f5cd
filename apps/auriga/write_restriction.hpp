// Where a process that works on untrusted input may write.
#pragma once

#include <filesystem>
#include <vector>

namespace auriga::app {

// This thread and those that it starts can from now on write, make, rename and remove files only
// below the folders of `places`, and write into the files and devices among them; what is open
// already stays so. Places that are not there are left out. Reading, and changing modes and times,
// is not restricted. Does nothing where the kernel has no Landlock (before Linux 5.13). Call after
// PR_SET_NO_NEW_PRIVS.
void write_only_below(const std::vector<std::filesystem::path>& places);

}  // namespace auriga::app
