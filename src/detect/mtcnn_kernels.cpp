#include "detect/mtcnn_kernels.hpp"

#include <algorithm>
#include <cstddef>

#include "base/simd.hpp"

namespace auriga {
namespace {

// Pixels side by side. With one block of outputs the sums fill the 16 registers of AVX2 (two
// vectors for each pixel, besides the weights), and on AVX-512 they hide the latency of an
// addition.
constexpr int kMostPixels = 6;

// kPixels pixels of output in kBlocks blocks of channels, from block `block` and pixel `x` on.
template <typename V, int kPixels, int kBlocks>
AURIGA_INLINE void convolve_tile(const ConvolutionRow& row, int block, int x) {
  constexpr int kLanes = sizeof(V) / sizeof(float), kParts = kMtcnnBlock / kLanes,
                kVectors = kBlocks * kParts;
  const int taps = row.kernel_height * row.runs * row.run;
  const std::ptrdiff_t block_floats = std::ptrdiff_t{kMtcnnBlock} * (taps + 2);
  const float* weights = row.weights + block * block_floats;
  const auto at = [&](const float* w, int v) AURIGA_ALWAYS_INLINE {
    return load<V>(w + v / kParts * block_floats + v % kParts * kLanes);
  };
  V sums[kPixels][kVectors];
  for (int v = 0; v < kVectors; ++v) {
    const V bias = at(weights, v);
    for (int p = 0; p < kPixels; ++p) sums[p][v] = bias;
  }
  const std::ptrdiff_t pixel = row.pixel_stride;
  const float* kernel = weights + 2 * kMtcnnBlock;
  for (int y = 0; y < row.kernel_height; ++y) {
    for (int r = 0; r < row.runs; ++r) {
      const float* in = row.rows[y] + x * pixel + r * row.run_stride;
      for (int i = 0; i < row.run; ++i, ++in, kernel += kMtcnnBlock) {
        V w[kVectors];
        for (int v = 0; v < kVectors; ++v) w[v] = at(kernel, v);
#pragma GCC unroll 8
        for (int p = 0; p < kPixels; ++p) {
          const float value = in[p * pixel];
          for (int v = 0; v < kVectors; ++v) sums[p][v] += w[v] * value;
        }
      }
    }
  }
  float* out = row.out + (x * row.blocks + block) * std::ptrdiff_t{kMtcnnBlock};
  for (int p = 0; p < kPixels; ++p, out += row.blocks * std::ptrdiff_t{kMtcnnBlock}) {
    for (int v = 0; v < kVectors; ++v) {
      const V sum = sums[p][v];
      store(out + v * kLanes, sum >= 0 ? sum : sum * at(weights + kMtcnnBlock, v));
    }
  }
}

// All pixels of kBlocks blocks, in tiles of `pixels` or one more.
template <typename V, int kBlocks>
AURIGA_INLINE void convolve_blocks(const ConvolutionRow& row, int block, int tiles) {
  int x = 0;
  for (int tile = 0; tile < tiles; ++tile) {
    const int pixels = (row.width - x) / (tiles - tile);
    switch (pixels) {
      case 1:
        convolve_tile<V, 1, kBlocks>(row, block, x);
        break;
      case 2:
        if constexpr (kBlocks <= 2) convolve_tile<V, 2, kBlocks>(row, block, x);
        break;
      case 3:
        if constexpr (kBlocks <= 2) convolve_tile<V, 3, kBlocks>(row, block, x);
        break;
      case 4:
        if constexpr (kBlocks <= 2) convolve_tile<V, 4, kBlocks>(row, block, x);
        break;
      case 5:
        if constexpr (kBlocks <= 1) convolve_tile<V, 5, kBlocks>(row, block, x);
        break;
      default:
        if constexpr (kBlocks <= 1) convolve_tile<V, kMostPixels, kBlocks>(row, block, x);
        break;
    }
    x += pixels;
  }
}

template <typename V>
AURIGA_INLINE void convolve(const ConvolutionRow& row) {
  // Tiles of about the same size; narrow ones take several blocks, so that there are enough sums.
  const int tiles = (row.width + kMostPixels - 1) / kMostPixels;
  const int pixels = row.width / tiles;
  int block = 0;
  if (pixels == 1)
    for (; block + 4 <= row.blocks; block += 4) convolve_blocks<V, 4>(row, block, tiles);
  else if (pixels <= 3)
    for (; block + 2 <= row.blocks; block += 2) convolve_blocks<V, 2>(row, block, tiles);
  for (; block < row.blocks; ++block) convolve_blocks<V, 1>(row, block, tiles);
}

}  // namespace

void convolve_row(const ConvolutionRow& row) {
  run_wide([&](auto wide) AURIGA_ALWAYS_INLINE { convolve<typename decltype(wide)::f32>(row); });
}

namespace {

AURIGA_INLINE void max_pool_row_body(const float* const* rows, int row_count, int input_width,
                                     int kernel_width, int stride, int channels, int width,
                                     float* out) {
  using V = f32x8;
  constexpr int kLanes = 8;
  const std::ptrdiff_t pixel = channels;
  for (int x = 0; x < width; ++x) {
    const int begin = x * stride, end = std::min(begin + kernel_width, input_width);
    for (int c = 0; c < channels; c += kLanes, out += kLanes) {
      V most = load<V>(rows[0] + begin * pixel + c);
      for (int r = 0; r < row_count; ++r) {
        for (int i = begin; i < end; ++i) {
          const V v = load<V>(rows[r] + i * pixel + c);
          most = most > v ? most : v;
        }
      }
      store(out, most);
    }
  }
}

}  // namespace

void max_pool_row(const float* const* rows, int row_count, int input_width, int kernel_width,
                  int stride, int channels, int width, float* out) {
  run_wide([&](auto) AURIGA_ALWAYS_INLINE {
    max_pool_row_body(rows, row_count, input_width, kernel_width, stride, channels, width, out);
  });
}

}  // namespace auriga
