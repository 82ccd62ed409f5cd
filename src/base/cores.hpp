// What cores_allowed() (auriga/machine.hpp) reads from Linux' control groups.
#pragma once

#include <optional>
#include <string_view>

#include "auriga/machine.hpp"

namespace auriga {

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
