#include "drawing/encode.hpp"

#include <algorithm>
#include <cassert>
#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <fmt/core.h>
#include <jpeglib.h>
#include <png.h>

#include "auriga/error.hpp"

#ifndef JCS_EXTENSIONS
#error "libjpeg-turbo is needed: plain libjpeg cannot read BGR"
#endif

namespace auriga {

namespace {

void put(std::string& bytes, std::size_t at, std::uint32_t value, int count) {
  for (int i = 0; i < count; ++i)
    bytes[at + static_cast<std::size_t>(i)] = static_cast<char>(value >> (8 * i) & 0xFF);
}

// libjpeg reports an error by a jump out of its code; `encode` sets the point of return and holds
// nothing with a destructor.
class JpegEncoder {
 public:
  JpegEncoder() {
    info_.err = jpeg_std_error(&errors_);
    info_.client_data = this;
    errors_.error_exit = [](j_common_ptr info) {
      auto& self = *static_cast<JpegEncoder*>(info->client_data);
      (*info->err->format_message)(info, self.problem_);
      std::longjmp(self.on_error_, 1);
    };
  }
  ~JpegEncoder() {
    jpeg_destroy_compress(&info_);
    std::free(bytes_);
  }
  JpegEncoder(const JpegEncoder&) = delete;
  JpegEncoder& operator=(const JpegEncoder&) = delete;

  bool encode(const ImageView& image, int quality) {
    if (setjmp(on_error_) != 0) return false;
    jpeg_create_compress(&info_);
    jpeg_mem_dest(&info_, &bytes_, &size_);
    info_.image_width = static_cast<JDIMENSION>(image.width);
    info_.image_height = static_cast<JDIMENSION>(image.height);
    info_.input_components = image.channels;
    info_.in_color_space = image.channels == 3 ? JCS_EXT_BGR : JCS_GRAYSCALE;
    jpeg_set_defaults(&info_);
    jpeg_set_quality(&info_, quality, TRUE);
    jpeg_start_compress(&info_, TRUE);
    while (info_.next_scanline < info_.image_height) {
      JSAMPROW row = const_cast<JSAMPROW>(image.row(static_cast<int>(info_.next_scanline)));
      jpeg_write_scanlines(&info_, &row, 1);
    }
    jpeg_finish_compress(&info_);
    return true;
  }

  std::string bytes() const { return {reinterpret_cast<const char*>(bytes_), size_}; }
  const char* problem() const { return problem_; }

 private:
  jpeg_compress_struct info_{};
  jpeg_error_mgr errors_{};
  std::jmp_buf on_error_;
  unsigned char* bytes_ = nullptr;  // allocated by libjpeg
  unsigned long size_ = 0;
  char problem_[JMSG_LENGTH_MAX] = "";
};

}  // namespace

std::optional<PictureFormat> picture_format(std::string_view extension) {
  if (extension == "bmp") return PictureFormat::bmp;
  if (extension == "png") return PictureFormat::png;
  if (extension == "jpg") return PictureFormat::jpg;
  return std::nullopt;
}

// BITMAPFILEHEADER (14 bytes), BITMAPINFOHEADER (40 bytes), rows from the bottom up, each padded to
// four bytes.
std::string encode_bmp(ImageView image) {
  assert(!image.empty() && (image.channels == 1 || image.channels == 3));
  constexpr std::size_t kHeader = 54;
  const auto width = static_cast<std::size_t>(image.width);
  const auto height = static_cast<std::size_t>(image.height);
  const std::size_t row_bytes = (width * 3 + 3) / 4 * 4;
  std::string bytes(kHeader + row_bytes * height, '\0');
  bytes[0] = 'B';
  bytes[1] = 'M';
  put(bytes, 2, static_cast<std::uint32_t>(bytes.size()), 4);
  put(bytes, 10, kHeader, 4);  // where the pixels begin
  put(bytes, 14, 40, 4);       // size of the second header
  put(bytes, 18, static_cast<std::uint32_t>(width), 4);
  put(bytes, 22, static_cast<std::uint32_t>(height), 4);
  put(bytes, 26, 1, 2);   // planes
  put(bytes, 28, 24, 2);  // bits per pixel
  put(bytes, 34, static_cast<std::uint32_t>(row_bytes * height), 4);
  for (std::size_t y = 0; y < height; ++y) {
    const std::uint8_t* from = image.row(static_cast<int>(y));
    char* to = &bytes[kHeader + (height - 1 - y) * row_bytes];
    if (image.channels == 3) {
      std::memcpy(to, from, width * 3);
    } else {
      for (std::size_t x = 0; x < width; ++x)
        std::fill_n(to + 3 * x, 3, static_cast<char>(from[x]));
    }
  }
  return bytes;
}

std::string encode_png(ImageView image) {
  assert(!image.empty() && (image.channels == 1 || image.channels == 3));
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  header.width = static_cast<png_uint_32>(image.width);
  header.height = static_cast<png_uint_32>(image.height);
  header.format = image.channels == 3 ? PNG_FORMAT_BGR : PNG_FORMAT_GRAY;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(header);
  std::string bytes(size, '\0');
  if (png_image_write_to_memory(&header, bytes.data(), &size, 0, image.data,
                                static_cast<png_int_32>(image.stride), nullptr) == 0)
    throw Error(ErrorCode::output,
                fmt::format("cannot encode a PNG of {}x{} px: {}; choose the format bmp",
                            image.width, image.height, header.message));
  bytes.resize(size);
  return bytes;
}

std::string encode_jpeg(ImageView image, int quality) {
  assert(!image.empty() && (image.channels == 1 || image.channels == 3));
  JpegEncoder encoder;
  if (!encoder.encode(image, quality))
    throw Error(ErrorCode::output,
                fmt::format("cannot encode a JPEG of {}x{} px: {}; choose the format bmp",
                            image.width, image.height, encoder.problem()));
  return encoder.bytes();
}

std::string encode(ImageView image, PictureFormat format) {
  switch (format) {
    case PictureFormat::bmp:
      return encode_bmp(image);
    case PictureFormat::png:
      return encode_png(image);
    case PictureFormat::jpg:
      return encode_jpeg(image);
  }
  return {};
}

}  // namespace auriga
