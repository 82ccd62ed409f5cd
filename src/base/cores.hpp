// How many cores this process may use.
#pragma once

#include <optional>
#include <string_view>

namespace auriga {

// Of the cores that the process is bound to (affinity), as many as its control group gives it time
// for, at least 1. Reads the system anew each time; never throws.
int cores_allowed();

// Of those the first step: the cores that the process is bound to.
int cores_bound();

// Cores that a quota stands for, rounded up; nothing for none or for text that is not one. The
// contents of cpu.max ("QUOTA PERIOD" or "max PERIOD") of control groups v2.
std::optional<int> cores_of_cpu_max(std::string_view text);
// Of v1: cpu.cfs_quota_us (-1: none) and cpu.cfs_period_us.
std::optional<int> cores_of_cfs(std::string_view quota, std::string_view period);
// The process's group below the mount point, from /proc/self/cgroup: of v2 (`controller` empty), or
// of a controller of v1. Nothing when it is in none.
std::optional<std::string_view> control_group(std::string_view proc_self_cgroup,
                                              std::string_view controller);

}  // namespace auriga
