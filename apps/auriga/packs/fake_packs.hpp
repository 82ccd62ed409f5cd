// Small packs with known content, for the tests of import and fetch.
#pragma once

#include <map>
#include <random>
#include <string>

#include "auriga/packs.hpp"

#include "files/sha256.hpp"

namespace auriga::test {

inline std::string noise(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

inline FileVersion version_of(const std::string& path, const std::string& content) {
  Sha256 hash;
  hash.update(content);
  return {path, content.size(), hash.hex_digest()};
}

// Needs `part/one.bin` and `two words.bin`, for which `equal.bin` is an accepted equal; optional
// are `part/big.dat`, known by its size only, and the extra `NOTES`.
struct SmallPack {
  const std::string one = noise(300000, 1), two = noise(70001, 2), equal = noise(70003, 3),
                    big = noise(200000, 4), notes = "notes\n";
  PackManifest manifest;
  // Path below the pack to content.
  std::map<std::string, std::string> files = {
      {"part/one.bin", one}, {"two words.bin", two}, {"part/big.dat", big}, {"NOTES", notes}};

  SmallPack() {
    manifest.name = "small";
    manifest.by_hand = "make it";
    manifest.components = {{"main", "all"}, {"big", "more"}, {"extra", "unused"}};
    manifest.optional = {"big", "extra"};
    manifest.files = {
        {"main", {version_of("part/one.bin", one)}, {}},
        {"main", {version_of("two words.bin", two), version_of("equal.bin", equal)}, {}},
        {"big", {{"part/big.dat", big.size(), ""}}, {}},
        {"extra", {version_of("NOTES", notes)}, {}}};
  }
};

}  // namespace auriga::test
