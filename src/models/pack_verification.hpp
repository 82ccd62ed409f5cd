// Verifying packs with hashes from elsewhere than the files.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "auriga/packs.hpp"

namespace auriga {

// Gives the SHA-256 of a file. May throw Error(input).
using HashFile = std::function<std::string(const std::filesystem::path&)>;

// As verify_pack() of auriga/packs.hpp.
std::vector<std::string> verify_pack(const FoundPack& pack,
                                     const std::vector<std::string>& components,
                                     const HashFile& sha256);

// What is wrong with one file of the pack in `folder`, with what was expected and found; empty:
// nothing.
std::string file_problem(const std::filesystem::path& folder, const FileVersion& version,
                         const HashFile& sha256);

}  // namespace auriga
