// Where a Matroska or WebM file ends, by its elements (RFC 8794, RFC 9559).
#pragma once

#include <cstdint>

#include "media/file_bytes.hpp"

namespace auriga {

// End of the Segment and of what its SeekHead points to, such as the index, in bytes of the file;
// 0 where neither is known: a live recording has a Segment of unknown size. Any bytes will do.
std::int64_t matroska_declared_bytes(const FileBytes& file);

// Whether the file ends within an element. `block`: offset of the content of a block or simple
// block, such as that of the last packet; only what follows it is looked at. False where there is
// no block. Any bytes will do.
bool matroska_breaks_off(const FileBytes& file, std::int64_t block);

}  // namespace auriga
