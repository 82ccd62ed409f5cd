// Pictures of the kinds that libavcodec reads: BMP, TIFF, WebP, AVIF.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "auriga/image.hpp"

#include "media/orientation.hpp"

namespace auriga {

enum class CodecPicture { none, bmp, tiff, webp, avif };

// By the first bytes, 16 are enough.
CodecPicture codec_picture(std::span<const std::uint8_t> head);

// Reads the file, which begins like one of `kind`, into `image` as 8-bit BGR, upright by its EXIF
// orientation, then turned by `turn`. Of 16-bit samples the high byte is kept, alpha is dropped,
// not blended; the colours of lossy WebP and of AVIF are converted as those of videos are.
//
// Throws Error(input), which names the file, when it is damaged, cut off, too large, holds several
// pictures (pages, an animation), or, being AVIF, asks to be turned, which nothing here does.
// Thread-safe.
void read_codec_picture(const std::filesystem::path& file, CodecPicture kind, Orientation turn,
                        Image& image);

}  // namespace auriga
