// Pictures as files.
#pragma once

#include <string>

#include "auriga/formats.hpp"
#include "auriga/image.hpp"

namespace auriga {

// The bytes of a picture file. `image`: grey or BGR, not empty. BMP is uncompressed with 24 bits
// per pixel, grey pixels become equal B, G and R; PNG is lossless, 8 bits grey or RGB; JPEG is
// lossy, grey or YCbCr of quality 95 with halved chroma, as OpenCV writes it. Throws Error(output)
// when the picture is too large for the format.
std::string encode_bmp(ImageView image);
std::string encode_png(ImageView image);
std::string encode_jpeg(ImageView image);

// For screens: what is looked at, not kept. The same otherwise.
struct JpegSettings {
  int quality = 85;  // 1 to 100, libjpeg's
  // px, to which a wider picture is reduced, with the height that keeps its shape: each pixel is
  // the mean of those that it covers. 0: as it is.
  int width = 0;
};
std::string encode_jpeg(ImageView image, const JpegSettings& settings);

std::string encode(ImageView image, PictureFormat format);

}  // namespace auriga
