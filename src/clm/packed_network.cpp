// Compiled with the contraction of a * b + c (CMakeLists.txt). No expression here has two products
// to choose from, so that AVX2 and AVX-512 give the same bits.
#include "clm/packed_network.hpp"

#include <algorithm>
#include <cassert>
#include <type_traits>

#include "base/simd.hpp"
#include "clm/patch_experts_kernels.hpp"

namespace auriga {
namespace {

constexpr int kGroup = 4;         // outputs whose sums are in registers together
constexpr int kMostTaps = 64;     // inputs of a block
constexpr int kMostPlaces = 128;  // at a time: 64 x 128 values are 32 KB

// Blocks of about the same size.
int taps_of_block(int inputs) {
  const int blocks = (inputs + kMostTaps - 1) / kMostTaps;
  return (inputs + blocks - 1) / blocks;
}

std::size_t layer_floats(const LayerShape& layer) {
  return static_cast<std::size_t>(layer.outputs) * (layer.inputs + 1);
}

// What is done with the sums of one layer.
struct Pass {
  const float* input = nullptr;  // of the block
  int input_stride = 0;
  float* sums = nullptr;  // outputs x stride
  int stride = 0;
  int columns = 0;                   // a multiple of the lanes
  bool first = false, last = false;  // block of inputs
  const float* factors = nullptr;    // null: 1
  bool cut_below_zero = false;       // at the last block
};

constexpr int kLine = 16;  // floats of a cache line
// Weights are fetched so far ahead, in floats: a page, so that its address is known in time, too.
constexpr int kAhead = 1024;

// The sums of kRows outputs, a group or kRows / kGroup of them (or one single output), at kVectors
// vectors of places.
template <typename W, int kRows, int kVectors>
AURIGA_INLINE void add_products(const Pass& pass, const float* weights, int taps, const float* bias,
                                int row, int column) {
  using V = typename W::f32;
  constexpr int kWidth = std::min(kRows, kGroup);
  V sums[kRows][kVectors];
  float* out = pass.sums + static_cast<std::ptrdiff_t>(row) * pass.stride + column;
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 6
    for (int v = 0; v < kVectors; ++v)
      sums[r][v] = pass.first ? V{} : load<V>(out + r * pass.stride + v * W::kLanes);
  const float* input = pass.input + column;
  const std::ptrdiff_t group = static_cast<std::ptrdiff_t>(kWidth) * taps;
#pragma GCC unroll 4
  for (int t = 0; t < taps; ++t, weights += kWidth, input += pass.input_stride) {
    V values[kVectors];
#pragma GCC unroll 6
    for (int v = 0; v < kVectors; ++v) values[v] = load<V>(input + v * W::kLanes);
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      const V weight = weights[r / kWidth * group + r % kWidth] - V{};
#pragma GCC unroll 6
      for (int v = 0; v < kVectors; ++v) sums[r][v] += weight * values[v];
    }
  }
  if (pass.last) {
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 6
      for (int v = 0; v < kVectors; ++v) {
        V sum = sums[r][v];
        if (pass.factors != nullptr)
          sum = sum * load<V>(pass.factors + column + v * W::kLanes) + bias[row + r];
        else
          sum += bias[row + r];
        if (pass.cut_below_zero) sum = sum > 0 ? sum : V{};
        sums[r][v] = sum;
      }
  }
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 6
    for (int v = 0; v < kVectors; ++v) store(out + r * pass.stride + v * W::kLanes, sums[r][v]);
}

// As many vectors as the registers (32 of 64 bytes, otherwise 16) hold sums of a group for, beside
// the values and a weight. SSE2 needs one more for the product.
template <typename W>
constexpr int kMostVectors = W::kLanes == 16  ? 6
                             : W::kLanes == 8 ? 3
                                              : 2;

// kRows outputs from `row` on, at all places.
template <typename W, int kRows>
AURIGA_INLINE void add_rows(const Pass& pass, const float* weights, int taps, const float* bias,
                            int row) {
  constexpr int kMost = kMostVectors<W> / (kRows > kGroup ? 2 : 1);
  for (int i = 0; i < kRows * taps; i += kLine) __builtin_prefetch(weights + kAhead + i);
  // And the sums of the next rows.
  const float* const sums = pass.sums + static_cast<std::ptrdiff_t>(row + kRows) * pass.stride;
  for (int r = 0; r < kRows; ++r)
    for (int c = 0; c < pass.columns; c += kLine) __builtin_prefetch(sums + r * pass.stride + c, 1);
  const int vectors = pass.columns / W::kLanes;
  const int tiles = (vectors + kMost - 1) / kMost;
  for (int t = 0, from = 0; t < tiles; ++t) {
    const int here = (vectors - from + tiles - t - 1) / (tiles - t);
    const auto add = [&](auto count) AURIGA_ALWAYS_INLINE {
      if constexpr (decltype(count)::value <= kMost)
        add_products<W, kRows, decltype(count)::value>(pass, weights, taps, bias, row,
                                                       from * W::kLanes);
    };
    switch (here) {
      case 1:
        add(std::integral_constant<int, 1>{});
        break;
      case 2:
        add(std::integral_constant<int, 2>{});
        break;
      case 3:
        add(std::integral_constant<int, 3>{});
        break;
      case 4:
        add(std::integral_constant<int, 4>{});
        break;
      case 5:
        add(std::integral_constant<int, 5>{});
        break;
      default:
        add(std::integral_constant<int, 6>{});
    }
    from += here;
  }
}

template <typename W>
AURIGA_INLINE void squash(float* values, int rows, int columns, int stride) {
  using V = typename W::f32;
  for (int r = 0; r < rows; ++r, values += stride)
    for (int c = 0; c < columns; c += W::kLanes)
      store(values + c, 1 / (1 + exponential<W>(-load<V>(values + c))));
}

// The outputs of a layer, outputs x pass.stride, to pass.sums.
template <typename W>
AURIGA_INLINE void evaluate_layer(const LayerShape& layer, const float* packed, Pass pass) {
  const float *bias = packed, *weights = packed + layer.outputs;
  const float* input = pass.input;
  const int block = taps_of_block(layer.inputs);
  pass.cut_below_zero = layer.activation == Activation::relu;
  for (int tap = 0; tap < layer.inputs; tap += block) {
    const int taps = std::min(block, layer.inputs - tap);
    pass.input = input + static_cast<std::ptrdiff_t>(tap) * pass.input_stride;
    pass.first = tap == 0;
    pass.last = tap + taps == layer.inputs;
    int row = 0;
    // Where few vectors hold all places, two groups together keep the processor as busy as one does
    // with many.
    if (pass.columns <= kMostVectors<W> / 2 * W::kLanes)
      for (; row + 2 * kGroup <= layer.outputs; row += 2 * kGroup, weights += 2 * kGroup * taps)
        add_rows<W, 2 * kGroup>(pass, weights, taps, bias, row);
    for (; row + kGroup <= layer.outputs; row += kGroup, weights += kGroup * taps)
      add_rows<W, kGroup>(pass, weights, taps, bias, row);
    for (; row < layer.outputs; ++row, weights += taps)
      add_rows<W, 1>(pass, weights, taps, bias, row);
  }
  if (layer.activation == Activation::sigmoid)
    squash<W>(pass.sums, layer.outputs, pass.columns, pass.stride);
}

template <typename W>
AURIGA_INLINE const float* evaluate_all(const NetworkShape& shape, const float* packed,
                                        const float* inputs, const float* factors, int places,
                                        int stride, float* const* values) {
  // All layers have the stride of the inputs, so that the outputs of passes lie side by side.
  const float* outputs = nullptr;
  for (int from = 0; from < places; from += kMostPlaces) {
    Pass pass;
    pass.columns = (std::min(kMostPlaces, places - from) + W::kLanes - 1) / W::kLanes * W::kLanes;
    pass.input_stride = pass.stride = stride;
    pass.input = inputs + from;
    pass.factors = factors + from;
    const float* layer_packed = packed;
    int which = static_cast<int>(shape.size()) % 2;  // the last is always the same
    for (const LayerShape& layer : shape) {
      pass.sums = values[which] + from;
      evaluate_layer<W>(layer, layer_packed, pass);
      layer_packed += layer_floats(layer);
      pass.input = pass.sums;
      pass.factors = nullptr;
      which = 1 - which;
    }
    if (outputs == nullptr) outputs = pass.sums;
  }
  return outputs;
}

}  // namespace

std::size_t packed_floats(const NetworkShape& shape) {
  std::size_t floats = 0;
  for (const LayerShape& layer : shape) floats += layer_floats(layer);
  return floats;
}

void pack(const std::vector<CenLayer>& layers, std::span<float> packed) {
  float* out = packed.data();
  for (const CenLayer& layer : layers) {
    out = std::copy(layer.bias.begin(), layer.bias.end(), out);
    const int block = taps_of_block(layer.inputs);
    for (int tap = 0; tap < layer.inputs; tap += block) {
      const int end = std::min(tap + block, layer.inputs);
      for (int row = 0; row < layer.outputs;) {
        const int rows = row + kGroup <= layer.outputs ? kGroup : 1;
        for (int t = tap; t < end; ++t)
          for (int r = row; r < row + rows; ++r)
            *out++ = layer.weights[static_cast<std::size_t>(r) * layer.inputs + t];
        row += rows;
      }
    }
  }
  assert(out == packed.data() + packed.size());
}

const float* evaluate(const NetworkShape& shape, const float* packed, const float* inputs,
                      const float* factors, int places, NetworkWorkspace& workspace) {
  const int stride = row_floats(places);
  int widest = 0;
  for (const LayerShape& layer : shape) widest = std::max(widest, layer.outputs);
  const std::size_t floats = static_cast<std::size_t>(widest) * stride;
  float* const values[2] = {workspace.values[0].fit(floats), workspace.values[1].fit(floats)};
  return run_wide([&](auto wide) AURIGA_ALWAYS_INLINE {
    return evaluate_all<decltype(wide)>(shape, packed, inputs, factors, places, stride, values);
  });
}

}  // namespace auriga
