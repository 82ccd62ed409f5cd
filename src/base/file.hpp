// Files to be read, with errors that say what to do.
#pragma once

#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "auriga/error.hpp"

namespace auriga {

// All bytes of a regular file. Throws Error(code) when it is missing, not a regular file, larger
// than `limit` bytes or cannot be read. `what` names the kind of file in the message, e.g. "shape
// model".
std::string read_file(const std::filesystem::path& file, ErrorCode code, const std::string& what,
                      std::size_t limit);

struct CloseFile {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using OpenFile = std::unique_ptr<std::FILE, CloseFile>;

// For what is read bit by bit: never null, at its begin. Throws as read_file.
OpenFile open_file(const std::filesystem::path& file, ErrorCode code, const std::string& what,
                   std::size_t limit);

}  // namespace auriga
