#include "media/fake_media.hpp"

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <png.h>

// jpeglib.h needs size_t and FILE.
#include <jpeglib.h>

extern "C" {
#include <libavutil/log.h>
}

namespace auriga::test {

namespace {

// Many tests read damaged videos; what libav says of them is no news.
[[maybe_unused]] const bool quiet = [] {
  av_log_set_level(AV_LOG_QUIET);
  return true;
}();

}  // namespace

bool run_ffmpeg(const std::filesystem::path& folder, const std::string& arguments) {
  const std::string command =
      "cd '" + folder.string() + "' && ffmpeg -v error -nostdin -y " + arguments;
  return std::system(command.c_str()) == 0;
}

bool have_ffmpeg() {
  static const bool found = std::system("ffmpeg -version >/dev/null 2>&1") == 0;
  return found;
}

Image gradient(int width, int height, int channels) {
  Image image(width, height, channels);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < channels; ++c)
        image.row(y)[x * channels + c] = static_cast<std::uint8_t>(7 * x + 13 * y + 50 * c);
  return image;
}

std::string encode_jpeg(const Image& pixels, const JpegOptions& options) {
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &bytes, &size);
  info.image_width = static_cast<JDIMENSION>(pixels.width());
  info.image_height = static_cast<JDIMENSION>(pixels.height());
  info.input_components = pixels.channels();
  info.in_color_space = pixels.channels() == 1   ? JCS_GRAYSCALE
                        : pixels.channels() == 3 ? JCS_EXT_BGR
                                                 : JCS_CMYK;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, 100, TRUE);
  info.comp_info[0].h_samp_factor = info.comp_info[0].v_samp_factor = 1;
  if (options.progressive) jpeg_simple_progression(&info);
  const jpeg_scan_info scans[] = {
      {1, {0}, 0, 63, 0, 0}, {1, {1}, 0, 63, 0, 0}, {1, {2}, 0, 63, 0, 0}};
  if (options.channel_by_channel) {
    info.scan_info = scans;
    info.num_scans = 3;
  }
  if (!options.adobe_marker) info.write_Adobe_marker = FALSE;
  jpeg_start_compress(&info, TRUE);
  if (!options.exif.empty()) {
    std::vector<std::uint8_t> marker{'E', 'x', 'i', 'f', 0, 0};
    marker.insert(marker.end(), options.exif.begin(), options.exif.end());
    jpeg_write_marker(&info, JPEG_APP0 + 1, marker.data(), static_cast<unsigned>(marker.size()));
  }
  while (info.next_scanline < info.image_height) {
    auto* row = const_cast<std::uint8_t*>(pixels.row(static_cast<int>(info.next_scanline)));
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  std::string result(reinterpret_cast<const char*>(bytes), size);
  jpeg_destroy_compress(&info);
  std::free(bytes);
  return result;
}

std::string encode_png(int width, int height, const std::vector<std::uint8_t>& rows,
                       const PngOptions& options) {
  std::string result;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(
      png, &result,
      [](png_structp self, png_bytep data, std::size_t size) {
        static_cast<std::string*>(png_get_io_ptr(self))
            ->append(reinterpret_cast<const char*>(data), size);
      },
      nullptr);
  png_set_IHDR(png, info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height),
               options.bit_depth, options.colour_type,
               options.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (options.gamma > 0) png_set_gAMA(png, info, options.gamma);
  if (!options.palette.empty()) {
    std::vector<png_color> palette(options.palette.size() / 3);
    std::memcpy(palette.data(), options.palette.data(), palette.size() * 3);
    png_set_PLTE(png, info, palette.data(), static_cast<int>(palette.size()));
  }
  std::vector<std::uint8_t> exif = options.exif;
  if (!exif.empty()) png_set_eXIf_1(png, info, static_cast<png_uint_32>(exif.size()), exif.data());
  png_write_info(png, info);
  const int passes = png_set_interlace_handling(png);
  const std::size_t stride = rows.size() / static_cast<std::size_t>(height);
  for (int pass = 0; pass < passes; ++pass)
    for (int y = 0; y < height; ++y)
      png_write_row(png, rows.data() + static_cast<std::size_t>(y) * stride);
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return result;
}

std::vector<std::uint8_t> exif_block(int orientation, bool little_endian) {
  const auto value = static_cast<std::uint8_t>(orientation);
  if (little_endian)
    return {'I', 'I', 42, 0, 8, 0,     0, 0, 1, 0, 0x12, 0x01, 3,
            0,   1,   0,  0, 0, value, 0, 0, 0, 0, 0,    0,    0};
  return {'M', 'M', 0, 42, 0, 0, 0,     8, 0, 1, 0x01, 0x12, 0,
          3,   0,   0, 0,  1, 0, value, 0, 0, 0, 0,    0,    0};
}

FrameCopy copy_of(Frame& frame) { return {frame.index, frame.timestamp_s, Image(frame.bgr())}; }

std::vector<FrameCopy> read_all(Source& source) {
  std::vector<FrameCopy> frames;
  Frame frame;
  while (source.next(frame)) frames.push_back(copy_of(frame));
  return frames;
}

std::string fnv1a_hex(ImageView image) {
  std::uint64_t hash = 1469598103934665603u;
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width * image.channels; ++x)
      hash = (hash ^ image.row(y)[x]) * 1099511628211u;
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
  return text;
}

bool same_pixels(ImageView a, ImageView b) {
  if (a.width != b.width || a.height != b.height || a.channels != b.channels) return false;
  const std::size_t row_bytes = static_cast<std::size_t>(a.width * a.channels);
  for (int y = 0; y < a.height; ++y)
    if (std::memcmp(a.row(y), b.row(y), row_bytes) != 0) return false;
  return true;
}

}  // namespace auriga::test
