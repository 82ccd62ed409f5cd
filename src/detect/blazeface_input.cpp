#include "detect/blazeface_input.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "base/simd.hpp"

namespace auriga {
namespace {

constexpr float kScale = 1 / 127.5f;  // 0..255 to 0..2
constexpr int kRowsAtOnce = 4;        // fewer passes over the sums

using f32x4 = Wide<16>::f32;

// sum[i] (+)= weights[0] * rows[0][i] + ... of kRowsAtOnce rows, in this order.
AURIGA_INLINE void add_rows_body(const std::uint8_t* const* rows, const float* weights,
                                 bool is_first, int count, float* sum) {
  const std::uint8_t *a = rows[0], *b = rows[1], *c = rows[2], *d = rows[3];
  const float wa = weights[0], wb = weights[1], wc = weights[2], wd = weights[3];
  if (is_first) {
    for (int i = 0; i < count; ++i) {
      sum[i] = static_cast<float>(a[i]) * wa + static_cast<float>(b[i]) * wb +
               static_cast<float>(c[i]) * wc + static_cast<float>(d[i]) * wd;
    }
  } else {
    for (int i = 0; i < count; ++i) {
      sum[i] += static_cast<float>(a[i]) * wa + static_cast<float>(b[i]) * wb +
                static_cast<float>(c[i]) * wc + static_cast<float>(d[i]) * wd;
    }
  }
}

void add_rows(const std::uint8_t* const* rows, const float* weights, bool is_first, int count,
              float* sum) {
  run_wide([&](auto) AURIGA_ALWAYS_INLINE { add_rows_body(rows, weights, is_first, count, sum); });
}

}  // namespace

void BlazeFaceInput::Axis::set(int source_length, double scale, double offset, int length) {
  taps.resize(static_cast<std::size_t>(length));
  weights.clear();
  const auto add = [&](Tap& tap, double weight) {
    weights.push_back(static_cast<float>(weight));
    ++tap.count;
  };
  for (int i = 0; i < length; ++i) {
    Tap& tap = taps[static_cast<std::size_t>(i)];
    tap = {0, 0, weights.size()};
    // Of the picture, where pixel p reaches from p to p + 1.
    const double begin = (i - offset) / scale, end = (i + 1 - offset) / scale;
    if (scale < 1) {
      const double from = std::max(begin, 0.0), to = std::min<double>(end, source_length);
      if (from >= to) continue;
      tap.first = static_cast<int>(from);
      for (int p = tap.first; p < source_length && p < to; ++p)
        add(tap, (std::min(to, p + 1.0) - std::max<double>(from, p)) / (end - begin));
    } else {
      const double centre = (begin + end) / 2;
      if (centre < 0 || centre > source_length) continue;
      const double at = std::clamp(centre - 0.5, 0.0, source_length - 1.0);
      tap.first = std::min(static_cast<int>(at), std::max(0, source_length - 2));
      add(tap, 1 - (at - tap.first));
      if (source_length > 1) add(tap, at - tap.first);
    }
  }
}

void BlazeFaceInput::write(ImageView bgr, const Letterbox& place, int length, float* rgb) {
  assert(!bgr.empty() && bgr.channels == 3);
  columns_.set(bgr.width, place.scale, place.left, length);
  rows_.set(bgr.height, place.scale, place.top, length);
  const std::size_t width = static_cast<std::size_t>(bgr.width) * 3;
  if (row_.size() < width + 1) row_.resize(width + 1);  // vectors of four read pixels of three

  const std::ptrdiff_t area = static_cast<std::ptrdiff_t>(length) * length;
  for (int y = 0; y < length; ++y) {
    const Tap& tap = rows_.taps[static_cast<std::size_t>(y)];
    float* red = rgb + static_cast<std::ptrdiff_t>(y) * length;
    if (tap.count == 0) {
      for (int plane = 0; plane < 3; ++plane) std::fill_n(red + plane * area, length, -1.0f);
      continue;
    }
    for (int k = 0; k < tap.count; k += kRowsAtOnce) {
      const std::uint8_t* rows[kRowsAtOnce];
      float weights[kRowsAtOnce];
      for (int i = 0; i < kRowsAtOnce; ++i) {
        const bool is_row = k + i < tap.count;
        rows[i] = bgr.row(tap.first + (is_row ? k + i : k));
        weights[i] = is_row ? rows_.weights[tap.weights + static_cast<std::size_t>(k + i)] : 0;
      }
      add_rows(rows, weights, k == 0, static_cast<int>(width), row_.data());
    }
    for (int x = 0; x < length; ++x) {
      const Tap& column = columns_.taps[static_cast<std::size_t>(x)];
      const float* from = row_.data() + static_cast<std::ptrdiff_t>(column.first) * 3;
      const float* weights = columns_.weights.data() + column.weights;
      f32x4 sum{};
      for (int i = 0; i < column.count; ++i) sum += load<f32x4>(from + 3 * i) * weights[i];
      red[x] = sum[2] * kScale - 1;
      red[x + area] = sum[1] * kScale - 1;
      red[x + 2 * area] = sum[0] * kScale - 1;
    }
  }
}

}  // namespace auriga
