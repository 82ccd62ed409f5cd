// Any part of a file, for those who look at its structure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

namespace auriga {

struct FileBytes {
  std::int64_t size = 0;
  // Reads what there is from `offset` >= 0 on into `to` and returns how many bytes that was.
  std::function<std::size_t(std::int64_t offset, std::span<std::uint8_t> to)> read;

  // Fills all of `to`; false where there is not as much.
  bool fill(std::int64_t offset, std::span<std::uint8_t> to) const {
    return offset >= 0 && offset <= size && static_cast<std::int64_t>(to.size()) <= size - offset &&
           read(offset, to) == to.size();
  }
};

// Whole numbers of up to 8 bytes.
inline std::uint64_t big_endian(std::span<const std::uint8_t> bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}
inline std::uint64_t little_endian(std::span<const std::uint8_t> bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | bytes[i];
  return value;
}

}  // namespace auriga
