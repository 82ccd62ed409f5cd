#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "media/avi_chunks.hpp"
#include "media/declared_bytes.hpp"
#include "media/matroska_end.hpp"
#include "media/ogg_end.hpp"

// What the structure of a video file tells of its end. Every offset may be that of a packet.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::span<const std::uint8_t> all(bytes, size);
  const auriga::FileBytes file{static_cast<std::int64_t>(size),
                               [all](std::int64_t offset, std::span<std::uint8_t> to) {
                                 if (offset < 0 || offset >= static_cast<std::int64_t>(all.size()))
                                   return std::size_t{0};
                                 const auto rest = all.subspan(static_cast<std::size_t>(offset));
                                 const std::size_t count = std::min(rest.size(), to.size());
                                 std::copy_n(rest.begin(), count, to.begin());
                                 return count;
                               }};
  if (auriga::declared_bytes(file) < 0) __builtin_trap();
  auriga::ogg_breaks_off(file);
  for (std::int64_t at = -1; at < std::min<std::int64_t>(file.size + 2, 64); ++at) {
    auriga::matroska_breaks_off(file, at);
    if (auriga::empty_avi_chunks(file, at, 0) < 0) __builtin_trap();
  }
  return 0;
}
