#include "drawing/encode.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <jpeglib.h>

#include "auriga/error.hpp"

#include "files/atomic_file.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

using test::TemporaryFolder;

Image noise(int width, int height, int channels, unsigned seed) {
  std::mt19937 random(seed);
  Image image(width, height, channels);
  std::generate_n(image.data(), image.size_bytes(),
                  [&] { return static_cast<std::uint8_t>(random()); });
  return image;
}

std::uint32_t little_endian(const std::string& bytes, std::size_t at, int count) {
  std::uint32_t value = 0;
  for (int i = count - 1; i >= 0; --i)
    value = value << 8 | static_cast<std::uint8_t>(bytes.at(at + static_cast<std::size_t>(i)));
  return value;
}

// One pixel of a bottom-up BMP with 24 bits, found by its header.
std::uint8_t bmp_value(const std::string& bytes, int x, int y, int channel) {
  const int width = static_cast<int>(little_endian(bytes, 18, 4));
  const int height = static_cast<int>(little_endian(bytes, 22, 4));
  const int row_bytes = (width * 3 + 3) & ~3;
  return static_cast<std::uint8_t>(
      bytes.at(little_endian(bytes, 10, 4) +
               static_cast<std::size_t>((height - 1 - y) * row_bytes + 3 * x + channel)));
}

bool equal(const Image& a, ImageView b) {
  if (a.width() != b.width || a.height() != b.height || a.channels() != b.channels) return false;
  for (int y = 0; y < b.height; ++y)
    if (!std::equal(a.row(y), a.row(y) + a.stride(), b.row(y))) return false;
  return true;
}

TEST(EncodeBmp, HoldsEveryPixel) {
  for (const int width : {1, 2, 3, 4, 13, 112}) {
    const Image image = noise(width, 5, 3, 1);
    const std::string bytes = encode_bmp(image);
    EXPECT_EQ(bytes.substr(0, 2), "BM");
    EXPECT_EQ(little_endian(bytes, 2, 4), bytes.size());
    EXPECT_EQ(little_endian(bytes, 10, 4), 54U);
    EXPECT_EQ(little_endian(bytes, 14, 4), 40U);
    EXPECT_EQ(little_endian(bytes, 26, 2), 1U);
    EXPECT_EQ(little_endian(bytes, 28, 2), 24U);
    EXPECT_EQ(bytes.size(), 54U + static_cast<std::size_t>((3 * width + 3) / 4 * 4 * 5));
    for (int y = 0; y < 5; ++y)
      for (int i = 0; i < 3 * width; ++i)
        ASSERT_EQ(bmp_value(bytes, i / 3, y, i % 3), image.row(y)[i]);
  }
}

TEST(EncodeBmp, GreyIsThreeEqualChannels) {
  const Image image = noise(5, 3, 1, 2);
  const std::string bytes = encode_bmp(image);
  for (int y = 0; y < 3; ++y)
    for (int i = 0; i < 15; ++i) ASSERT_EQ(bmp_value(bytes, i / 3, y, i % 3), image.row(y)[i / 3]);
}

// A view into a larger picture, so that rows are not packed.
TEST(EncodePng, IsLossless) {
  const TemporaryFolder folder;
  const Image image = noise(40, 30, 3, 3);
  const ImageView view{image.row(2) + 9, 13, 7, 3, image.stride()};
  write_file(folder.path() / "a.png", encode_png(view));
  EXPECT_TRUE(equal(test::read_png(folder.path() / "a.png"), view));
  const Image grey = noise(9, 4, 1, 4);
  write_file(folder.path() / "g.png", encode_png(grey));
  const Image read = test::read_png(folder.path() / "g.png");
  for (int y = 0; y < 4; ++y)
    for (int i = 0; i < 27; ++i) ASSERT_EQ(read.row(y)[i], grey.row(y)[i / 3]);
}

// A smooth picture, so that what JPEG loses is little: 3 levels of 255.
TEST(EncodeJpeg, KeepsColoursAndPlaces) {
  for (const int channels : {1, 3}) {
    Image large(60, 50, channels);
    for (int y = 0; y < 50; ++y)
      for (int x = 0; x < 60; ++x)
        for (int c = 0; c < channels; ++c)
          large.row(y)[x * channels + c] = static_cast<std::uint8_t>(20 + 2 * x + y + 30 * c);
    const ImageView view{large.row(3) + 4 * channels, 37, 41, channels, large.stride()};
    const std::string bytes = encode_jpeg(view);

    jpeg_decompress_struct info{};
    jpeg_error_mgr errors{};
    info.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    jpeg_read_header(&info, TRUE);
    ASSERT_EQ(info.image_width, 37U);
    ASSERT_EQ(info.image_height, 41U);
    ASSERT_EQ(info.num_components, channels);
    info.out_color_space = channels == 3 ? JCS_EXT_BGR : JCS_GRAYSCALE;
    jpeg_start_decompress(&info);
    Image read(37, 41, channels);
    for (int y = 0; y < 41; ++y) {
      JSAMPROW row = read.row(y);
      jpeg_read_scanlines(&info, &row, 1);
      for (int i = 0; i < 37 * channels; ++i)
        ASSERT_NEAR(row[i], view.row(y)[i], 3) << y << " " << i;
    }
    jpeg_finish_decompress(&info);
    jpeg_destroy_decompress(&info);
  }
}

TEST(EncodeJpeg, RefusesWhatTheFormatCannotHold) {
  const std::string line(70000, 'x');
  const ImageView wide{reinterpret_cast<const std::uint8_t*>(line.data()), 70000, 1, 1, 70000};
  EXPECT_THROW(encode_jpeg(wide), Error);
}

TEST(Encode, ByFormat) {
  const Image image = noise(5, 4, 3, 5);
  EXPECT_EQ(encode(image, PictureFormat::bmp), encode_bmp(image));
  EXPECT_EQ(encode(image, PictureFormat::png), encode_png(image));
  EXPECT_EQ(encode(image, PictureFormat::jpg), encode_jpeg(image));
}

TEST(PictureFormats, HaveNames) {
  EXPECT_EQ(picture_format("bmp"), PictureFormat::bmp);
  EXPECT_EQ(picture_format("png"), PictureFormat::png);
  EXPECT_EQ(picture_format("jpg"), PictureFormat::jpg);
  EXPECT_EQ(picture_format("tiff"), std::nullopt);
}

struct DecodedJpeg {
  int width = 0, height = 0;
  std::vector<std::uint8_t> bgr;
};
DecodedJpeg decoded_jpeg(const std::string& bytes) {
  jpeg_decompress_struct info{};
  jpeg_error_mgr errors{};
  info.err = jpeg_std_error(&errors);
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  jpeg_read_header(&info, TRUE);
  info.out_color_space = JCS_EXT_BGR;
  jpeg_start_decompress(&info);
  DecodedJpeg picture{
      static_cast<int>(info.output_width), static_cast<int>(info.output_height), {}};
  picture.bgr.resize(std::size_t{3} * info.output_width * info.output_height);
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = picture.bgr.data() + std::size_t{3} * info.output_width * info.output_scanline;
    jpeg_read_scanlines(&info, &row, 1);
  }
  jpeg_finish_decompress(&info);
  jpeg_destroy_decompress(&info);
  return picture;
}

TEST(EncodeJpeg, HasTheQualityThatIsAskedFor) {
  const Image image = noise(64, 48, 3, 4);
  std::size_t before = 0;
  for (const int quality : {1, 30, 85, 100}) {
    const std::string bytes = encode_jpeg(image, {.quality = quality});
    EXPECT_GT(bytes.size(), before) << quality;
    before = bytes.size();
  }
  EXPECT_EQ(encode_jpeg(image, {.quality = 95}), encode_jpeg(image));
  EXPECT_THROW(encode_jpeg(image, {.quality = 0}), Error);
  EXPECT_THROW(encode_jpeg(image, {.quality = 101}), Error);
  EXPECT_THROW(encode_jpeg(image, {.width = -1}), Error);
}

// Each pixel of the reduced picture is the mean of what it covers, whole pixels or parts of them.
TEST(EncodeJpeg, IsReducedByMeans) {
  // Columns in turn black and white, so that every mean over an even number of them is grey.
  Image stripes(120, 90, 3);
  for (int y = 0; y < 90; ++y)
    for (int x = 0; x < 120; ++x)
      std::fill_n(stripes.row(y) + 3 * x, 3, static_cast<std::uint8_t>(x % 2 == 0 ? 0 : 255));
  const DecodedJpeg half = decoded_jpeg(encode_jpeg(stripes, {.quality = 100, .width = 60}));
  EXPECT_EQ(half.width, 60);
  EXPECT_EQ(half.height, 45);
  for (const std::uint8_t value : half.bgr) ASSERT_NEAR(value, 128, 1);
  // Halves: 80 of 120 columns cover one and a half each.
  const DecodedJpeg parts = decoded_jpeg(encode_jpeg(stripes, {.quality = 100, .width = 80}));
  EXPECT_EQ(parts.width, 80);
  EXPECT_EQ(parts.height, 60);
  for (int x = 0; x < 80; ++x)
    ASSERT_NEAR(parts.bgr[std::size_t{3} * static_cast<std::size_t>(x)], x % 4 < 2 ? 85 : 170, 2)
        << x;
  // A plain picture stays plain, to the last row and column of awkward sizes.
  Image plain(113, 37, 1);
  std::fill_n(plain.data(), plain.size_bytes(), std::uint8_t{201});
  for (const int width : {1, 2, 17, 112}) {
    const DecodedJpeg small = decoded_jpeg(encode_jpeg(plain, {.quality = 100, .width = width}));
    EXPECT_EQ(small.width, width);
    for (const std::uint8_t value : small.bgr) ASSERT_NEAR(value, 201, 1) << width;
  }
  // Never enlarged.
  EXPECT_EQ(encode_jpeg(plain, {.width = 1000}), encode_jpeg(plain, {.quality = 85}));
}

}  // namespace
}  // namespace auriga
