// Pictures of cameras and pipes as BGR.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "auriga/source.hpp"

namespace auriga {

// How raw pixels lie in memory, rows without gaps.
enum class RawPixels { bgr24, rgb24, gray, yuyv422, uyvy422, nv12, yuv420p };

// The name that FFmpeg has for it, "bgr24"; nothing for other words.
struct RawFormat {
  RawPixels pixels;
  std::string_view name;
  int bits;  // per pixel
};
const RawFormat* raw_format(std::string_view name);
const RawFormat& raw_format(RawPixels pixels);
std::string raw_format_names();  // "bgr24, rgb24, ..."

// Bytes of a picture. Sides of formats that share colours among pixels are rounded up.
std::size_t raw_bytes(RawPixels pixels, int width, int height);

// Turns them into BGR by libswscale, as videos are. Not thread-safe.
class RawConverter {
 public:
  RawConverter();
  ~RawConverter();
  RawConverter(const RawConverter&) = delete;
  RawConverter& operator=(const RawConverter&) = delete;

  // `bytes`: raw_bytes() of them or more; `stride`: bytes of a row of the first plane, 0: without
  // gaps. False: the picture is too short or cannot be converted.
  bool convert(RawPixels pixels, int width, int height, std::span<const std::uint8_t> bytes,
               std::size_t stride, Frame& to);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Decodes JPEG pictures as those of MJPEG videos. Not thread-safe.
class JpegDecoder {
 public:
  JpegDecoder();
  ~JpegDecoder();
  JpegDecoder(const JpegDecoder&) = delete;
  JpegDecoder& operator=(const JpegDecoder&) = delete;

  // False: it is no picture, or one that is larger than videos may be.
  bool decode(std::span<const std::uint8_t> bytes, Frame& to);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Cuts a stream of bytes into JPEG pictures; what is between them (multipart headers) is passed
// over. A picture is there with its last byte. Not thread-safe.
class JpegSplitter {
 public:
  static constexpr std::size_t kMostBytes = std::size_t{64} << 20;  // of a picture

  void add(std::span<const std::uint8_t> bytes);
  // The next complete picture into `picture`; false: there is none yet.
  bool next(std::vector<std::uint8_t>& picture);
  // Pictures that ended before their end, or had more than kMostBytes.
  std::int64_t broken() const { return broken_; }

 private:
  void drop(std::size_t count);

  std::vector<std::uint8_t> bytes_;
  std::size_t at_ = 0;    // looked at so far
  bool within_ = false;   // bytes_ begins with a picture
  bool in_scan_ = false;  // at_ lies in compressed data
  std::int64_t broken_ = 0;
};

}  // namespace auriga
