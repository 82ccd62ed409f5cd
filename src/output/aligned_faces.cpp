#include "output/aligned_faces.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <png.h>

#include "auriga/error.hpp"

#include "output/atomic_file.hpp"

namespace auriga {

namespace fs = std::filesystem;

namespace {

void put(std::string& bytes, std::size_t at, std::uint32_t value, int count) {
  for (int i = 0; i < count; ++i)
    bytes[at + static_cast<std::size_t>(i)] = static_cast<char>(value >> (8 * i) & 0xFF);
}

}  // namespace

std::optional<PictureFormat> picture_format(std::string_view extension) {
  if (extension == "bmp") return PictureFormat::bmp;
  if (extension == "png") return PictureFormat::png;
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

AlignedFaces::AlignedFaces(fs::path folder, PictureFormat format, int size_px, bool keep_failed)
    : folder_(std::move(folder)),
      format_(format),
      keep_failed_(keep_failed),
      black_(size_px, size_px, 3) {
  std::fill_n(black_.data(), black_.size_bytes(), std::uint8_t{0});
  create_folders(folder_);
}

void AlignedFaces::add_frame(int face_id, std::int64_t frame, ImageView crop, bool success) {
  write(fmt::format("frame_det_{:02}_{:06}", face_id, frame + 1), crop, success);
}

void AlignedFaces::add_face(int face_id, ImageView crop, bool success) {
  write(fmt::format("face_det_{:06}", face_id), crop, success);
}

void AlignedFaces::write(const std::string& stem, ImageView crop, bool success) {
  if (!success && !keep_failed_) return;
  const ImageView image = crop.empty() ? black_.view() : crop;
  const bool bmp = format_ == PictureFormat::bmp;
  write_file(folder_ / (stem + (bmp ? ".bmp" : ".png")),
             bmp ? encode_bmp(image) : encode_png(image), Durability::crash);
}

}  // namespace auriga
