#include "sinks/aligned.hpp"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cerrno>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <jpeglib.h>
#include <png.h>
#include <unistd.h>

#include "auriga/error.hpp"

#include "files/atomic_file.hpp"
#include "files/part_file.hpp"

#ifndef JCS_EXTENSIONS
#error "libjpeg-turbo is needed: plain libjpeg cannot read BGR"
#endif

namespace auriga {

namespace fs = std::filesystem;

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

  bool encode(const ImageView& image) {
    if (setjmp(on_error_) != 0) return false;
    jpeg_create_compress(&info_);
    jpeg_mem_dest(&info_, &bytes_, &size_);
    info_.image_width = static_cast<JDIMENSION>(image.width);
    info_.image_height = static_cast<JDIMENSION>(image.height);
    info_.input_components = image.channels;
    info_.in_color_space = image.channels == 3 ? JCS_EXT_BGR : JCS_GRAYSCALE;
    jpeg_set_defaults(&info_);
    jpeg_set_quality(&info_, 95, TRUE);
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

// An empty folder beside `folder`.
fs::path make_partial(const fs::path& folder) {
  static std::atomic<unsigned> counter{0};
  create_folders(folder.parent_path());
  for (;;) {
    fs::path partial = folder;
    partial += fmt::format(".part-{}-{}", getpid(), counter++);
    std::error_code failed;
    if (fs::create_directory(partial, failed)) return partial;
    if (failed) fail_output(partial, "create the folder", failed.value());
  }
}

bool is_aligned_face(const std::string& name) {
  return name.starts_with("frame_det_") || name.starts_with("face_det_");
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

std::string encode_jpeg(ImageView image) {
  assert(!image.empty() && (image.channels == 1 || image.channels == 3));
  JpegEncoder encoder;
  if (!encoder.encode(image))
    throw Error(ErrorCode::output,
                fmt::format("cannot encode a JPEG of {}x{} px: {}; choose the format bmp",
                            image.width, image.height, encoder.problem()));
  return encoder.bytes();
}

AlignedFaces::AlignedFaces(fs::path folder, PictureFormat format, int size_px, bool keep_failed)
    : folder_(std::move(folder)),
      format_(format),
      keep_failed_(keep_failed),
      black_(size_px, size_px, 3) {
  std::fill_n(black_.data(), black_.size_bytes(), std::uint8_t{0});
  std::error_code ignored;
  if (fs::is_symlink(folder_, ignored)) folder_ = fs::canonical(folder_, ignored);
  const fs::file_status status = fs::status(folder_, ignored);
  if (fs::exists(status) && !fs::is_directory(status))
    fail_output(folder_, "create the folder", ENOTDIR);
  partial_ = make_partial(folder_);
}

AlignedFaces::~AlignedFaces() {
  std::error_code ignored;
  if (!partial_.empty()) fs::remove_all(partial_, ignored);
}

void AlignedFaces::finish() {
  std::error_code failed;
  const auto rename = [&](const fs::path& from, const fs::path& to) {
    fs::rename(from, to, failed);
    if (failed) fail_output(folder_, "write", failed.value());
  };
  fs::path before;
  if (fs::exists(folder_, failed)) {
    before = make_partial(folder_);
    rename(folder_, before);
  }
  rename(partial_, folder_);
  partial_.clear();
  if (before.empty()) return;
  std::vector<fs::path> others;
  for (fs::directory_iterator entry(before, failed), end; !failed && entry != end;
       entry.increment(failed))
    if (!is_aligned_face(entry->path().filename().string()))
      others.push_back(entry->path().filename());
  if (failed) fail_output(before, "read", failed.value());
  for (const fs::path& other : others) rename(before / other, folder_ / other);
  fs::remove_all(before, failed);
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
  const auto write_as = [&](const char* extension, std::string (*encode)(ImageView)) {
    write_file(partial_ / (stem + extension), encode(image), Durability::crash);
  };
  switch (format_) {
    case PictureFormat::bmp:
      return write_as(".bmp", encode_bmp);
    case PictureFormat::png:
      return write_as(".png", encode_png);
    case PictureFormat::jpg:
      return write_as(".jpg", encode_jpeg);
  }
}

}  // namespace auriga
