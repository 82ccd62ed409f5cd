#include "media/picture_hash.hpp"

#include <algorithm>
#include <cstring>

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
}

namespace auriga {

namespace {

// Binary digits of pi, as those that lanes begin with.
constexpr std::uint64_t kKeys[4] = {0x452821E638D01377, 0xBE5466CF34E90C6C, 0xC0AC29B7C97C50DD,
                                    0x3F84D5B5B5470917};

// The product of 128 bits, folded: every bit of it depends on all of both.
std::uint64_t folded(std::uint64_t a, std::uint64_t b) {
  __extension__ typedef unsigned __int128 Wide;  // NOLINT(modernize-use-using)
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t word(const std::uint8_t* bytes) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

}  // namespace

void ContentHash::add(std::span<const std::uint8_t> bytes) {
  constexpr std::size_t kBlock = 64;
  std::uint64_t lanes[4] = {lanes_[0], lanes_[1], lanes_[2], lanes_[3]};
  const auto take = [&](const std::uint8_t* block) {
    for (std::size_t i = 0; i < 4; ++i) {
      const std::uint64_t a = word(block + 16 * i), b = word(block + 16 * i + 8);
      // The sum keeps what a product with nothing would lose.
      lanes[i] = folded(lanes[i] ^ a, kKeys[i] ^ b) + (a ^ (b << 32 | b >> 32));
    }
  };
  std::size_t at = 0;
  for (; at + kBlock <= bytes.size(); at += kBlock) take(bytes.data() + at);
  if (at < bytes.size()) {
    std::uint8_t rest[kBlock] = {};
    std::copy(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.end(), rest);
    take(rest);
  }
  bytes_ += bytes.size();
  std::copy(lanes, lanes + 4, lanes_);
}

void ContentHash::add(std::uint64_t number) {
  lanes_[0] = folded(lanes_[0] ^ number, kKeys[0]) + number;
  ++bytes_;
}

std::uint64_t ContentHash::value() const {
  std::uint64_t value = bytes_;
  for (std::size_t i = 0; i < 4; ++i) value = folded(value ^ lanes_[i], kKeys[i]);
  return value;
}

std::uint64_t picture_hash(const AVFrame& frame, const AVRational& aspect) {
  ContentHash hash;
  for (const int number :
       {frame.width, frame.height, frame.format, static_cast<int>(frame.color_range),
        static_cast<int>(aspect.num), static_cast<int>(aspect.den)})
    hash.add(static_cast<std::uint64_t>(static_cast<std::int64_t>(number)));
  const auto format = static_cast<AVPixelFormat>(frame.format);
  const AVPixFmtDescriptor* layout = av_pix_fmt_desc_get(format);
  if (layout == nullptr) return hash.value();
  for (int plane = 0; plane < 4 && frame.data[plane] != nullptr; ++plane) {
    const bool chroma = (plane == 1 || plane == 2) && (layout->flags & AV_PIX_FMT_FLAG_RGB) == 0;
    int rows = chroma ? AV_CEIL_RSHIFT(frame.height, layout->log2_chroma_h) : frame.height;
    int bytes = av_image_get_linesize(format, frame.width, plane);
    if (plane == 1 && (layout->flags & AV_PIX_FMT_FLAG_PAL) != 0) rows = 1, bytes = AVPALETTE_SIZE;
    for (int y = 0; y < rows && bytes > 0; ++y)
      hash.add({frame.data[plane] + static_cast<std::ptrdiff_t>(y) * frame.linesize[plane],
                static_cast<std::size_t>(bytes)});
  }
  return hash.value();
}

}  // namespace auriga
