#include "media/codec_picture.hpp"

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "media/exif.hpp"
#include "media/fake_media.hpp"
#include "media/image_file.hpp"
#include "media/orientation.hpp"
#include "support/golden.hpp"

namespace auriga::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

void put(std::string& bytes, std::uint32_t value, int size) {
  for (int i = 0; i < size; ++i) bytes.push_back(static_cast<char>(value >> 8 * i));
}

// Header and rows of a BMP file; `rows` as they lie in the file.
std::string encode_bmp(int width, int height, int bits, const std::string& rows,
                       const std::string& palette = {}) {
  std::string bytes = "BM";
  const auto first = static_cast<std::uint32_t>(54 + palette.size());
  put(bytes, first + static_cast<std::uint32_t>(rows.size()), 4);
  put(bytes, 0, 4);
  put(bytes, first, 4);
  put(bytes, 40, 4);
  put(bytes, static_cast<std::uint32_t>(width), 4);
  put(bytes, static_cast<std::uint32_t>(height), 4);
  put(bytes, 1, 2);
  put(bytes, static_cast<std::uint32_t>(bits), 2);
  put(bytes, 0, 4);
  put(bytes, static_cast<std::uint32_t>(rows.size()), 4);
  put(bytes, 2835, 4);
  put(bytes, 2835, 4);
  put(bytes, static_cast<std::uint32_t>(palette.size() / 4), 4);
  put(bytes, 0, 4);
  return bytes + palette + rows;
}

std::string bmp_rows(const Image& image, int bytes_per_pixel, bool bottom_up) {
  std::string rows;
  for (int i = 0; i < image.height(); ++i) {
    const std::uint8_t* row = image.row(bottom_up ? image.height() - 1 - i : i);
    for (int x = 0; x < image.width(); ++x)
      for (int c = 0; c < bytes_per_pixel; ++c)
        rows.push_back(c < 3 ? static_cast<char>(row[x * image.channels() + c]) : '\x40');
    while (rows.size() % 4 != 0) rows.push_back('\0');
  }
  return rows;
}

class CodecPictureTest : public testing::Test {
 protected:
  fs::path write(const std::string& name, const std::string& bytes) const {
    write_text(folder_.path() / name, bytes);
    return folder_.path() / name;
  }
  // As the command ffmpeg encodes it.
  fs::path encode(const Image& image, const std::string& name, const std::string& options) const {
    std::vector<std::uint8_t> rows;
    for (int y = 0; y < image.height(); ++y) {
      for (int x = 0; x < image.width(); ++x)
        for (const int c : {2, 1, 0}) rows.push_back(image.row(y)[3 * x + c]);
    }
    write("in.png", encode_png(image.width(), image.height(), rows));
    EXPECT_TRUE(run_ffmpeg(folder_.path(), "-i in.png " + options + " " + name)) << name;
    return folder_.path() / name;
  }
  static std::string refusal(const fs::path& file) {
    try {
      read_image(file);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::input);
      EXPECT_THAT(error.what(), HasSubstr(file.filename().string()));
      return error.what();
    }
    ADD_FAILURE() << file << " was read";
    return {};
  }

  TemporaryFolder folder_;
};

TEST_F(CodecPictureTest, BmpIsReadExactly) {
  for (const int width : {1, 2, 3, 4, 5, 37}) {
    const Image image = gradient(width, 11);
    EXPECT_TRUE(same_pixels(
        read_image(write("a.bmp", encode_bmp(width, 11, 24, bmp_rows(image, 3, true)))), image));
    EXPECT_TRUE(same_pixels(
        read_image(write("b.bmp", encode_bmp(width, -11, 24, bmp_rows(image, 3, false)))), image))
        << "top down";
    EXPECT_TRUE(same_pixels(
        read_image(write("c.bmp", encode_bmp(width, 11, 32, bmp_rows(image, 4, true)))), image))
        << "32 bits";
  }
}

TEST_F(CodecPictureTest, GreyAndPaletteBmpAreReadExactly) {
  std::string greys, colours;
  for (int i = 0; i < 256; ++i) {
    for (int c = 0; c < 3; ++c) greys.push_back(static_cast<char>(i));
    greys.push_back('\0');
    for (const int c : {i, 255 - i, i ^ 0x55}) colours.push_back(static_cast<char>(c));
    colours.push_back('\0');
  }
  const Image image = gradient(13, 7, 1);
  const std::string rows = bmp_rows(image, 1, true);
  const Image grey = read_image(write("grey.bmp", encode_bmp(13, 7, 8, rows, greys)));
  const Image colour = read_image(write("colour.bmp", encode_bmp(13, 7, 8, rows, colours)));
  for (int y = 0; y < 7; ++y)
    for (int x = 0; x < 13; ++x) {
      const int value = image.row(y)[x];
      for (int c = 0; c < 3; ++c) ASSERT_EQ(grey.row(y)[3 * x + c], value);
      ASSERT_EQ(colour.row(y)[3 * x], value);
      ASSERT_EQ(colour.row(y)[3 * x + 1], 255 - value);
      ASSERT_EQ(colour.row(y)[3 * x + 2], value ^ 0x55);
    }
}

TEST_F(CodecPictureTest, LosslessPicturesOfFfmpegAreReadExactly) {
  AURIGA_NEEDS_FFMPEG();
  const Image image = gradient(37, 23);
  for (const char* options : {"-c:v tiff -compression_algo raw", "-c:v tiff -compression_algo lzw",
                              "-c:v tiff -compression_algo deflate", "-c:v tiff -pix_fmt rgba"})
    EXPECT_TRUE(same_pixels(read_image(encode(image, "a.tiff", options)), image)) << options;
  EXPECT_TRUE(same_pixels(read_image(encode(image, "a.webp", "-c:v libwebp -lossless 1")), image));
  EXPECT_TRUE(same_pixels(read_image(encode(image, "b.bmp", "-pix_fmt bgra")), image));
}

TEST_F(CodecPictureTest, OfSixteenBitsTheHighByteIsKept) {
  AURIGA_NEEDS_FFMPEG();
  const Image image = gradient(37, 23);
  std::vector<std::uint8_t> rows;
  for (int y = 0; y < image.height(); ++y)
    for (int x = 0; x < image.width(); ++x)
      for (const int c : {2, 1, 0}) {
        rows.push_back(image.row(y)[3 * x + c]);
        rows.push_back(static_cast<std::uint8_t>(7 * x + y));
      }
  write("in.png", encode_png(image.width(), image.height(), rows, {.bit_depth = 16}));
  ASSERT_TRUE(run_ffmpeg(folder_.path(), "-i in.png -c:v tiff -pix_fmt rgb48le a.tiff"));
  EXPECT_TRUE(same_pixels(read_image(folder_.path() / "a.tiff"), image));
}

TEST_F(CodecPictureTest, LossyPicturesOfFfmpegLookAlike) {
  AURIGA_NEEDS_FFMPEG();
  Image image(64, 48, 3);
  for (int y = 0; y < 48; ++y)
    for (int x = 0; x < 64; ++x) {
      image.row(y)[3 * x] = static_cast<std::uint8_t>(2 * x + 60);
      image.row(y)[3 * x + 1] = static_cast<std::uint8_t>(3 * y + 40);
      image.row(y)[3 * x + 2] = static_cast<std::uint8_t>(x + y + 30);
    }
  for (const auto& [name, options] :
       {std::pair{"a.webp", "-c:v libwebp -q:v 100"},
        std::pair{"a.avif", "-c:v libaom-av1 -still-picture 1 -crf 5 -pix_fmt yuv420p"}}) {
    const Image read = read_image(encode(image, name, options));
    ASSERT_EQ(read.size_bytes(), image.size_bytes()) << name;
    double sum = 0;
    for (std::size_t i = 0; i < image.size_bytes(); ++i)
      sum += std::abs(read.data()[i] - image.data()[i]);
    EXPECT_LT(sum / static_cast<double>(image.size_bytes()), 3) << name;
  }
}

// A TIFF of 2 x 1 grey pixels, with an orientation, and further directories of these kinds.
std::string tiff(int orientation, const std::vector<std::uint32_t>& more_pages = {}) {
  std::string bytes("II*\0\x08\0\0\0", 8);
  constexpr std::uint32_t kEntries = 9, kBytes = 2 + kEntries * 12 + 4;
  const auto pixels = static_cast<std::uint32_t>(8 + kBytes * (1 + more_pages.size()));
  for (std::size_t i = 0; i <= more_pages.size(); ++i) {
    put(bytes, kEntries, 2);
    const auto entry = [&](std::uint32_t tag, std::uint32_t type, std::uint32_t value) {
      put(bytes, tag, 2), put(bytes, type, 2), put(bytes, 1, 4), put(bytes, value, 4);
    };
    entry(254, 4, i == 0 ? 0 : more_pages[i - 1]);
    entry(256, 3, 2);  // width
    entry(257, 3, 1);
    entry(258, 3, 8);  // bits
    entry(259, 3, 1);  // no compression
    entry(262, 3, 1);  // black is zero
    entry(273, 4, pixels);
    entry(274, 3, static_cast<std::uint32_t>(orientation));
    entry(279, 4, 2);
    put(bytes, i == more_pages.size() ? 0 : static_cast<std::uint32_t>(8 + kBytes * (i + 1)), 4);
  }
  return bytes + "\x10\xF0";
}

TEST_F(CodecPictureTest, TiffIsTurnedUpright) {
  const Image upright = read_image(write("a.tif", tiff(1)));
  EXPECT_EQ(upright.row(0)[0], 0x10);
  EXPECT_EQ(upright.row(0)[3], 0xF0);
  for (int tag = 1; tag <= 8; ++tag) {
    Image expected;
    orient(upright, orientation_of_exif(tag), expected);
    EXPECT_TRUE(same_pixels(read_image(write("b.tif", tiff(tag))), expected)) << tag;
  }
}

TEST_F(CodecPictureTest, SeveralPagesAreRefusedAndPreviewsAreNone) {
  EXPECT_THAT(refusal(write("pages.tif", tiff(1, {0}))), HasSubstr("several pages"));
  EXPECT_THAT(refusal(write("page2.tif", tiff(1, {1, 2}))), HasSubstr("several pages"));
  EXPECT_EQ(read_image(write("preview.tif", tiff(1, {1}))).width(), 2);
  const std::string bytes = tiff(1, {0, 0, 0});
  const std::vector<std::uint8_t> block(bytes.begin(), bytes.end());
  EXPECT_EQ(tiff_pages(block, 2), 2);
  EXPECT_EQ(tiff_pages(block, 9), 4);
  for (std::size_t size = 0; size < block.size(); ++size)  // reads only inside
    EXPECT_LE(tiff_pages(std::vector<std::uint8_t>(
                             block.begin(), block.begin() + static_cast<std::ptrdiff_t>(size)),
                         9),
              4);
  // A chain that leads back to its begin ends.
  std::vector<std::uint8_t> ring = block;
  const std::size_t next = 8 + 2 + 9 * 12;
  ring[next] = 8, ring[next + 1] = ring[next + 2] = ring[next + 3] = 0;
  EXPECT_EQ(tiff_pages(ring, 3), 3);
}

TEST_F(CodecPictureTest, DamageIsNoPicture) {
  AURIGA_NEEDS_FFMPEG();
  const Image image = gradient(64, 64);
  for (const auto& [name, options] :
       {std::pair{"a.bmp", ""}, std::pair{"b.tiff", "-c:v tiff -compression_algo raw"},
        std::pair{"c.tiff", "-c:v tiff -compression_algo lzw"},
        std::pair{"d.webp", "-c:v libwebp -lossless 1"},
        std::pair{"e.webp", "-c:v libwebp -q:v 90"},
        std::pair{"f.avif", "-c:v libaom-av1 -still-picture 1 -pix_fmt yuv420p"}}) {
    const std::string bytes = read_text(encode(image, name, options));
    for (const double part : {0.3, 0.7, 0.95})
      refusal(write(
          std::string("cut_") + name,
          bytes.substr(0, static_cast<std::size_t>(part * static_cast<double>(bytes.size())))));
  }
}

}  // namespace
}  // namespace auriga::test
