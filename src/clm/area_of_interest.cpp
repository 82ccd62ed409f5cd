#include "clm/area_of_interest.hpp"

#include <algorithm>
#include <cmath>

#include "base/simd.hpp"

namespace auriga {
namespace {

constexpr int kLanes = 16;  // of the longest vector
constexpr int kMostPixels = (kMostSide * kMostSide + kLanes - 1) / kLanes * kLanes + kLanes;

// To the nearest whole number, half to even.
double rounded(double value) {
  constexpr double kRound = 6755399441055744;  // 1.5 2^52
  return value + kRound - kRound;
}

// What is too large for the 1/1024 px of a picture, or not a number, becomes a place far outside
// that still leaves room for sums.
std::int32_t fixed_point(double value) {
  constexpr double kFar = 1 << 29;
  return static_cast<std::int32_t>(rounded(value > -kFar ? std::min(value, kFar) : -kFar));
}

// Where to read: position of the top left tap in px and the way to the next in px / 32.
struct Taps {
  alignas(64) std::int32_t x[kMostPixels], y[kMostPixels];
};

struct Rows {
  std::int32_t x[kMostSide], y[kMostSide];  // px / 1024, rounded to px / 32 after adding a column's
};

// The four taps of every pixel, a byte each; all must lie inside the picture.
void gather_inside(const ImageView& grey, const Taps& taps, int pixels, std::int32_t* quads) {
  const std::ptrdiff_t stride = grey.stride;
  for (int i = 0; i < pixels; ++i) {
    const std::uint8_t* at = grey.data + (taps.y[i] >> 5) * stride + (taps.x[i] >> 5);
    std::uint16_t top, bottom;
    std::memcpy(&top, at, 2);
    std::memcpy(&bottom, at + stride, 2);
    quads[i] = static_cast<std::int32_t>(top | static_cast<std::uint32_t>(bottom) << 16);
  }
}

void gather(const ImageView& grey, const Taps& taps, int pixels, std::int32_t* quads) {
  const auto tap = [&](int y, int x) -> std::uint32_t {
    return x >= 0 && y >= 0 && x < grey.width && y < grey.height ? grey.row(y)[x] : 0;
  };
  for (int i = 0; i < pixels; ++i) {
    const int x = taps.x[i] >> 5, y = taps.y[i] >> 5;
    quads[i] = static_cast<std::int32_t>(tap(y, x) | tap(y, x + 1) << 8 | tap(y + 1, x) << 16 |
                                         tap(y + 1, x + 1) << 24);
  }
}

template <typename W>
AURIGA_INLINE void find_taps(const Rows& rows, const std::int32_t* across_x,
                             const std::int32_t* across_y, int side, Taps& taps) {
  using V = typename W::i32;
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; x += W::kLanes) {
      // What is written beyond a row is overwritten by the next.
      store(taps.x + y * side + x, (rows.x[y] + load<V>(across_x + x)) >> 5);
      store(taps.y + y * side + x, (rows.y[y] + load<V>(across_y + x)) >> 5);
    }
  }
}

template <typename W>
AURIGA_INLINE void blend(const Taps& taps, const std::int32_t* quads, int pixels, float* area) {
  using V = typename W::f32;
  using Int = typename W::i32;
  const auto masked = [](Int bits, int mask)
                          AURIGA_ALWAYS_INLINE { return __builtin_convertvector(bits & mask, V); };
  for (int i = 0; i < pixels; i += W::kLanes) {
    const Int quad = load<Int>(quads + i);
    const V fx = masked(load<Int>(taps.x + i), 31), fy = masked(load<Int>(taps.y + i), 31);
    const V p00 = masked(quad, 255), p01 = masked(quad >> 8, 255), p10 = masked(quad >> 16, 255),
            p11 = masked(quad >> 24, 255);
    const V top = 32 * p00 + fx * (p01 - p00), bottom = 32 * p10 + fx * (p11 - p10);
    store(area + i, 32 * top + fy * (bottom - top));  // whole numbers throughout: exact
  }
}

template <typename W>
AURIGA_INLINE void subtract_mean(float* values, int count) {
  // The values are whole numbers, so that the order of the sum does not matter.
  using V = typename W::f64;
  const int whole = count / W::kDoubles * W::kDoubles;
  V sums{};
  for (int i = 0; i < whole; i += W::kDoubles)
    sums += __builtin_convertvector(load<typename W::f32_half>(values + i), V);
  double sum = 0;
  for (int lane = 0; lane < W::kDoubles; ++lane) sum += sums[lane];
  for (int i = whole; i < count; ++i) sum += static_cast<double>(values[i]);
  const auto mean = static_cast<float>(rounded(sum / count));
  for (int i = 0; i < count; ++i) values[i] -= mean;
}

}  // namespace

AreaSampler::AreaSampler(const SearchAreas& areas, int window)
    : areas_(areas), side_(window + kPatchSize - 1) {
  for (int x = 0; x < side_; ++x) {
    across_x_[x] = fixed_point(static_cast<double>(areas.a) * x * 1024);
    across_y_[x] = fixed_point(static_cast<double>(areas.b) * x * 1024);
  }
}

void AreaSampler::sample(int landmark, float* area) const {
  const std::size_t n = areas_.landmarks.size() / 2;
  const float a = areas_.a, b = areas_.b, half = static_cast<float>(side_ - 1) / 2;
  const float left = areas_.landmarks[landmark] - a * half + b * half;
  const float top = areas_.landmarks[n + landmark] - a * half - b * half;
  if (!std::isfinite(left) || !std::isfinite(top)) {
    std::fill_n(area, side_ * side_, 0.0f);
    return;
  }
  Rows rows;
  for (int y = 0; y < side_; ++y) {
    rows.x[y] = fixed_point((static_cast<double>(-b) * y + left) * 1024) + 16;
    rows.y[y] = fixed_point((static_cast<double>(a) * y + top) * 1024) + 16;
  }
  Taps taps;
  run_wide([&](auto wide) AURIGA_ALWAYS_INLINE {
    find_taps<decltype(wide)>(rows, across_x_.data(), across_y_.data(), side_, taps);
  });

  // Rows and columns are monotonous, so the corners bound the area.
  const ImageView& grey = areas_.grey;
  const int pixels = side_ * side_;
  const int corners[] = {0, side_ - 1, pixels - side_, pixels - 1};
  bool inside = true;
  for (const int corner : corners) {
    const int x = taps.x[corner] >> 5, y = taps.y[corner] >> 5;
    inside = inside && x >= 0 && y >= 0 && x < grey.width - 1 && y < grey.height - 1;
  }
  alignas(64) std::int32_t quads[kMostPixels];
  if (inside)
    gather_inside(grey, taps, pixels, quads);
  else
    gather(grey, taps, pixels, quads);
  run_wide([&](auto wide)
               AURIGA_ALWAYS_INLINE { blend<decltype(wide)>(taps, quads, pixels, area); });
}

void flip(float* values, int side) {
  for (int y = 0; y < side; ++y) std::reverse(values + y * side, values + (y + 1) * side);
}

void centre(float* area, int side) {
  run_wide([&](auto wide)
               AURIGA_ALWAYS_INLINE { subtract_mean<decltype(wide)>(area, side * side); });
}

}  // namespace auriga
