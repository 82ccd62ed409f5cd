// Where a file lies that another model file names.
#pragma once

#include <filesystem>
#include <functional>

namespace auriga {

// Given the path of a file beside the one that names it; returns the path to read, which may be in
// another folder where the first is not complete. May throw Error(model) for a file that is not as
// published.
using FindFile = std::function<std::filesystem::path(const std::filesystem::path& file)>;

// Files lie where they are named.
inline std::filesystem::path as_named(const std::filesystem::path& file) { return file; }

}  // namespace auriga
