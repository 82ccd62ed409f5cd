#include "base/yuv.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

#include "base/simd.hpp"

namespace auriga {
namespace {

using u8x16 = std::uint8_t __attribute__((vector_size(16)));
using u8x8 = std::uint8_t __attribute__((vector_size(8)));
using i16x8 = std::int16_t __attribute__((vector_size(16)));
using i32x8 = std::int32_t __attribute__((vector_size(32)));
using u64x2 = std::uint64_t __attribute__((vector_size(16)));

constexpr int kPixels = 16;  // at a time
using Lanes = std::make_integer_sequence<int, kPixels>;

// 2^13 times the factors of the matrix.
struct Factors {
  std::int16_t black;  // 8 times the Y of it
  std::int16_t y, u_of_b, u_of_g, v_of_g, v_of_r;
};
constexpr Factors kLimited{128, 9539, 16525, -3209, -6660, 13075};
constexpr Factors kFull{0, 8192, 14516, -2819, -5850, 11485};

AURIGA_INLINE i16x8 upper_half_of_product(i16x8 a, std::int16_t factor) {
  const i16x8 factors = i16x8{} + factor;
#if defined(__SSE2__)
  return reinterpret_cast<i16x8>(__builtin_ia32_pmulhw128(a, factors));
#else
  return __builtin_convertvector(
      (__builtin_convertvector(a, i32x8) * __builtin_convertvector(factors, i32x8)) >> 16, i16x8);
#endif
}

// As bytes, cut to 0..255.
AURIGA_INLINE u8x16 as_bytes(i16x8 first, i16x8 second) {
#if defined(__SSE2__)
  return reinterpret_cast<u8x16>(__builtin_ia32_packuswb128(first, second));
#else
  const auto cut = [](i16x8 values) AURIGA_ALWAYS_INLINE {
    values = values < 0 ? i16x8{} : values;
    values = values > 255 ? i16x8{} + std::int16_t{255} : values;
    return __builtin_convertvector(values, u8x8);
  };
  const u8x8 low = cut(first), high = cut(second);
  return __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
#endif
}

AURIGA_INLINE i16x8 words_of_lower(u8x16 bytes) {
  return reinterpret_cast<i16x8>(__builtin_shufflevector(bytes, u8x16{}, 0, 16, 1, 16, 2, 16, 3, 16,
                                                         4, 16, 5, 16, 6, 16, 7, 16));
}
AURIGA_INLINE i16x8 words_of_upper(u8x16 bytes) {
  return reinterpret_cast<i16x8>(__builtin_shufflevector(bytes, u8x16{}, 8, 16, 9, 16, 10, 16, 11,
                                                         16, 12, 16, 13, 16, 14, 16, 15, 16));
}
AURIGA_INLINE i16x8 words_of_8(const std::uint8_t* bytes) {
  return words_of_lower(reinterpret_cast<u8x16>(u64x2{load<std::uint64_t>(bytes), 0}));
}

// Each of the first four lanes, or of the last four, twice.
AURIGA_INLINE i16x8 lower_twice(i16x8 v) {
  return __builtin_shufflevector(v, v, 0, 0, 1, 1, 2, 2, 3, 3);
}
AURIGA_INLINE i16x8 upper_twice(i16x8 v) {
  return __builtin_shufflevector(v, v, 4, 4, 5, 5, 6, 6, 7, 7);
}

// Byte 3 p + channel of 48 is that of pixel p. As 16 = 1 modulo 3, and 3 has an inverse modulo 16,
// which is 11, each pixel's value can be put to its place within 16 bytes first.
template <int channel, int... t>
AURIGA_INLINE u8x16 in_place(u8x16 values, std::integer_sequence<int, t...>) {
  return __builtin_shufflevector(values, values, ((t + 3 * kPixels - channel) * 11 % kPixels)...);
}
template <int k, int... t>
AURIGA_INLINE u8x16 mixed(u8x16 b, u8x16 g, u8x16 r, std::integer_sequence<int, t...>) {
  const u8x16 first =
      __builtin_shufflevector(b, g, (t + ((kPixels * k + t) % 3 == 1 ? kPixels : 0))...);
  return __builtin_shufflevector(first, r, (t + ((kPixels * k + t) % 3 == 2 ? kPixels : 0))...);
}

AURIGA_INLINE void convert_block(const std::uint8_t* y, const std::uint8_t* u,
                                 const std::uint8_t* v, const Factors& by, std::uint8_t* bgr) {
  constexpr std::int16_t kMiddle = 1024;
  const i16x8 us = words_of_8(u) * 8 - kMiddle, vs = words_of_8(v) * 8 - kMiddle;
  const i16x8 of_b = upper_half_of_product(us, by.u_of_b);
  const i16x8 of_r = upper_half_of_product(vs, by.v_of_r);
  const i16x8 of_g = upper_half_of_product(us, by.u_of_g) + upper_half_of_product(vs, by.v_of_g);
  const u8x16 ys = load<u8x16>(y);
  const i16x8 lower = upper_half_of_product(words_of_lower(ys) * 8 - by.black, by.y);
  const i16x8 upper = upper_half_of_product(words_of_upper(ys) * 8 - by.black, by.y);
  const auto channel = [&](i16x8 of) AURIGA_ALWAYS_INLINE {
    return as_bytes(lower + lower_twice(of), upper + upper_twice(of));
  };
  const u8x16 b = in_place<0>(channel(of_b), Lanes{}), g = in_place<1>(channel(of_g), Lanes{}),
              r = in_place<2>(channel(of_r), Lanes{});
  store(bgr, mixed<0>(b, g, r, Lanes{}));
  store(bgr + kPixels, mixed<1>(b, g, r, Lanes{}));
  store(bgr + 2 * kPixels, mixed<2>(b, g, r, Lanes{}));
}

AURIGA_INLINE void convert_pixel(int y, int u, int v, const Factors& by, std::uint8_t* bgr) {
  const auto upper = [](int value, int factor) { return value * factor >> 16; };
  const auto cut = [](int value) { return static_cast<std::uint8_t>(std::clamp(value, 0, 255)); };
  const int luma = upper(8 * y - by.black, by.y), us = 8 * u - 1024, vs = 8 * v - 1024;
  bgr[0] = cut(luma + upper(us, by.u_of_b));
  bgr[1] = cut(luma + upper(us, by.u_of_g) + upper(vs, by.v_of_g));
  bgr[2] = cut(luma + upper(vs, by.v_of_r));
}

// `count` pixels from an even column on.
AURIGA_INLINE void convert_row(const std::uint8_t* y, const std::uint8_t* u, const std::uint8_t* v,
                               int count, const Factors& by, std::uint8_t* bgr) {
  int x = 0;
  for (; x + kPixels <= count; x += kPixels)
    convert_block(y + x, u + x / 2, v + x / 2, by, bgr + 3 * x);
  for (; x < count; ++x) convert_pixel(y[x], u[x / 2], v[x / 2], by, bgr + 3 * x);
}

}  // namespace

void yuv_to_bgr(const YuvPicture& picture, const Region& part, std::uint8_t* bgr,
                std::ptrdiff_t stride) {
  assert(part.x >= 0 && part.y >= 0 && part.width >= 0 && part.height >= 0);
  if (part.width == 0) return;
  const Factors by = picture.full_range ? kFull : kLimited;
  run_wide([&](auto) AURIGA_ALWAYS_INLINE {
    for (int row = 0; row < part.height; ++row) {
      const int line = part.y + row, colour_line = picture.half_rows ? line / 2 : line;
      const std::uint8_t* y = picture.y + line * picture.y_stride + part.x;
      const std::uint8_t* u = picture.u + colour_line * picture.u_stride + part.x / 2;
      const std::uint8_t* v = picture.v + colour_line * picture.v_stride + part.x / 2;
      std::uint8_t* to = bgr + row * stride;
      const int odd = part.x % 2;
      if (odd != 0) convert_pixel(*y, *u, *v, by, to);
      convert_row(y + odd, u + odd, v + odd, part.width - odd, by, to + 3 * odd);
    }
  });
}

}  // namespace auriga
