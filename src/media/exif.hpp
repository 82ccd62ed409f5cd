// What matters here of TIFF blocks, which EXIF is written in, too.
#pragma once

#include <cstdint>
#include <span>

namespace auriga {

// Orientation tag (1..8) of the TIFF block inside a JPEG's APP1 or a PNG's eXIf chunk, starting at
// the byte order mark "II" or "MM". 1 (upright) where the tag is absent or the block is damaged: a
// picture with a broken note in it is still a picture. Reads only inside `tiff`; throws nothing,
// allocates nothing.
int exif_orientation(std::span<const std::uint8_t> tiff) noexcept;

// Pictures in a TIFF file, without previews and masks, counted up to `most`. Reads only inside
// `tiff`.
int tiff_pages(std::span<const std::uint8_t> tiff, int most) noexcept;

}  // namespace auriga
