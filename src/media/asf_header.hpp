// How long an ASF file (.wmv, .asf) says it is.
#pragma once

#include <cstdint>
#include <span>

namespace auriga {

// Size in bytes from the File Properties object in the first bytes of a file; 0 where this is no
// ASF file, or one that was written as a live stream, without a size. libavformat keeps the size to
// itself and forgets the duration of a file that is much shorter, so that nothing else tells a cut
// file from a whole one. Throws nothing.
std::int64_t asf_declared_bytes(std::span<const std::uint8_t> head) noexcept;

}  // namespace auriga
