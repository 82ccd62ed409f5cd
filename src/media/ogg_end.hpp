// Whether an Ogg file has its end (RFC 3533).
#pragma once

#include "media/file_bytes.hpp"

namespace auriga {

// Whether the last page of the video in an Ogg file is cut, or does not say that it is the last.
// False where that is not known: no Ogg, no video, or nothing of it near the end of the file. Any
// bytes will do.
bool ogg_breaks_off(const FileBytes& file);

}  // namespace auriga
