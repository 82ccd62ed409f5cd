// Elementary functions with the same bits on every processor: made of sums, products, quotients and
// square roots, which are correctly rounded everywhere. The C library's are not: glibc 2.36 takes
// another path where the processor fuses multiplication and addition, and then exp, sin, cos, log,
// pow, atan2, asin and acos differ in the last bit for one argument in a few hundred to some ten
// thousand; so does hypot before 2.35. Of those of single precision exp, log, pow, sin and cos are
// alike everywhere; atan2 and asin have other last digits on arm64 and from glibc 2.41 on.
//
// Within 2 units in the last place of the true value; those of single precision that are here are
// correctly rounded but for one case in some 2^27. Arguments that are not finite, and those of
// which the function is not defined, give what the C library gives.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "base/simd.hpp"

namespace auriga::same {

inline double length(double x, double y) { return std::sqrt(x * x + y * y); }
// Correctly rounded but for one case in 2^29: squares of single precision are exact.
inline float length(float x, float y) {
  return static_cast<float>(length(static_cast<double>(x), static_cast<double>(y)));
}
inline double length(double x, double y, double z) { return std::sqrt(x * x + y * y + z * z); }

AURIGA_INLINE double exp(double x) {
  constexpr double kFarthest = 700;  // where the result is finite and not denormal
  if (!(x > -kFarthest && x < kFarthest)) return std::exp(x);
  // exp(x) = 2^k exp(r), |r| <= ln(2) / 2; ln(2) in two parts, of which k times the first is exact.
  constexpr double kPerLn2 = 1.4426950408889634, kLn2 = 0x1.62e42feep-1,
                   kLn2Rest = 0x1.a39ef35793c76p-33;
  constexpr double kRound = 0x1.8p52;  // adding it leaves a whole number in the low bits
  const double shifted = x * kPerLn2 + kRound;
  const double k = shifted - kRound;
  const double r = x - k * kLn2 - k * kLn2Rest;
  constexpr std::array<double, 12> kFactorials = {
      1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040, 1.0 / 720,
      1.0 / 120,      1.0 / 24,      1.0 / 6,      1.0 / 2,     1.0,        1.0};
  double power = 1.0 / 479001600;
#pragma GCC unroll 12
  for (const double f : kFactorials) power = power * r + f;
  const auto exponent = std::bit_cast<std::uint64_t>(shifted);
  return std::bit_cast<double>(std::bit_cast<std::uint64_t>(power) + (exponent << 52));
}

inline double log(double x) {
  if (!(x >= std::numeric_limits<double>::min() && x <= std::numeric_limits<double>::max()))
    return std::log(x);
  // x = 2^k m with m in sqrt(1/2)..sqrt(2); log(m) = 2 atanh(s).
  int k = 0;
  double m = std::frexp(x, &k);
  if (m < 0.7071067811865476) {
    m *= 2;
    --k;
  }
  const double s = (m - 1) / (m + 1), square = s * s;
  double sum = 0;
  for (int n = 23; n >= 3; n -= 2) sum = sum * square + 1.0 / n;
  constexpr double kLn2 = 0x1.62e42feep-1, kLn2Rest = 0x1.a39ef35793c76p-33;
  return k * kLn2 + (2 * s + (2 * s * square * sum + k * kLn2Rest));
}

// x > 0. The error grows with the size of y log(x).
inline double pow(double x, double y) { return same::exp(y * same::log(x)); }

// Sine and cosine. Arguments beyond 1e5 are the C library's.
struct SinCos {
  double sin, cos;
};
inline SinCos sin_cos(double x) {
  if (!(std::abs(x) <= 1e5)) return {std::sin(x), std::cos(x)};
  // x = k pi/2 + r, |r| <= pi/4; pi/2 in three parts, of which k times the first two are exact.
  constexpr double kPerQuarter = 0x1.45f306dc9c883p-1, kRound = 0x1.8p52;
  const double k = (x * kPerQuarter + kRound) - kRound;
  const double r = x - k * 0x1.921fb544p+0 - k * 0x1.0b4611a6p-34 - k * 0x1.3198a2e037073p-69;
  const double square = r * r;
  double s = 0, c = 0;
  for (int n = 18; n >= 2; n -= 2) {
    s = 1 - square / (n * (n + 1)) * (n == 18 ? 1 : s);
    c = 1 - square / (n * (n - 1)) * (n == 18 ? 1 : c);
  }
  s *= r;
  switch (static_cast<std::int64_t>(k) & 3) {
    case 0:
      return {s, c};
    case 1:
      return {c, -s};
    case 2:
      return {-s, -c};
    default:
      return {-c, s};
  }
}
inline double sin(double x) { return sin_cos(x).sin; }
inline double cos(double x) { return sin_cos(x).cos; }

inline double atan(double x) {
  constexpr std::array<double, 9> kEighths = {0x0.0p+0,
                                              0x1.fd5ba9aac2f6ep-4,
                                              0x1.f5b75f92c80ddp-3,
                                              0x1.6f61941e4def1p-2,
                                              0x1.dac670561bb4fp-2,
                                              0x1.1e00babdefeb4p-1,
                                              0x1.4978fa3269ee1p-1,
                                              0x1.700a7c5784634p-1,
                                              0x1.921fb54442d18p-1};  // atan(k / 8)
  constexpr double kQuarter = 0x1.921fb54442d18p+0, kQuarterRest = 0x1.1a62633145c07p-54;
  if (!std::isfinite(x)) return std::isnan(x) ? x : std::copysign(kQuarter, x);
  const double size = std::abs(x);
  const bool inverse = size > 1;
  const double y = inverse ? 1 / size : size;
  // atan(y) = atan(c) + atan((y - c) / (1 + y c)), c the next eighth.
  const double k = std::floor(8 * y + 0.5), c = k / 8;
  const double t = (y - c) / (1 + y * c), square = t * t;
  double sum = 0;
  for (int n = 15; n >= 3; n -= 2) sum = (n % 4 == 3 ? -1.0 / n : 1.0 / n) + square * sum;
  const double angle = kEighths[static_cast<std::size_t>(k)] + (t + t * square * sum);
  return std::copysign(inverse ? kQuarter - (angle - kQuarterRest) : angle, x);
}

// As std::atan2.
inline double atan2(double y, double x) {
  if (std::isnan(x) || std::isnan(y) || std::isinf(x) || std::isinf(y) || x == 0 || y == 0)
    return std::atan2(y, x);
  constexpr double kHalf = 0x1.921fb54442d18p+1, kHalfRest = 0x1.1a62633145c07p-53;
  const double angle = same::atan(std::abs(y) / std::abs(x));
  return std::copysign(x > 0 ? angle : kHalf - (angle - kHalfRest), y);
}

inline double asin(double x) {
  if (!(std::abs(x) <= 1)) return std::asin(x);
  return same::atan2(x, std::sqrt((1 - x) * (1 + x)));
}

inline double acos(double x) {
  if (!(std::abs(x) <= 1)) return std::acos(x);
  return same::atan2(std::sqrt((1 - x) * (1 + x)), x);
}

inline float atan2(float y, float x) {
  return static_cast<float>(same::atan2(static_cast<double>(y), static_cast<double>(x)));
}
inline float asin(float x) { return static_cast<float>(same::asin(static_cast<double>(x))); }

// Every step in single precision: what glibc up to 2.40 computes on x86-64, bit by bit (compared
// for all arguments of asin and 10^8 pairs of atan2). Within 2 units in the last place. CLNF was
// tuned with these, and a last bit can change which faces it follows. The approximations are those
// of Sun's fdlibm (1993) and, for asin, of S. Moshier (2001).
namespace single {

// Of a quotient, as atan2 needs it: 0 <= x, not NaN.
inline float atan(float x) {
  constexpr std::array<float, 11> kTerms = {
      3.3333334327e-01f, -2.0000000298e-01f, 1.4285714924e-01f, -1.1111110449e-01f,
      9.0908870101e-02f, -7.6918758452e-02f, 6.6610731184e-02f, -5.8335702866e-02f,
      4.9768779427e-02f, -3.6531571299e-02f, 1.6285819933e-02f};
  // atan(x) = atan(centre) + atan(t), the first in two parts; 0, 1/2, 1, 3/2, infinity.
  struct Centre {
    float angle, rest;
  };
  Centre centre{0, 0};
  float t = x;
  if (x >= 0x1p25f) return 1.5707962513e+00f + 7.5497894159e-08f;
  if (x >= 2.4375f) {
    t = -1.0f / x;
    centre = {1.5707962513e+00f, 7.5497894159e-08f};
  } else if (x >= 1.1875f) {
    t = (x - 1.5f) / (1.0f + 1.5f * x);
    centre = {9.8279368877e-01f, 3.4473217170e-08f};
  } else if (x >= 0.6875f) {
    t = (x - 1.0f) / (x + 1.0f);
    centre = {7.8539812565e-01f, 3.7748947079e-08f};
  } else if (x >= 0.4375f) {
    t = (2.0f * x - 1.0f) / (2.0f + x);
    centre = {4.6364760399e-01f, 5.0121582440e-09f};
  } else if (x < 0x1p-29f) {
    return x;
  }
  const float square = t * t, fourth = square * square;
  float odd = kTerms[10], even = kTerms[9];
  for (int n = 8; n >= 0; n -= 2) odd = kTerms[n] + fourth * odd;
  for (int n = 7; n >= 1; n -= 2) even = kTerms[n] + fourth * even;
  odd *= square;
  even *= fourth;
  if (centre.angle == 0) return t - t * (odd + even);
  return centre.angle - ((t * (odd + even) - centre.rest) - t);
}

inline float atan2(float y, float x) {
  constexpr float kHalf = 3.1415927410e+00f, kHalfRest = -8.7422776573e-08f;
  if (std::isnan(x) || std::isnan(y)) return x + y;
  if (x == 0 || y == 0 || std::isinf(x) || std::isinf(y))
    return static_cast<float>(std::atan2(static_cast<double>(y), static_cast<double>(x)));
  const int octaves = std::ilogb(y) - std::ilogb(x);
  float angle = 0;
  if (octaves > 60)
    angle = kHalf / 2 + 0.5f * kHalfRest;
  else if (octaves >= -60 || x > 0)
    angle = single::atan(std::abs(y / x));
  return std::copysign(x > 0 ? angle : kHalf - (angle - kHalfRest), y);
}

// NaN beyond 1.
inline float asin(float x) {
  constexpr float kQuarter = 1.57079637050628662109375f, kQuarterRest = -4.37113900018624283e-8f;
  constexpr float kEighth = 0.785398185253143310546875f;
  const auto terms = [](float square) {
    return square * (1.666675248e-1f +
                     square * (7.495297643e-2f +
                               square * (4.547037598e-2f +
                                         square * (2.417951451e-2f + square * 4.216630880e-2f))));
  };
  const float size = std::abs(x);
  if (size == 1) return x * kQuarter + x * kQuarterRest;
  if (!(size < 1)) return std::numeric_limits<float>::quiet_NaN();
  if (size < 0x1p-27f) return x;
  if (size < 0.5f) return x + x * terms(x * x);
  // asin(x) = pi/2 - 2 asin(sqrt((1 - x) / 2))
  const float half = (1.0f - size) * 0.5f;
  const float p = terms(half), root = std::sqrt(half);
  if (size >= 0x1.f33334p-1f)
    return std::copysign(kQuarter - (2.0f * (root + root * p) - kQuarterRest), x);
  const float upper = std::bit_cast<float>(std::bit_cast<std::uint32_t>(root) & 0xfffff000u);
  const float lower = (half - upper * upper) / (root + upper);
  const float correction = 2.0f * root * p - (kQuarterRest - 2.0f * lower);
  return std::copysign(kEighth - (correction - (kEighth - 2.0f * upper)), x);
}

}  // namespace single
}  // namespace auriga::same
