#include "media/image_file.hpp"

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <png.h>

// jerror.h needs what jpeglib.h defines.
// clang-format off
#include <jpeglib.h>
#include <jerror.h>
// clang-format on

#include "auriga/error.hpp"

#include "base/file.hpp"
#include "base/memory.hpp"
#include "media/codec_picture.hpp"
#include "media/exif.hpp"
#include "media/orientation.hpp"

#ifndef JCS_EXTENSIONS
#error "libjpeg-turbo is needed: plain libjpeg cannot write BGR"
#endif

namespace auriga {

namespace fs = std::filesystem;
using std::string_view_literals::operator""sv;

namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t kMaxFileBytes = std::size_t{1} << 30;

[[noreturn]] void fail(const fs::path& file, const std::string& what) {
  require_memory();
  throw Error(ErrorCode::input, file.string() + ": " + what);
}

bool starts_with(Bytes bytes, std::string_view signature, std::size_t at = 0) {
  return bytes.size() >= at + signature.size() &&
         std::memcmp(bytes.data() + at, signature.data(), signature.size()) == 0;
}

// What a file that cannot be read seems to be, for the message.
const char* other_format(Bytes bytes) {
  if (bytes.empty()) return "an empty file";
  if (starts_with(bytes, "GIF8")) return "a GIF picture";
  for (const char* heif : {"ftyphei", "ftyphev", "ftypmif1", "ftypmsf1"})
    if (starts_with(bytes, heif, 4)) return "a HEIC picture, as iPhones take them";
  if (starts_with(bytes, "\xFF\x0A") || starts_with(bytes, "JXL ", 4)) return "a JPEG XL picture";
  return "something else";
}

// The C libraries report an error by a jump out of their code. The functions that set the point of
// return hold nothing with a destructor, and each object below owns its library's state.

class JpegDecoder {
 public:
  // `file`, at its begin, must outlive the decoder.
  explicit JpegDecoder(std::FILE* file) : file_(file) {
    info_.err = jpeg_std_error(&errors_);
    info_.client_data = this;
    errors_.error_exit = [](j_common_ptr info) {
      auto& self = *static_cast<JpegDecoder*>(info->client_data);
      (*info->err->format_message)(info, self.problem_);
      std::longjmp(self.on_error_, 1);
    };
    errors_.emit_message = [](j_common_ptr info, int level) {
      if (level < 0 && damages_pixels(info->err->msg_code)) (*info->err->error_exit)(info);
    };
    progress_.progress_monitor = [](j_common_ptr info) {
      auto& self = *static_cast<JpegDecoder*>(info->client_data);
      if (self.info_.input_scan_number <= kMaxScans) return;
      std::snprintf(self.problem_, sizeof self.problem_, "more than %d scans", kMaxScans);
      std::longjmp(self.on_error_, 1);
    };
  }
  ~JpegDecoder() { jpeg_destroy_decompress(&info_); }
  JpegDecoder(const JpegDecoder&) = delete;
  JpegDecoder& operator=(const JpegDecoder&) = delete;

  bool read_header() {
    if (setjmp(on_error_) != 0) return false;
    jpeg_create_decompress(&info_);
    info_.progress = &progress_;
    jpeg_stdio_src(&info_, file_);
    jpeg_save_markers(&info_, JPEG_APP0 + 1, 0xFFFF);
    jpeg_read_header(&info_, TRUE);
    note_orientation();  // the markers are gone when the pixels are read
    return true;
  }

  // To be called after read_header.
  int width() const { return static_cast<int>(info_.image_width); }
  int height() const { return static_cast<int>(info_.image_height); }
  int orientation() const { return orientation_; }
  static bool row_by_row() { return true; }
  static bool orientation_known() { return true; }

  // Then start, read_rows until all rows are read, and finish.
  bool start() {
    ink_.resize(info_.num_components == 4 ? static_cast<std::size_t>(info_.image_width) * 4 : 0);
    if (setjmp(on_error_) != 0) return false;
    info_.out_color_space = ink_.empty() ? JCS_EXT_BGR : JCS_CMYK;
    jpeg_start_decompress(&info_);
    return true;
  }
  // The next `rows.height()` rows.
  bool read_rows(Image& rows) {
    if (setjmp(on_error_) != 0) return false;
    for (int y = 0; y < rows.height(); ++y) {
      std::uint8_t* pixels = rows.row(y);
      JSAMPROW row = ink_.empty() ? pixels : ink_.data();
      jpeg_read_scanlines(&info_, &row, 1);
      if (!ink_.empty()) mix_inks(pixels);
    }
    return true;
  }
  bool finish() {
    if (setjmp(on_error_) != 0) return false;
    jpeg_finish_decompress(&info_);
    return true;
  }

  const char* problem() const { return problem_; }

 private:
  // Each scan of a progressive file passes over the whole picture; encoders make about ten. The
  // bound keeps a small hostile file from taking hours.
  static constexpr int kMaxScans = 100;

  // Whether a warning of libjpeg means wrong pixels. The others are about headers and stray bytes.
  static bool damages_pixels(int message) {
    switch (message) {
      case JWRN_ARITH_BAD_CODE:
      case JWRN_BOGUS_PROGRESSION:
      case JWRN_HIT_MARKER:
      case JWRN_HUFF_BAD_CODE:
      case JWRN_JPEG_EOF:
      case JWRN_MUST_RESYNC:
      case JWRN_NOT_SEQUENTIAL:
        return true;
      default:
        return false;
    }
  }

  void note_orientation() {
    constexpr std::string_view kExif("Exif\0\0", 6);
    for (jpeg_saved_marker_ptr marker = info_.marker_list; marker != nullptr;
         marker = marker->next) {
      const Bytes data(marker->data, marker->data_length);
      if (!starts_with(data, kExif)) continue;
      orientation_ = exif_orientation(data.subspan(kExif.size()));
      return;
    }
  }

  // Adobe stores 255 - ink, the standard says ink.
  void mix_inks(std::uint8_t* bgr) const {
    const unsigned stored = info_.saw_Adobe_marker ? 0 : 255;
    for (std::size_t i = 0; i < ink_.size(); i += 4, bgr += 3)
      for (std::size_t c = 0; c < 3; ++c)
        bgr[2 - c] = static_cast<std::uint8_t>(
            ((ink_[i + c] ^ stored) * (ink_[i + 3] ^ stored) + 127) / 255);
  }

  std::FILE* file_;
  jpeg_decompress_struct info_{};
  jpeg_error_mgr errors_{};
  jpeg_progress_mgr progress_{};
  std::jmp_buf on_error_{};
  char problem_[JMSG_LENGTH_MAX] = "";
  int orientation_ = 1;
  std::vector<std::uint8_t> ink_;  // one row of C,M,Y,K
};

class PngDecoder {
 public:
  explicit PngDecoder(std::FILE* file) : file_(file) {
    const auto on_error = [](png_structp png, png_const_charp message) {
      auto& self = *static_cast<PngDecoder*>(png_get_error_ptr(png));
      std::snprintf(self.problem_, sizeof self.problem_, "%s", message);
      png_longjmp(png, 1);
    };
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, on_error,
                                  [](png_structp, png_const_charp) {});
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
  }
  ~PngDecoder() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngDecoder(const PngDecoder&) = delete;
  PngDecoder& operator=(const PngDecoder&) = delete;

  bool read_header() {
    if (info_ == nullptr) return false;
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_set_read_fn(png_, this, [](png_structp png, png_bytep to, std::size_t count) {
      auto& self = *static_cast<PngDecoder*>(png_get_io_ptr(png));
      if (std::fread(to, 1, count, self.file_) != count) png_error(png, "premature end of file");
    });
    png_read_info(png_, info_);
    return true;
  }

  // To be called after read_header.
  int width() const { return static_cast<int>(png_get_image_width(png_, info_)); }
  int height() const { return static_cast<int>(png_get_image_height(png_, info_)); }

  bool orientation_known() const { return orientation() != 1; }

  // Else read_rows gives all rows at a time.
  bool row_by_row() const { return png_get_interlace_type(png_, info_) == PNG_INTERLACE_NONE; }

  bool start() {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_set_strip_16(png_);
    png_set_expand(png_);  // palette to RGB, grey to 8 bits
    png_set_gray_to_rgb(png_);
    png_set_strip_alpha(png_);
    png_set_bgr(png_);
    passes_ = png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    if (png_get_rowbytes(png_, info_) != std::size_t{3} * png_get_image_width(png_, info_))
      png_error(png_, "unexpected row size");
    return true;
  }
  bool read_rows(Image& rows) {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    for (int pass = 0; pass < passes_; ++pass)
      for (int y = 0; y < rows.height(); ++y) png_read_row(png_, rows.row(y), nullptr);
    return true;
  }
  bool finish() {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_read_end(png_, info_);
    return true;
  }

  // Known after finish at the latest: the chunk may follow the pixels.
  int orientation() const {
    png_uint_32 size = 0;
    png_bytep data = nullptr;
    if (png_get_eXIf_1(png_, info_, &size, &data) == 0) return 1;
    return exif_orientation({data, size});
  }

  const char* problem() const { return problem_; }

 private:
  std::FILE* file_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  int passes_ = 1;
  char problem_[128] = "out of memory";
};

// The pixels of a picture, turned row by row as they come, so that there is no second picture.
template <typename Decoder>
bool read_turned(Decoder& decoder, Orientation orientation, Image& image) {
  constexpr int kRows = 64;
  const int width = decoder.width(), height = decoder.height();
  image.fit(orientation.transpose ? height : width, orientation.transpose ? width : height, 3);
  Image rows;
  for (int y = 0; y < height; y += rows.height()) {
    rows.resize(width, std::min(kRows, height - y), 3);
    if (!decoder.read_rows(rows)) return false;
    orient_rows(rows, y, height, orientation, image);
  }
  return true;
}

template <typename Decoder>
void decode(const fs::path& file, std::FILE* content, const char* format, Orientation turn,
            Image& image) {
  const auto fail_decoding = [&](const char* problem) {
    fail(file, std::string("the ") + format + " picture is damaged or cut off (" + problem +
                   "); copy or export it again");
  };
  Decoder decoder(content);
  if (!decoder.read_header()) fail_decoding(decoder.problem());
  const std::int64_t pixels = std::int64_t{decoder.width()} * decoder.height();
  if (pixels > kMaxImagePixels)
    fail(file, "the picture is " + std::to_string(decoder.width()) + " x " +
                   std::to_string(decoder.height()) + ", more than the limit of " +
                   std::to_string(kMaxImagePixels) + " pixels; make it smaller");
  const Orientation foreseen = composed(orientation_of_exif(decoder.orientation()), turn);
  const bool turned = !foreseen.upright() && decoder.row_by_row() && decoder.orientation_known();
  if (!decoder.start()) fail_decoding(decoder.problem());
  if (!turned) image.fit(decoder.width(), decoder.height(), 3);
  const bool read = turned ? read_turned(decoder, foreseen, image) : decoder.read_rows(image);
  if (!read || !decoder.finish()) fail_decoding(decoder.problem());
  const Orientation orientation = composed(orientation_of_exif(decoder.orientation()), turn);
  if (turned || orientation.upright()) return;
  const Image stored = std::exchange(image, {});
  orient(stored, orientation, image);
}

}  // namespace

void read_image(const fs::path& file, Image& image, Orientation turn) {
  const OpenFile content = open_file(file, ErrorCode::input, "picture", kMaxFileBytes);
  std::array<std::uint8_t, 16> head{};
  const Bytes begin(head.data(), std::fread(head.data(), 1, head.size(), content.get()));
  std::rewind(content.get());
  if (starts_with(begin, "\xFF\xD8\xFF"))
    decode<JpegDecoder>(file, content.get(), "JPEG", turn, image);
  else if (starts_with(begin, "\x89PNG\r\n\x1A\n"))
    decode<PngDecoder>(file, content.get(), "PNG", turn, image);
  else if (const CodecPicture kind = codec_picture(begin); kind != CodecPicture::none)
    read_codec_picture(file, kind, turn, image);
  else
    fail(file, std::string("expected a picture (JPEG, PNG, BMP, TIFF, WebP or AVIF), found ") +
                   other_format(begin) +
                   "; convert it to PNG or JPEG, e.g. with ImageMagick: magick FILE FILE.png");
}

Image read_image(const fs::path& file) {
  Image image;
  read_image(file, image);
  return image;
}

}  // namespace auriga
