#include "live/raw_picture.hpp"

#include <numeric>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace auriga {
namespace {

using Bytes = std::vector<std::uint8_t>;

TEST(RawPicture, KnowsItsFormats) {
  EXPECT_EQ(raw_format("h264"), nullptr);
  ASSERT_NE(raw_format("nv12"), nullptr);
  EXPECT_EQ(raw_format("nv12")->pixels, RawPixels::nv12);
  EXPECT_EQ(raw_bytes(RawPixels::bgr24, 10, 4), 120u);
  EXPECT_EQ(raw_bytes(RawPixels::yuyv422, 10, 4), 80u);
  EXPECT_EQ(raw_bytes(RawPixels::nv12, 10, 4), 60u);
  EXPECT_EQ(raw_bytes(RawPixels::gray, 10, 4), 40u);
  EXPECT_THAT(raw_format_names(), testing::HasSubstr("bgr24, rgb24"));
}

TEST(RawPicture, KeepsBgrAndTurnsRgbAround) {
  Bytes bytes(16 * 4 * 3);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  RawConverter converter;
  Frame frame;
  ASSERT_TRUE(converter.convert(RawPixels::bgr24, 16, 4, bytes, 0, frame));
  EXPECT_EQ(frame.bgr().row(1)[5], bytes[16 * 3 + 5]);
  ASSERT_TRUE(converter.convert(RawPixels::rgb24, 16, 4, bytes, 0, frame));
  EXPECT_EQ(frame.bgr().row(1)[3], bytes[16 * 3 + 5]);
  EXPECT_EQ(frame.bgr().row(1)[5], bytes[16 * 3 + 3]);
}

// A red picture, BT.601 limited: Y 81, U 90, V 240.
TEST(RawPicture, ReadsColoursOfEveryFormat) {
  constexpr int kWidth = 16, kHeight = 8;
  const std::size_t pixels = kWidth * kHeight;
  Bytes planar(pixels, 81), nv12 = planar, yuyv, uyvy;
  planar.insert(planar.end(), pixels / 4, 90);
  planar.insert(planar.end(), pixels / 4, 240);
  for (std::size_t i = 0; i < pixels / 4; ++i) nv12.insert(nv12.end(), {90, 240});
  for (std::size_t i = 0; i < pixels / 2; ++i) {
    yuyv.insert(yuyv.end(), {81, 90, 81, 240});
    uyvy.insert(uyvy.end(), {90, 81, 240, 81});
  }
  RawConverter converter;
  for (const auto& [format, bytes] : {std::pair{RawPixels::yuv420p, planar},
                                      {RawPixels::nv12, nv12},
                                      {RawPixels::yuyv422, yuyv},
                                      {RawPixels::uyvy422, uyvy}}) {
    Frame frame;
    ASSERT_TRUE(converter.convert(format, kWidth, kHeight, bytes, 0, frame));
    const std::uint8_t* pixel = frame.bgr().row(4) + 3 * 7;
    EXPECT_NEAR(pixel[0], 0, 3) << raw_format(format).name;
    EXPECT_NEAR(pixel[1], 0, 3) << raw_format(format).name;
    EXPECT_NEAR(pixel[2], 254, 3) << raw_format(format).name;
  }
}

// What is behind each row must not be read as pixels, of the further planes neither.
TEST(RawPicture, ReadsPaddedPlanes) {
  constexpr int kWidth = 16, kHeight = 8, kStride = 32;
  for (const RawPixels format : {RawPixels::nv12, RawPixels::yuv420p}) {
    Bytes bytes;
    const auto rows = [&](int count, int width, int stride, const Bytes& pattern) {
      for (int y = 0; y < count; ++y)
        for (int x = 0; x < stride; ++x)
          bytes.push_back(x < width ? pattern[static_cast<std::size_t>(x) % pattern.size()] : 7);
    };
    rows(kHeight, kWidth, kStride, {81});
    if (format == RawPixels::nv12) {
      rows(kHeight / 2, kWidth, kStride, {90, 240});
    } else {
      rows(kHeight / 2, kWidth / 2, kStride / 2, {90});
      rows(kHeight / 2, kWidth / 2, kStride / 2, {240});
    }
    RawConverter converter;
    Frame frame;
    ASSERT_TRUE(converter.convert(format, kWidth, kHeight, bytes, kStride, frame));
    for (const int x : {0, 15}) {
      EXPECT_NEAR(frame.bgr().row(7)[3 * x + 2], 254, 3);
      EXPECT_NEAR(frame.bgr().row(7)[3 * x], 0, 3);
    }
    bytes.pop_back();
    EXPECT_FALSE(converter.convert(format, kWidth, kHeight, bytes, kStride, frame));
  }
}

TEST(RawPicture, RefusesWhatIsTooShortOrTooLarge) {
  RawConverter converter;
  Frame frame;
  EXPECT_FALSE(converter.convert(RawPixels::bgr24, 16, 4, Bytes(191), 0, frame));
  EXPECT_FALSE(converter.convert(RawPixels::bgr24, 0, 4, Bytes(191), 0, frame));
  EXPECT_FALSE(converter.convert(RawPixels::gray, 1 << 20, 1 << 20, Bytes(191), 0, frame));
}

// A picture with everything that may hold FF D8 and FF D9 and must not end it: a preview in its
// head, stuffed bytes and restart markers in its data, fill bytes.
Bytes jpeg_like(std::uint8_t mark) {
  return {0xFF, 0xD8, 0xFF, 0xE1, 0, 8, 0xFF, 0xD8, mark, 0xFF, 0xD9, 0,    0xFF, 0xFF, 0xFE, 0,
          3,    mark, 0xFF, 0xDA, 0, 3, 1,    0x12, 0xFF, 0,    0xFF, 0xD0, 0x34, mark, 0xFF, 0xD9};
}

TEST(JpegSplitter, CutsAtTheEndsOfPicturesHoweverTheBytesCome) {
  Bytes stream;
  std::vector<Bytes> pictures;
  for (int i = 0; i < 20; ++i) {
    if (i % 3 == 1) {
      const std::string head = "\r\n--frame\r\nContent-Type: image/jpeg\r\n\r\n";
      stream.insert(stream.end(), head.begin(), head.end());
    }
    pictures.push_back(jpeg_like(static_cast<std::uint8_t>(i)));
    stream.insert(stream.end(), pictures.back().begin(), pictures.back().end());
  }
  for (const std::size_t most : {1u, 2u, 3u, 7u, 64u, 10000u}) {
    JpegSplitter splitter;
    std::vector<Bytes> found;
    Bytes one;
    for (std::size_t at = 0; at < stream.size(); at += most) {
      splitter.add(std::span(stream).subspan(at, std::min(most, stream.size() - at)));
      while (splitter.next(one)) found.push_back(one);
    }
    EXPECT_EQ(found, pictures) << most;
    EXPECT_EQ(splitter.broken(), 0);
  }
}

// With its last byte, not with the next picture.
TEST(JpegSplitter, GivesAPictureAtOnce) {
  JpegSplitter splitter;
  const Bytes picture = jpeg_like(1);
  Bytes one;
  splitter.add(std::span(picture).first(picture.size() - 1));
  EXPECT_FALSE(splitter.next(one));
  splitter.add(std::span(picture).last(1));
  EXPECT_TRUE(splitter.next(one));
}

TEST(JpegSplitter, GoesOnBehindAPictureWithoutEnd) {
  JpegSplitter splitter;
  Bytes cut = jpeg_like(1), one;
  cut.resize(cut.size() - 2);
  splitter.add(cut);
  splitter.add(jpeg_like(2));
  ASSERT_TRUE(splitter.next(one));
  EXPECT_EQ(one, jpeg_like(2));
  EXPECT_EQ(splitter.broken(), 1);
}

TEST(JpegSplitter, EndsOnAnyBytes) {
  std::mt19937 random(1);
  std::uniform_int_distribution<int> byte(0, 9);
  constexpr std::uint8_t kBytes[] = {0xFF, 0xFF, 0xFF, 0xD8, 0xD9, 0xDA, 0, 1, 2, 0xD0};
  for (int run = 0; run < 300; ++run) {
    JpegSplitter splitter;
    Bytes one;
    for (int i = 0; i < 50; ++i) {
      Bytes some(20);
      for (std::uint8_t& value : some) value = kBytes[byte(random)];
      splitter.add(some);
      int found = 0;
      while (splitter.next(one)) ASSERT_LT(++found, 100);
    }
  }
}

TEST(JpegDecoder, RefusesWhatIsNone) {
  JpegDecoder decoder;
  Frame frame;
  EXPECT_FALSE(decoder.decode({}, frame));
  EXPECT_FALSE(decoder.decode(jpeg_like(1), frame));
  EXPECT_FALSE(decoder.decode(Bytes(100, 3), frame));
}

}  // namespace
}  // namespace auriga
