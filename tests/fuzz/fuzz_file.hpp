// For fuzz targets of readers that take a path: the input as a file in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include <sys/mman.h>
#include <unistd.h>

#include "auriga/error.hpp"

namespace auriga::fuzz {

// Calls `read` with the path of a file that holds the bytes. An Error is a good answer to bad
// input; everything else (a crash, a hang, another exception, much memory) is a finding.
template <typename Read>
int with_file(const std::uint8_t* bytes, std::size_t size, Read read) {
  const int file = memfd_create("fuzz", 0);
  if (file < 0 || write(file, bytes, size) != static_cast<ssize_t>(size)) __builtin_trap();
  try {
    read(std::filesystem::path("/proc/self/fd/" + std::to_string(file)));
  } catch (const Error&) {
  }
  close(file);
  return 0;
}

}  // namespace auriga::fuzz
