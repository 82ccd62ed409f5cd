// Pictures as files.
#pragma once

#include <string>

#include "auriga/formats.hpp"
#include "auriga/image.hpp"

namespace auriga {

// The bytes of a picture file. `image`: grey or BGR, not empty. BMP is uncompressed with 24 bits
// per pixel, grey pixels become equal B, G and R; PNG is lossless, 8 bits grey or RGB; JPEG is
// lossy, grey or YCbCr with halved chroma; OpenCV writes it with quality 95. Throws Error(output)
// when the picture is too large for the format.
std::string encode_bmp(ImageView image);
std::string encode_png(ImageView image);
std::string encode_jpeg(ImageView image, int quality = 95);  // 1..100

std::string encode(ImageView image, PictureFormat format);

}  // namespace auriga
