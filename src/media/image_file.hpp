// Reading pictures from files.
#pragma once

#include <cstdint>
#include <filesystem>

#include "auriga/image.hpp"

#include "media/orientation.hpp"

namespace auriga {

// Largest picture that is read, width * height: 800 MB as BGR. A header that asks for more is
// refused before anything is allocated for it.
inline constexpr std::int64_t kMaxImagePixels = std::int64_t{1} << 28;

// Reads a JPEG, PNG, BMP, TIFF, WebP or AVIF file into `image` as 8-bit BGR, turned upright by its
// EXIF orientation, then by `turn`. What the file is, is decided by its content, not its name.
//
// The pixels are those of OpenCV's imread: JPEG with the accurate integer DCT and smooth chroma;
// grey and palette pictures become BGR; of 16-bit samples the high byte is kept; an alpha channel
// is dropped, not blended; colour profiles and gamma are ignored. CMYK is the plain product of ink
// and black. Of the others: codec_picture.hpp.
//
// Throws Error(input), which names the file, when it is missing, not a regular file, of another
// format, cut off, damaged as far as libjpeg and libpng can tell, or larger than kMaxImagePixels.
// Then the contents of `image` are unspecified. Thread-safe. Reuses the buffer of `image` unless it
// is much too large (Image::fit). Beside it little memory is used, but by what cannot be read row
// by row: progressive JPEG (2 bytes per sample), and PNG that is interlaced, or whose orientation
// may follow the pixels, where it has to be turned (a second picture).
void read_image(const std::filesystem::path& file, Image& image, Orientation turn = {});
Image read_image(const std::filesystem::path& file);

}  // namespace auriga
