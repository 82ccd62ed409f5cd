#include "drawing/encode.hpp"

#include <algorithm>
#include <cassert>
#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

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

// Of `width` px, fewer than it has.
Image reduced(const ImageView& image, int width) {
  const auto from_width = static_cast<std::uint64_t>(image.width),
             from_height = static_cast<std::uint64_t>(image.height),
             to_width = static_cast<std::uint64_t>(width);
  const std::uint64_t to_height =
      std::max<std::uint64_t>(1, (from_height * to_width + from_width / 2) / from_width);
  const auto channels = static_cast<std::size_t>(image.channels);
  Image result(width, static_cast<int>(to_height), image.channels);
  // In units in which both pictures have pixels of whole numbers: a pixel of the one is as long as
  // the other has pixels.
  std::vector<std::uint32_t> sums(static_cast<std::size_t>(image.width) * channels);
  const std::uint64_t area = from_width * from_height;
  for (std::uint64_t y = 0; y < to_height; ++y) {
    std::fill(sums.begin(), sums.end(), 0);
    const std::uint64_t top = y * from_height, bottom = top + from_height;
    for (std::uint64_t row = top / to_height; row * to_height < bottom; ++row) {
      const auto share = static_cast<std::uint32_t>(std::min(bottom, (row + 1) * to_height) -
                                                    std::max(top, row * to_height));
      const std::uint8_t* from = image.row(static_cast<int>(row));
      for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += share * from[i];
    }
    std::uint8_t* to = result.row(static_cast<int>(y));
    for (std::uint64_t x = 0; x < to_width; ++x) {
      const std::uint64_t left = x * from_width, right = left + from_width;
      std::uint64_t total[3] = {area / 2, area / 2, area / 2};
      for (std::uint64_t column = left / to_width; column * to_width < right; ++column) {
        const std::uint64_t share =
            std::min(right, (column + 1) * to_width) - std::max(left, column * to_width);
        for (std::size_t c = 0; c < channels; ++c) total[c] += share * sums[column * channels + c];
      }
      for (std::size_t c = 0; c < channels; ++c) *to++ = static_cast<std::uint8_t>(total[c] / area);
    }
  }
  return result;
}

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

std::string encode_jpeg(ImageView image) { return encode_jpeg(image, {.quality = 95}); }

std::string encode_jpeg(ImageView image, const JpegSettings& settings) {
  assert(!image.empty() && (image.channels == 1 || image.channels == 3));
  if (settings.quality < 1 || settings.quality > 100 || settings.width < 0)
    throw Error(ErrorCode::usage,
                fmt::format("a JPEG has a quality of 1 to 100 and a width above 0 px, found {} and "
                            "{}; choose others",
                            settings.quality, settings.width));
  if (settings.width > 0 && settings.width < image.width)
    return encode_jpeg(reduced(image, settings.width), {.quality = settings.quality});
  JpegEncoder encoder;
  if (!encoder.encode(image, settings.quality))
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
