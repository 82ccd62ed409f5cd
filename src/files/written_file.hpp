// Whether results are still what a run has written.
#pragma once

#include <filesystem>

#include "auriga/sink.hpp"

namespace auriga {

// A file as of now: size and time, no hash. Throws Error(input).
Written look_up(const std::filesystem::path& file);

// The same with the hash. Reads all of it. Throws Error(input).
Written describe_file(const std::filesystem::path& file);

// Whether what stands at `path`, which may be another one than `written.path`, is what was written.
// A file with the size and the time of the last change that the run left is believed to be, any
// other of that size is read and its hash compared, so that 300 tables cost 300 looks at them, and
// copies of them, with new times, are read. Of a folder all names and sizes are compared. Never
// throws: what cannot be read is not what was written.
bool is_as_written(const Written& written, const std::filesystem::path& path);

}  // namespace auriga
