#include "media/exif.hpp"

#include <cstddef>

namespace auriga {

namespace {

constexpr std::uint32_t kOrientationTag = 0x0112;
constexpr std::uint32_t kTypeShort = 3;
constexpr std::size_t kEntryBytes = 12;  // tag 2, type 2, count 4, value 4

// Unsigned numbers in the byte order of the block. Reading past the end gives 0, which no caller
// takes for an orientation.
struct TiffReader {
  std::span<const std::uint8_t> bytes;
  bool little_endian;

  std::uint32_t number(std::size_t at, std::size_t size) const {
    if (at > bytes.size() || bytes.size() - at < size) return 0;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i)
      value = value << 8 | bytes[at + (little_endian ? size - 1 - i : i)];
    return value;
  }
};

// Whether a TIFF block begins there; then `reader` reads it.
bool begins(std::span<const std::uint8_t> tiff, TiffReader& reader) {
  if (tiff.size() < 8 || tiff[0] != tiff[1] || (tiff[0] != 'I' && tiff[0] != 'M')) return false;
  reader = {tiff, tiff[0] == 'I'};
  return reader.number(2, 2) == 42;
}

}  // namespace

int exif_orientation(std::span<const std::uint8_t> tiff) noexcept {
  TiffReader reader{};
  if (!begins(tiff, reader)) return 1;
  const std::size_t directory = reader.number(4, 4);
  const std::size_t entries = reader.number(directory, 2);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + i * kEntryBytes;
    if (reader.number(entry, 2) != kOrientationTag) continue;
    if (reader.number(entry + 2, 2) != kTypeShort || reader.number(entry + 4, 4) != 1) return 1;
    const std::uint32_t value = reader.number(entry + 8, 2);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

int tiff_pages(std::span<const std::uint8_t> tiff, int most) noexcept {
  constexpr std::uint32_t kSubfileTypeTag = 0x00FE, kNotAPage = 1 | 4;  // reduced, or a mask
  TiffReader reader{};
  if (!begins(tiff, reader)) return 0;
  int pages = 0;
  std::size_t directory = reader.number(4, 4);
  // A chain of directories may lead back to an earlier one.
  for (int seen = 0; directory != 0 && seen < 8 + most && pages < most; ++seen) {
    const std::size_t entries = reader.number(directory, 2);
    bool page = true;
    for (std::size_t i = 0; i < entries; ++i) {
      const std::size_t entry = directory + 2 + i * kEntryBytes;
      if (reader.number(entry, 2) != kSubfileTypeTag) continue;
      page = (reader.number(entry + 8, 4) & kNotAPage) == 0;
      break;
    }
    pages += page ? 1 : 0;
    directory = reader.number(directory + 2 + entries * kEntryBytes, 4);
  }
  return pages;
}

}  // namespace auriga
