// Tasks from a file of ELAN itself.
#pragma once

#include <filesystem>
#include <vector>

#include "tables/tasks.hpp"

namespace auriga {

// The annotations of an .eaf that have times of their own: of the tiers named task or tasks, in any
// case, or, where there is none, of all. In the order of the file. Throws Error(input) that names
// the file and what is missing: no annotations, a time slot without a time, an end that is not
// behind its start, a file above 64 MiB.
std::vector<Task> read_eaf_tasks(const std::filesystem::path& file);

}  // namespace auriga
