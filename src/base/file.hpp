// Whole files in memory, with errors that say what to do.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "auriga/error.hpp"

namespace auriga {

// All bytes of a regular file. Throws Error(code) when it is missing, not a regular file, larger
// than `limit` bytes or cannot be read. `what` names the kind of file in the message, e.g. "shape
// model".
std::string read_file(const std::filesystem::path& file, ErrorCode code, const std::string& what,
                      std::size_t limit);

}  // namespace auriga
