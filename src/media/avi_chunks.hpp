// The chunks of an AVI file.
#pragma once

#include <cstdint>

#include "media/file_bytes.hpp"

namespace auriga {

// Chunks of a video stream without a byte, as capture programs write them for frames that were
// dropped, from `offset` to the end of the file. `offset`: where a chunk begins or its content.
// `stream`: 0..99. libavformat passes over them, and at the end nothing else tells them from a file
// that was cut. Any bytes will do.
std::int64_t empty_avi_chunks(const FileBytes& file, std::int64_t offset, int stream);

}  // namespace auriga
