// Stand-ins for published packs, for tests: files of the right size with the wrong content.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "auriga/packs.hpp"

namespace auriga::test {

inline void write_stand_in(const std::filesystem::path& folder, const FileVersion& file) {
  std::filesystem::create_directories(folder);
  std::ofstream(folder / file.path, std::ios::binary) << std::string(file.size, 'x');
}

// Of the small pack pyfaceau, under the last names of its files, which are those of our export.
inline void write_stand_in(const std::filesystem::path& folder) {
  for (const PackFile& file : known_pack("pyfaceau").files)
    write_stand_in(folder, file.versions.back());
}

}  // namespace auriga::test
