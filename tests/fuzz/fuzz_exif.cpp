// Notes in pictures and in the first bytes of videos.
#include <cstddef>
#include <cstdint>

#include "media/asf_header.hpp"
#include "media/exif.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::span<const std::uint8_t> all(bytes, size);
  const int turn = auriga::exif_orientation(all);
  if (turn < 1 || turn > 8) __builtin_trap();
  const int pages = auriga::tiff_pages(all, 10);
  if (pages < 0 || pages > 10) __builtin_trap();
  if (auriga::asf_declared_bytes(all) < 0) __builtin_trap();
  return 0;
}
