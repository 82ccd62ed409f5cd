// How long a video file says it is.
#pragma once

#include <cstdint>

#include "media/file_bytes.hpp"

namespace auriga {

// Bytes that the structure of the file needs to be whole: the sizes of its boxes (MP4, MOV), chunks
// (AVI), elements and index (Matroska, WebM), or what its header says (ASF, FLV). At most
// `file.size` where all is there, and 0 where the format has no such statement or the file was
// written as a live stream, without one. libavformat ends at the end of the file without an error.
//
// Reads some kilobytes, and 16 bytes per box or element of the outermost level. Any bytes will do;
// throws nothing but what `file.read` throws.
std::int64_t declared_bytes(const FileBytes& file);

}  // namespace auriga
