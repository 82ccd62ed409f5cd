// Packed patch experts on disk, for the next process and for those at the same time: they share the
// pages.
//
// A file holds the packed experts of one view of one file of experts, under a name that tells the
// SHA-256 of that file. It is mapped, and used only after its own SHA-256 was found to be right. A
// folder that is missing, read-only, full or damaged, and a file of another user or one that others
// may write to, mean that nothing is kept; this is never an error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "base/pages.hpp"

namespace auriga {

struct PackedCache {
  std::filesystem::path folder;  // empty: nothing is kept
  // The SHA-256 of a file as it is now, if it is known for certain; else empty.
  std::function<std::string(const std::filesystem::path&)> sha256;
};

// The folder below a user's cache folder that holds the files, and nothing else.
std::filesystem::path packed_folder(const std::filesystem::path& cache);

// What was kept of `view` of the source with that hash: `bytes` bytes from byte kPackedBegin on,
// verified. Thread-safe.
inline constexpr std::size_t kPackedBegin = 4096;
std::optional<Pages> find_packed(const std::filesystem::path& cache, const std::string& sha256,
                                 int view, std::size_t bytes);

// Whether it was kept: completely, or not at all. Thread-safe; of processes that keep the same at
// the same moment the last wins.
bool keep_packed(const std::filesystem::path& cache, const std::string& sha256, int view,
                 std::span<const std::byte> bytes) noexcept;

// Removes what was kept and what was begun, and nothing else. Processes that have it mapped go on.
// Throws Error(output) when a file cannot be removed.
struct Removed {
  int files = 0;
  std::uintmax_t bytes = 0;
};
Removed clean_packed(const std::filesystem::path& cache);

}  // namespace auriga
