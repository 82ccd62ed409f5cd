// Media files that the tests of this stage make for themselves.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "auriga/image.hpp"
#include "auriga/source.hpp"

namespace auriga::test {

// Runs `ffmpeg -y <arguments>` in `folder`; false if it fails. Arguments are split by the shell.
bool run_ffmpeg(const std::filesystem::path& folder, const std::string& arguments);
bool have_ffmpeg();

// A picture in which no two rows, columns or channels are alike.
Image gradient(int width, int height, int channels = 3);

// How a JPEG is to be written.
struct JpegOptions {
  bool progressive = false;
  bool adobe_marker = true;          // only for four channels
  std::vector<std::uint8_t> exif{};  // TIFF block for APP1
  bool channel_by_channel = false;   // three channels, each in a scan of its own
};
// `pixels` has 1 (grey), 3 (BGR) or 4 (C,M,Y,K as stored) channels. Full-resolution chroma, quality
// 100.
std::string encode_jpeg(const Image& pixels, const JpegOptions& options = {});

// How a PNG is to be written.
struct PngOptions {
  int colour_type = 2;  // of the PNG specification: 0 grey, 2 RGB, 3 palette, 4 grey+alpha, 6 RGBA
  int bit_depth = 8;
  bool interlaced = false;
  double gamma = 0;                     // of a gAMA chunk; 0: none
  std::vector<std::uint8_t> palette{};  // R,G,B triples
  std::vector<std::uint8_t> exif{};     // TIFF block for eXIf
};
// `rows` are the packed rows as the PNG specification lays them out.
std::string encode_png(int width, int height, const std::vector<std::uint8_t>& rows,
                       const PngOptions& options = {});

// The smallest TIFF block with an orientation tag.
std::vector<std::uint8_t> exif_block(int orientation, bool little_endian = true);

// What is left of a frame when its source has gone on.
struct FrameCopy {
  std::int64_t index = 0;
  double timestamp_s = 0;
  Image image;
};
FrameCopy copy_of(Frame& frame);

// All frames of a source.
std::vector<FrameCopy> read_all(Source& source);

// 64-bit FNV-1a of the pixels, row by row, with the offset that the golden files use
// (1469598103934665603), in hex.
std::string fnv1a_hex(ImageView image);

bool same_pixels(ImageView a, ImageView b);

}  // namespace auriga::test

// Skips the running test where the command ffmpeg is absent: it makes the test's videos.
#define AURIGA_NEEDS_FFMPEG()                                                                 \
  do {                                                                                        \
    if (!::auriga::test::have_ffmpeg())                                                       \
      GTEST_SKIP() << "the command ffmpeg, which makes this test's videos, is not installed"; \
  } while (false)
