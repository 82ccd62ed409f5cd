// Verifying packs with hashes from elsewhere than the files.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "auriga/packs.hpp"

namespace auriga {

// As verify_pack() of auriga/packs.hpp; `sha256` gives the hash of a file.
std::vector<std::string> verify_pack(
    const FoundPack& pack, const std::vector<std::string>& components,
    const std::function<std::string(const std::filesystem::path&)>& sha256);

}  // namespace auriga
