// Elementary functions with the same bits on every processor: made of sums, products, quotients and
// square roots, which are correctly rounded everywhere. The C library's are not: glibc 2.36 takes
// another path where the processor fuses multiplication and addition, and then exp, sin, cos, log,
// pow, atan2, asin and acos differ in the last bit for one argument in a few hundred to some ten
// thousand. Of those of single precision exp, log, pow, sin and cos are alike everywhere; atan2 and
// asin are not: they have other last digits on arm64 and from glibc 2.41 on.
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

}  // namespace auriga::same
