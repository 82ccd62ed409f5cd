#include "base/grey.hpp"

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "base/simd.hpp"

namespace auriga {
namespace {

using u8x16 = std::uint8_t __attribute__((vector_size(16)));
using u8x32 = std::uint8_t __attribute__((vector_size(32)));
using u16x16 = std::uint16_t __attribute__((vector_size(32)));

constexpr int kPixels = 32;  // at a time
using Lanes = std::make_integer_sequence<int, kPixels>;

// With weights w = 128 h + l the sum (sum w v + 2^14) >> 15 is (sum h v + ((sum l v + 2^14) >> 7))
// >> 8, of which every part fits 16 bits.
struct Weights {
  std::uint16_t high[3], low[3];  // B, G, R
};
constexpr Weights kWeights{{3735 / 128, 19235 / 128, 9798 / 128},
                           {3735 % 128, 19235 % 128, 9798 % 128}};

// Bytes t of the vectors k = 0, 1, 2 are byte 16 k + t of 16 pixels, in each half of a vector. One
// channel of them: as 16 = 1 modulo 3, at each t exactly one of the vectors holds it.
template <int channel, int... lane>
AURIGA_INLINE u8x32 one_channel(const u8x32 (&v)[3], std::integer_sequence<int, lane...>) {
  const u8x32 first = __builtin_shufflevector(
      v[0], v[1], (lane + ((channel + 2 * (lane % 16)) % 3 == 1 ? kPixels : 0))...);
  const u8x32 mixed = __builtin_shufflevector(
      first, v[2], (lane + ((channel + 2 * (lane % 16)) % 3 == 2 ? kPixels : 0))...);
  return __builtin_shufflevector(mixed, mixed,
                                 ((3 * (lane % 16) + channel) % 16 + lane / 16 * 16)...);
}

template <int... lane>
AURIGA_INLINE u8x32 joined(u8x16 first, u8x16 second, std::integer_sequence<int, lane...>) {
  return __builtin_shufflevector(first, second, lane...);
}

AURIGA_INLINE u16x16 as_words(u8x32 bytes) {
  u16x16 words;
  std::memcpy(&words, &bytes, sizeof words);
  return words;
}

// Grey * 256 + something.
AURIGA_INLINE u16x16 weigh(u16x16 b, u16x16 g, u16x16 r, const Weights& w) {
  const u16x16 low = b * w.low[0] + g * w.low[1] + r * w.low[2] + 16384;
  return b * w.high[0] + g * w.high[1] + r * w.high[2] + (low >> 7);
}

AURIGA_INLINE void grey_block(const std::uint8_t* bgr, std::uint8_t* grey, const Weights& weights) {
  u8x32 v[3];
#pragma GCC unroll 3
  for (int k = 0; k < 3; ++k)
    v[k] = joined(load<u8x16>(bgr + 16 * k), load<u8x16>(bgr + 48 + 16 * k), Lanes());
  const u16x16 b = as_words(one_channel<0>(v, Lanes())), g = as_words(one_channel<1>(v, Lanes())),
               r = as_words(one_channel<2>(v, Lanes()));
  // The even pixels are the low bytes of words, the odd ones the high bytes.
  const u16x16 even = weigh(b & 255, g & 255, r & 255, weights) >> 8;
  const u16x16 odd = weigh(b >> 8, g >> 8, r >> 8, weights) & 0xFF00;
  store(grey, even | odd);
}

// The weights are an argument so that the compiler multiplies by it instead of adding shifted
// values.
AURIGA_INLINE void grey_row_body(const std::uint8_t* bgr, int width, std::uint8_t* grey,
                                 const Weights& from) {
  const Weights weights = from;  // not to be read again after every store
  int x = 0;
  for (; x + kPixels <= width; x += kPixels) grey_block(bgr + 3 * x, grey + x, weights);
  if (x == width) return;
  if (width >= kPixels) {  // once more over some pixels
    x = width - kPixels;
    return grey_block(bgr + 3 * x, grey + x, weights);
  }
  for (bgr += 3 * x; x < width; ++x, bgr += 3)
    grey[x] =
        static_cast<std::uint8_t>((3735 * bgr[0] + 19235 * bgr[1] + 9798 * bgr[2] + 16384) >> 15);
}

void grey_row(const std::uint8_t* bgr, int width, std::uint8_t* grey, const Weights& from) {
  run_wide([&](auto) AURIGA_ALWAYS_INLINE { grey_row_body(bgr, width, grey, from); });
}

}  // namespace

void to_grey(ImageView image, Image& grey) {
  grey.resize(image.width, image.height, 1);
  to_grey(image, grey, 0, 0);
}

void to_grey(ImageView image, Image& grey, int x, int y) {
  assert(image.channels == 1 || image.channels == 3);
  assert(x + image.width <= grey.width() && y + image.height <= grey.height());
  for (int row = 0; row < image.height; ++row) {
    std::uint8_t* const to = grey.row(y + row) + x;
    if (image.channels == 3)
      grey_row(image.row(row), image.width, to, kWeights);
    else if (image.width > 0)
      std::memcpy(to, image.row(row), static_cast<std::size_t>(image.width));
  }
}

}  // namespace auriga
