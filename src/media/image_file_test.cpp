#include "media/image_file.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "media/fake_media.hpp"
#include "media/orientation.hpp"
#include "support/golden.hpp"

namespace auriga::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

class ImageFile : public testing::Test {
 protected:
  fs::path write(const std::string& name, const std::string& bytes) const {
    write_text(folder_.path() / name, bytes);
    return folder_.path() / name;
  }

  // The message with which read_image refuses a file; checks its class and that it names the file.
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

int largest_difference(const Image& a, const Image& b) {
  EXPECT_EQ(a.size_bytes(), b.size_bytes());
  int largest = 0;
  for (std::size_t i = 0; i < a.size_bytes(); ++i)
    largest = std::max(largest, std::abs(a.data()[i] - b.data()[i]));
  return largest;
}

struct Golden {
  const char* file;
  const char* fnv1a64_bgr;
};
std::ostream& operator<<(std::ostream& out, const Golden& golden) { return out << golden.file; }

class ImageFileGolden : public testing::TestWithParam<Golden> {};

// Hashes of the bytes that cv::imread of OpenCV 4.6.0 (Debian 12) gives for these files.
TEST_P(ImageFileGolden, EqualsOpenCv) {
  AURIGA_NEEDS(fs::path("images") / GetParam().file);
  EXPECT_EQ(fnv1a_hex(read_image(test_data() / "images" / GetParam().file)),
            GetParam().fnv1a64_bgr);
}

INSTANTIATE_TEST_SUITE_P(Pictures, ImageFileGolden,
                         testing::Values(Golden{"sample1.jpg", "1d7a49a81c2b9f1c"},
                                         Golden{"sample2.jpg", "6f86d075ba604ba7"},
                                         Golden{"sample3.jpg", "c3157e73f1457900"},
                                         Golden{"sample4.jpg", "baa77aa6cc243787"},
                                         Golden{"sample5.jpg", "301e0f02d7883c6e"},
                                         Golden{"sample6.jpg", "0fb78a14a6981df5"},
                                         Golden{"multi_face_img.png", "6810d83179472e32"}),
                         [](const auto& test) {
                           return fs::path(test.param.file).stem().string();
                         });

TEST_F(ImageFile, ReadsJpegsOfAllKinds) {
  for (const auto& [w, h] : std::vector<std::pair<int, int>>{{1, 1}, {3, 5}, {63, 13}}) {
    // A gentle gradient: at quality 100 only rounding is lost, 1 in the transform and 2 in the
    // colours.
    Image picture(w, h, 3);
    for (int y = 0; y < h; ++y)
      for (int x = 0; x < w * 3; ++x)
        picture.row(y)[x] = static_cast<std::uint8_t>(60 + x / 3 + 2 * y + 30 * (x % 3));
    EXPECT_LE(largest_difference(read_image(write("a.jpg", encode_jpeg(picture))), picture), 3);
    const JpegOptions progressive{true, true, {}};
    EXPECT_TRUE(same_pixels(read_image(write("p.jpg", encode_jpeg(picture, progressive))),
                            read_image(write("a.jpg", encode_jpeg(picture)))));

    Image grey(w, h, 1), expected(w, h, 3);
    for (int i = 0; i < w * h; ++i) grey.data()[i] = picture.data()[3 * i];
    for (int i = 0; i < 3 * w * h; ++i) expected.data()[i] = grey.data()[i / 3];
    EXPECT_LE(largest_difference(read_image(write("g.jpg", encode_jpeg(grey))), expected), 1);
  }
}

TEST_F(ImageFile, MixesInks) {
  // One colour each; stored as Adobe does, 255 - ink.
  for (const auto& [c, m, y, k] : std::vector<std::array<int, 4>>{{255, 255, 255, 255},
                                                                  {0, 255, 255, 255},
                                                                  {200, 100, 50, 255},
                                                                  {200, 100, 50, 128},
                                                                  {255, 255, 255, 0}}) {
    Image stored(8, 8, 4), ink(8, 8, 4);
    for (int i = 0; i < 64; ++i) {
      const int values[4] = {c, m, y, k};
      for (int j = 0; j < 4; ++j) {
        stored.data()[4 * i + j] = static_cast<std::uint8_t>(values[j]);
        ink.data()[4 * i + j] = static_cast<std::uint8_t>(255 - values[j]);
      }
    }
    Image expected(8, 8, 3);
    for (int i = 0; i < 64; ++i) {
      expected.data()[3 * i + 2] = static_cast<std::uint8_t>(c * k / 255);
      expected.data()[3 * i + 1] = static_cast<std::uint8_t>(m * k / 255);
      expected.data()[3 * i + 0] = static_cast<std::uint8_t>(y * k / 255);
    }
    EXPECT_LE(largest_difference(read_image(write("adobe.jpg", encode_jpeg(stored))), expected), 2);
    EXPECT_LE(largest_difference(
                  read_image(write("plain.jpg", encode_jpeg(ink, {false, false, {}}))), expected),
              2);
  }
}

TEST_F(ImageFile, ReadsPngsOfAllKinds) {
  constexpr int kWidth = 13, kHeight = 7;
  const Image picture = gradient(kWidth, kHeight);
  std::vector<std::uint8_t> rgb, rgba, rgb16, grey, grey16, grey_alpha, indices, palette;
  Image grey_picture(kWidth, kHeight, 3), palette_picture(kWidth, kHeight, 3);
  for (int i = 0; i < kWidth * kHeight; ++i) {
    const std::uint8_t* p = picture.data() + 3 * i;
    const auto low = static_cast<std::uint8_t>(200 + i % 56);  // would round up
    rgb.insert(rgb.end(), {p[2], p[1], p[0]});
    rgba.insert(rgba.end(), {p[2], p[1], p[0], static_cast<std::uint8_t>(i)});
    rgb16.insert(rgb16.end(), {p[2], low, p[1], low, p[0], low});
    grey.push_back(p[0]);
    grey16.insert(grey16.end(), {p[0], low});
    grey_alpha.insert(grey_alpha.end(), {p[0], static_cast<std::uint8_t>(255 - i)});
    const auto index = static_cast<std::uint8_t>(i % 5);
    indices.push_back(index);
    for (int c = 0; c < 3; ++c) {
      grey_picture.data()[3 * i + c] = p[0];
      palette_picture.data()[3 * i + c] = static_cast<std::uint8_t>(40 * index + 10 * (2 - c));
    }
  }
  for (int index = 0; index < 5; ++index)
    for (int c = 0; c < 3; ++c) palette.push_back(static_cast<std::uint8_t>(40 * index + 10 * c));

  const auto read = [&](const std::vector<std::uint8_t>& rows, const PngOptions& options) {
    return read_image(write("a.png", encode_png(kWidth, kHeight, rows, options)));
  };
  EXPECT_TRUE(same_pixels(read(rgb, {}), picture));
  EXPECT_TRUE(same_pixels(read(rgba, {.colour_type = 6}), picture))
      << "alpha is dropped, not blended";
  EXPECT_TRUE(same_pixels(read(rgb16, {.bit_depth = 16}), picture)) << "the high byte is kept";
  EXPECT_TRUE(same_pixels(read(rgb, {.interlaced = true}), picture));
  EXPECT_TRUE(same_pixels(read(rgb, {.gamma = 0.2}), picture)) << "gamma is ignored";
  EXPECT_TRUE(same_pixels(read(grey, {.colour_type = 0}), grey_picture));
  EXPECT_TRUE(same_pixels(read(grey16, {.colour_type = 0, .bit_depth = 16}), grey_picture));
  EXPECT_TRUE(same_pixels(read(grey_alpha, {.colour_type = 4}), grey_picture));
  EXPECT_TRUE(same_pixels(read(indices, {.colour_type = 3, .palette = palette}), palette_picture));

  // One bit per pixel: 0x55 is black and white in turn.
  const Image bits =
      read(std::vector<std::uint8_t>(2 * kHeight, 0x55), {.colour_type = 0, .bit_depth = 1});
  for (int x = 0; x < kWidth; ++x) EXPECT_EQ(bits.row(3)[3 * x], x % 2 == 1 ? 255 : 0);
}

// `png` with its eXIf chunk behind the pixels.
std::string with_late_exif(const std::string& png) {
  const std::size_t begin = png.find("eXIf") - 4;
  const std::size_t size = static_cast<unsigned char>(png[begin + 3]) + std::size_t{12};
  std::string late = png;
  late.erase(begin, size);
  return late.insert(late.size() - 12, png, begin, size);  // before IEND
}

TEST_F(ImageFile, TurnsPicturesAsExifSays) {
  // Also with more rows than are turned at a time.
  for (const auto& [w, h] : std::vector<std::pair<int, int>>{{13, 6}, {70, 150}}) {
    const Image stored = gradient(w, h);
    std::vector<std::uint8_t> rgb(stored.data(), stored.data() + stored.size_bytes());
    for (std::size_t i = 0; i < rgb.size(); i += 3) std::swap(rgb[i], rgb[i + 2]);
    const Image decoded = read_image(write("a.jpg", encode_jpeg(stored)));
    for (int tag = 1; tag <= 8; ++tag) {
      const Orientation orientation = orientation_of_exif(tag);
      Image expected;
      orient(stored, orientation, expected);
      const std::string png = encode_png(w, h, rgb, {.exif = exif_block(tag)});
      EXPECT_TRUE(same_pixels(read_image(write("a.png", png)), expected)) << tag;
      EXPECT_TRUE(same_pixels(read_image(write("late.png", with_late_exif(png))), expected)) << tag;
      EXPECT_TRUE(same_pixels(
          read_image(
              write("i.png", encode_png(w, h, rgb, {.interlaced = true, .exif = exif_block(tag)}))),
          expected))
          << tag;
      orient(decoded, orientation, expected);
      EXPECT_TRUE(same_pixels(
          read_image(
              write("b.jpg", encode_jpeg(stored, {false, true, exif_block(tag, tag % 2 == 0)}))),
          expected))
          << tag;
    }
  }
}

TEST_F(ImageFile, GoesByContentNotByName) {
  const Image picture = gradient(9, 9);
  EXPECT_EQ(read_image(write("really_a_jpeg.png", encode_jpeg(picture))).width(), 9);
}

TEST_F(ImageFile, ReusesTheBuffer) {
  Image image(200, 200, 3);
  const std::uint8_t* buffer = image.data();
  read_image(write("a.jpg", encode_jpeg(gradient(100, 50))), image);
  EXPECT_EQ(image.width(), 100);
  EXPECT_EQ(image.data(), buffer);
}

TEST_F(ImageFile, RefusesWhatIsNoPicture) {
  EXPECT_THAT(refusal(folder_.path() / "absent.jpg"), HasSubstr("missing"));
  EXPECT_THAT(refusal(folder_.path()), HasSubstr("folder"));
  EXPECT_THAT(refusal(write("empty.png", "")), HasSubstr("an empty file"));
  EXPECT_THAT(refusal(write("note.jpg", "dear diary")),
              HasSubstr("expected a picture (JPEG, PNG,"));
  EXPECT_THAT(refusal(write("a.bmp", "BM and so on")),
              AllOf(HasSubstr("BMP"), HasSubstr("convert it to PNG or JPEG")));
  EXPECT_THAT(refusal(write("a.gif", "GIF89a")), HasSubstr("GIF"));
  EXPECT_THAT(refusal(write("a.webp", std::string("RIFF\x10\0\0\0WEBPVP8 ", 16))),
              HasSubstr("WebP"));
}

TEST_F(ImageFile, RefusesHugePictures) {
  // The largest JPEG that the format knows, as a header without pixels.
  std::string jpeg = encode_jpeg(gradient(8, 8));
  const std::size_t frame = jpeg.find("\xFF\xC0");
  ASSERT_NE(frame, std::string::npos);
  jpeg.replace(frame + 5, 4, "\xFF\xDC\xFF\xDC");  // 65500 x 65500
  EXPECT_THAT(refusal(write("huge.jpg", jpeg)),
              AllOf(HasSubstr("65500 x 65500"), HasSubstr("limit")));
  const std::string png = encode_png(1, 1, {0, 0, 0});
  for (const char* size :
       {"\x7F\xFF\xFF\xFF\x7F\xFF\xFF\xFF", "\0\x0F\x42\x40\0\x0F\x42\x40"}) {  // 2^31-1, 10^6
    std::string huge = png;
    huge.replace(16, 8, std::string(size, 8));
    refusal(write("huge.png", huge));
  }
}

TEST_F(ImageFile, RefusesScansWithoutEnd) {
  // The scan of the last channel again and again: no libjpeg warns of it.
  JpegOptions options;
  options.channel_by_channel = true;
  const std::string jpeg = encode_jpeg(gradient(64, 64), options);
  EXPECT_EQ(read_image(write("a.jpg", jpeg)).width(), 64);
  const std::size_t begin = jpeg.rfind("\xFF\xDA");
  const std::string scan = jpeg.substr(begin, jpeg.size() - 2 - begin);
  std::string many = jpeg.substr(0, jpeg.size() - 2);
  for (int i = 0; i < 200; ++i) many += scan;
  EXPECT_THAT(refusal(write("a.jpg", many + "\xFF\xD9")), HasSubstr("more than 100 scans"));
}

// Every length of a cut file: an error, never a half picture.
TEST_F(ImageFile, RefusesCutFilesOfAnyLength) {
  const Image picture = gradient(40, 30);
  std::vector<std::uint8_t> rgb(picture.data(), picture.data() + picture.size_bytes());
  for (const std::string& whole :
       {encode_jpeg(picture), encode_jpeg(picture, {true, true, exif_block(6)}),
        encode_png(40, 30, rgb),
        encode_png(40, 30, rgb, {.interlaced = true, .exif = exif_block(6)})}) {
    ASSERT_EQ(read_image(write("whole", whole)).empty(), false);
    const std::size_t step = whole.size() / 200 + 1;
    for (std::size_t size = 0; size < whole.size(); size += step)
      refusal(write("cut", whole.substr(0, size)));
    refusal(write("cut", whole.substr(0, whole.size() - 1)));
  }
}

// Changed bytes: a picture or an error, no crash and no exit.
TEST_F(ImageFile, SurvivesChangedBytes) {
  const Image picture = gradient(40, 30);
  std::vector<std::uint8_t> rgb(picture.data(), picture.data() + picture.size_bytes());
  std::mt19937 random(7);
  int read = 0, refused = 0;
  for (const std::string& whole :
       {encode_jpeg(picture, {false, true, exif_block(6)}),
        encode_jpeg(picture, {true, true, exif_block(3)}), encode_jpeg(gradient(20, 20, 4)),
        encode_png(40, 30, rgb, {.exif = exif_block(6)}),
        encode_png(40, 30, rgb, {.interlaced = true})}) {
    for (int i = 0; i < 300; ++i) {
      std::string damaged = whole;
      // The headers in turn, and anywhere in the file.
      damaged[static_cast<std::size_t>(i) % damaged.size()] = static_cast<char>(random());
      for (unsigned k = random() % 4; k > 0; --k)
        damaged[random() % damaged.size()] = static_cast<char>(random());
      try {
        read_image(write("damaged", damaged));
        ++read;
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::input);
        ++refused;
      }
    }
  }
  EXPECT_GT(read, 0);
  EXPECT_GT(refused, 500);
}

TEST_F(ImageFile, RefusesAJpegWithADamagedStream) {
  // Bytes in the middle of the coded pixels become an end-of-image marker.
  std::string jpeg = encode_jpeg(gradient(200, 200));
  jpeg.replace(jpeg.size() / 2, 4, std::string("\0\xFF\xD9\0", 4));
  EXPECT_THAT(refusal(write("damaged.jpg", jpeg)), HasSubstr("premature end"));
  // They become ones only (0xFF is written as 0xFF00), which no Huffman code is. libjpeg-turbo
  // notices that in progressive files.
  jpeg = encode_jpeg(gradient(200, 200), {true, true, {}});
  for (std::size_t i = 0; i < 400; ++i) jpeg[jpeg.size() / 2 + i] = i % 2 == 0 ? '\xFF' : '\0';
  EXPECT_THAT(refusal(write("damaged.jpg", jpeg)), HasSubstr("bad Huffman code"));
}

}  // namespace
}  // namespace auriga::test
