#include "au/mesh/brow_darkness.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "base/simd.hpp"

namespace auriga {
namespace {

constexpr int kPatch = 128;  // px
constexpr double kCentreX = 64, kCentreY = 50, kCorners = 64;

// The part of the patch that is measured, and the radii of the kernels.
constexpr int kFirstRow = 20, kRows = 24, kFirstColumn = 26, kColumns = 76;
constexpr int kSmallRadius = 3, kLargeRadius = 40;
// Both smoothings after each other are one with the convolution of the kernels, so the large one
// can start from the same pixels as the small one. That holds at the border, too, where the patch
// continues mirrored.
constexpr int kBothRadius = kSmallRadius + kLargeRadius;
constexpr int kSampledRows = kFirstRow + kRows + kBothRadius;  // from row 0
constexpr int kPadding = 32;                                   // on both sides
constexpr int kStride = kPatch + 2 * kPadding;
static_assert(kPadding >= kBothRadius - kFirstColumn &&
              kPatch + kPadding >= kFirstColumn + kColumns + kBothRadius);
constexpr float kFloor = 10;  // grey levels

// Fixed-point positions: steps of 1/1024 px, samples at 1/32 px.
constexpr int kStepBits = 10, kSampleBits = 5;

template <int radius>
using Kernel = std::array<float, 2 * radius + 1>;

// q^(i^2), normalised to sum 1: a Gaussian with exp(-1 / (2 sigma^2)) = q. Products only, so that
// it has the same bits everywhere.
template <int radius>
std::array<double, 2 * radius + 1> gaussian(double q) {
  std::array<double, 2 * radius + 1> kernel{};
  double value = 1, ratio = q, sum = 1;
  kernel[radius] = 1;
  for (int i = 1; i <= radius; ++i) {
    value *= ratio;
    ratio *= q * q;
    kernel[static_cast<std::size_t>(radius + i)] = value;
    kernel[static_cast<std::size_t>(radius - i)] = value;
    sum += 2 * value;
  }
  for (double& k : kernel) k /= sum;
  return kernel;
}

struct Kernels {
  Kernel<kSmallRadius> small{};
  Kernel<kBothRadius> both{};
  Kernels() {
    const auto narrow = gaussian<kSmallRadius>(0.45783336177161427);  // sigma 0.8
    const auto wide = gaussian<kLargeRadius>(0.99501247919268232);    // sigma 10
    std::array<double, 2 * kBothRadius + 1> sum{};
    for (std::size_t i = 0; i < wide.size(); ++i)
      for (std::size_t k = 0; k < narrow.size(); ++k) sum[i + k] += wide[i] * narrow[k];
    std::copy(narrow.begin(), narrow.end(), small.begin());
    std::copy(sum.begin(), sum.end(), both.begin());
  }
};

const Kernels& kernels() {
  static const Kernels made;
  return made;
}

// A row of samples: four pixels around each as B, G, R in the low bytes, and its place between
// them in 1/32 px.
struct Samples {
  alignas(64) std::uint32_t pixels[4][kPatch];
  alignas(64) std::int32_t x[kPatch], y[kPatch];
};

AURIGA_INLINE float grey(std::uint32_t pixel) {
  return 0.114F * static_cast<float>(static_cast<int>(pixel & 255)) +
         0.587F * static_cast<float>(static_cast<int>(pixel >> 8 & 255)) +
         0.299F * static_cast<float>(static_cast<int>(pixel >> 16 & 255));
}

AURIGA_INLINE void interpolate_body(const Samples& samples, float* out) {
  constexpr float kUnit = 1.0F / (1 << kSampleBits);
  for (int i = 0; i < kPatch; ++i) {
    const float x = kUnit * static_cast<float>(samples.x[i]);
    const float y = kUnit * static_cast<float>(samples.y[i]);
    const float top = grey(samples.pixels[0][i]) * (1 - x) + grey(samples.pixels[1][i]) * x;
    const float bottom = grey(samples.pixels[2][i]) * (1 - x) + grey(samples.pixels[3][i]) * x;
    out[i] = top * (1 - y) + bottom * y;
  }
}

void interpolate(const Samples& samples, float* out) {
  run_wide([&](auto) AURIGA_ALWAYS_INLINE { interpolate_body(samples, out); });
}

std::uint32_t three_bytes(const std::uint8_t* p) {
  return p[0] | static_cast<std::uint32_t>(p[1]) << 8 | static_cast<std::uint32_t>(p[2]) << 16;
}

std::uint32_t four_bytes(const std::uint8_t* p) {
  std::uint32_t word;
  std::memcpy(&word, p, sizeof word);
  return word;
}

// Patch to frame, in steps of 1/1024 px.
struct Transform {
  std::array<std::int32_t, kPatch> x_of_column, y_of_column, x_of_row, y_of_row;

  Transform(Point2 left, Point2 right) {
    const double dx = static_cast<double>(right.x) - left.x,
                 dy = static_cast<double>(right.y) - left.y;
    const double x0 = (static_cast<double>(left.x) + right.x) / 2,
                 y0 = (static_cast<double>(left.y) + right.y) / 2;
    const double unit = (1 << kStepBits) / kCorners;
    // The step of a sample is rounded to its nearest 1/32 px.
    constexpr int kHalfSample = 1 << (kStepBits - kSampleBits - 1);
    const auto step = [](double v) { return static_cast<std::int32_t>(std::lrint(v)); };
    for (std::size_t i = 0; i < kPatch; ++i) {
      const auto v = static_cast<double>(i);
      x_of_column[i] = step((v - kCentreX) * dx * unit);
      y_of_column[i] = step((v - kCentreX) * dy * unit);
      x_of_row[i] = step((x0 * kCorners - (v - kCentreY) * dy) * unit) + kHalfSample;
      y_of_row[i] = step((y0 * kCorners + (v - kCentreY) * dx) * unit) + kHalfSample;
    }
  }
};

// The pixels that positions from `low` to `high` lie between, and the one behind them of which four
// bytes may be read, within a picture that has `size` of them and continues beyond its edge.
std::pair<int, int> pixels_between(std::int32_t low, std::int32_t high, int size) {
  return {std::clamp(low >> kStepBits, 0, size - 1),
          std::clamp((high >> kStepBits) + 2, 0, size - 1) + 1};
}

void sample_row(ImageView bgr, const Transform& transform, std::size_t row, Samples& samples) {
  constexpr int kShift = kStepBits - kSampleBits, kMask = (1 << kSampleBits) - 1;
  const std::int32_t row_x = transform.x_of_row[row], row_y = transform.y_of_row[row];
  // In the frame with a pixel to spare, as the row's ends are; what is read there is four bytes.
  const auto inside = [&](std::size_t i) {
    const int x = (row_x + transform.x_of_column[i]) >> kStepBits;
    const int y = (row_y + transform.y_of_column[i]) >> kStepBits;
    return x >= 0 && x + 2 < bgr.width && y >= 0 && y + 1 < bgr.height;
  };
  const bool all_inside = inside(0) && inside(kPatch - 1);
  for (std::size_t i = 0; i < kPatch; ++i) {
    const int x = (row_x + transform.x_of_column[i]) >> kShift;
    const int y = (row_y + transform.y_of_column[i]) >> kShift;
    samples.x[i] = x & kMask;
    samples.y[i] = y & kMask;
    const int left = x >> kSampleBits, top = y >> kSampleBits;
    if (all_inside) {
      const std::uint8_t* pixel = bgr.row(top) + 3 * static_cast<std::ptrdiff_t>(left);
      samples.pixels[0][i] = four_bytes(pixel);
      samples.pixels[1][i] = four_bytes(pixel + 3);
      samples.pixels[2][i] = four_bytes(pixel + bgr.stride);
      samples.pixels[3][i] = four_bytes(pixel + bgr.stride + 3);
    } else {
      const auto at = [&](int px, int py) {
        return three_bytes(bgr.row(std::clamp(py, 0, bgr.height - 1)) +
                           3 * static_cast<std::ptrdiff_t>(std::clamp(px, 0, bgr.width - 1)));
      };
      samples.pixels[0][i] = at(left, top);
      samples.pixels[1][i] = at(left + 1, top);
      samples.pixels[2][i] = at(left, top + 1);
      samples.pixels[3][i] = at(left + 1, top + 1);
    }
  }
}

// The row continues mirrored on both sides; the pixel at the border is there once.
void pad_row(float* row) {
  for (int i = 1; i <= kPadding; ++i) {
    row[-i] = row[i];
    row[kPatch - 1 + i] = row[kPatch - 1 - i];
  }
}

// out[i] = sum over k of kernel[k] * in[i + offset of k]; a block of outputs stays in registers.
template <typename V, int kBlock, typename Offset>
AURIGA_INLINE void smooth(const float* in, const float* kernel, int taps, Offset offset, int count,
                          float* out) {
  constexpr int kLanes = static_cast<int>(sizeof(V) / sizeof(float));
  for (int i = 0; i < count; i += kBlock * kLanes) {
    V sums[kBlock] = {};
    for (int k = 0; k < taps; ++k) {
      const float* from = in + offset(k) + i;
#pragma GCC unroll 8
      for (int b = 0; b < kBlock; ++b) sums[b] += kernel[k] * load<V>(from + b * kLanes);
    }
#pragma GCC unroll 8
    for (int b = 0; b < kBlock; ++b) store(out + i + b * kLanes, sums[b]);
  }
}

// Offset of a row of the patch that may lie above it.
AURIGA_INLINE std::ptrdiff_t row_offset(int row) {
  return static_cast<std::ptrdiff_t>(row < 0 ? -row : row) * kStride;
}

constexpr int kResultStride = 96;  // floats; at least kColumns
static_assert(kStride % 32 == 0 && kResultStride % 32 == 0, "blocks of whole vectors");

// relative[row][column] = blurred grey / (10 + more blurred grey) of the measured part.
template <typename W>
AURIGA_INLINE void relative_brightness(const float* grey_rows, const Kernels& kernel,
                                       float* columns, float* relative) {
  using V = typename W::f32;
  constexpr int kBlock = 32 / W::kLanes;
  const auto along_row = [](int k) AURIGA_ALWAYS_INLINE { return static_cast<std::ptrdiff_t>(k); };
  alignas(64) float wide[kResultStride], narrow[kResultStride];
  for (int r = 0; r < kRows; ++r) {
    const int row = kFirstRow + r;
    smooth<V, kBlock>(
        grey_rows, kernel.both.data(), 2 * kBothRadius + 1,
        [row](int k) AURIGA_ALWAYS_INLINE { return row_offset(row - kBothRadius + k); }, kStride,
        columns);
    smooth<V, kBlock>(columns + kPadding + kFirstColumn - kBothRadius, kernel.both.data(),
                      2 * kBothRadius + 1, along_row, kResultStride, wide);
    smooth<V, kBlock>(
        grey_rows, kernel.small.data(), 2 * kSmallRadius + 1,
        [row](int k) AURIGA_ALWAYS_INLINE { return row_offset(row - kSmallRadius + k); }, kStride,
        columns);
    smooth<V, kBlock>(columns + kPadding + kFirstColumn - kSmallRadius, kernel.small.data(),
                      2 * kSmallRadius + 1, along_row, kResultStride, narrow);
    for (int i = 0; i < kColumns; ++i)
      relative[r * kResultStride + i] = narrow[i] / (wide[i] + kFloor);
  }
}

// Mean height of what is dark in columns [first, end) of the patch.
double band_height(const float* relative, int first, int end) {
  std::array<double, kRows> profile;
  for (std::size_t r = 0; r < kRows; ++r) {
    const float* row = relative + r * kResultStride - kFirstColumn;
    double sum = 0;
    for (int x = first; x < end; ++x) sum += static_cast<double>(row[x]);
    profile[r] = sum / (end - first);
  }
  auto sorted = profile;
  std::sort(sorted.begin(), sorted.end());
  constexpr double kPlace = 0.7 * (kRows - 1);
  constexpr auto kBelow = static_cast<std::size_t>(kPlace);
  const double bright = sorted[kBelow] + (kPlace - kBelow) * (sorted[kBelow + 1] - sorted[kBelow]);
  double weights = 1e-6, moment = 0;
  for (std::size_t r = 0; r < kRows; ++r) {
    const double darker = std::max(bright - profile[r], 0.0);
    weights += darker * darker;
    moment += darker * darker * static_cast<double>(r);
  }
  return -moment / weights;
}

Region reach_of(const Transform& transform, int width, int height) {
  // Steps along a row and along a column go one way.
  const auto along = [](const auto& of_column, const auto& of_row, int size) {
    const auto [low_column, high_column] = std::minmax(of_column.front(), of_column.back());
    const auto [low_row, high_row] = std::minmax(of_row.front(), of_row[kSampledRows - 1]);
    return pixels_between(low_column + low_row, high_column + high_row, size);
  };
  const auto [left, right] = along(transform.x_of_column, transform.x_of_row, width);
  const auto [top, bottom] = along(transform.y_of_column, transform.y_of_row, height);
  return {left, top, right - left, bottom - top};
}

}  // namespace

BrowMeter::BrowMeter()
    : grey_(static_cast<std::size_t>(kSampledRows) * kStride),
      columns_(kStride + 2 * kResultStride),
      relative_(static_cast<std::size_t>(kRows) * kResultStride) {}

Region BrowMeter::reach(Point2 left_corner, Point2 right_corner, int width, int height) {
  return reach_of(Transform(left_corner, right_corner), width, height);
}

BrowDarkness BrowMeter::measure(const Picture& picture, Point2 left_corner, Point2 right_corner) {
  assert(!picture.empty() && picture.channels() == 3);
  const Transform transform(left_corner, right_corner);
  const ImageView bgr = picture.with(reach_of(transform, picture.width(), picture.height()));
  Samples samples;
  for (std::size_t row = 0; row < kSampledRows; ++row) {
    float* out = grey_.data() + row * kStride + kPadding;
    sample_row(bgr, transform, row, samples);
    interpolate(samples, out);
    pad_row(out);
  }
  run_wide([&](auto wide) AURIGA_ALWAYS_INLINE {
    relative_brightness<decltype(wide)>(grey_.data(), kernels(), columns_.data(), relative_.data());
  });

  BrowDarkness brows;
  const float* relative = relative_.data();
  brows.inner = {band_height(relative, 46, 54), band_height(relative, 74, 82)};
  brows.middle = {band_height(relative, 34, 46), band_height(relative, 82, 94)};
  brows.outer = {band_height(relative, 26, 34), band_height(relative, 94, 102)};
  constexpr int kFirst = 58, kEnd = 70;
  for (int x = kFirst; x < kEnd; ++x) {
    float darkest = relative[4 * kResultStride + x - kFirstColumn];
    for (int r = 5; r < 22; ++r)
      darkest = std::min(darkest, relative[r * kResultStride + x - kFirstColumn]);
    brows.between -= static_cast<double>(darkest) / (kEnd - kFirst);
  }
  return brows;
}

}  // namespace auriga
