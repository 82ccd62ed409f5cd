#include "validation/cnn.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "base/simd.hpp"
#include "shape/fit_kernels.hpp"

namespace auriga {
namespace {

constexpr int kLanes = 16;  // of the longest vector
// Output maps at a time. Sums of 5 maps at two vectors of places fill the 16 registers of SSE and
// AVX2; at one vector they hide the latency of an addition on AVX-512.
constexpr int kBlock = 5;

constexpr int kMostLayers = 64;
constexpr int kMostMaps = 1024;
constexpr std::int64_t kMostFloats = 1 << 22;  // of all maps between two layers

constexpr int round_up(int n, int multiple) { return (n + multiple - 1) / multiple * multiple; }

std::string size_text(int height, int width) {
  return std::to_string(height) + " x " + std::to_string(width);
}

// Sums of kBlock output maps over `tap_count` taps at the places 0, kLanes, ... below `positions`;
// map k of the block at sums + k * positions. Reads kLanes floats from place + tap on.
template <typename W>
AURIGA_INLINE void convolve_places(const float* maps, const std::ptrdiff_t* taps,
                                   std::ptrdiff_t tap_count, const float* weights,
                                   const float* bias, std::ptrdiff_t positions, float* sums) {
  using V = typename W::f32;
  constexpr int kVectorLanes = W::kLanes, kVectors = kVectorLanes == kLanes ? 1 : 2;
  for (std::ptrdiff_t place = 0; place < positions; place += kVectors * kVectorLanes) {
    const float* window = maps + place;
    const float* w = weights;
    V sum[kBlock][kVectors];
#pragma GCC unroll 5
    for (int map = 0; map < kBlock; ++map)
#pragma GCC unroll 2
      for (int i = 0; i < kVectors; ++i) sum[map][i] = V{} + bias[map];
    for (std::ptrdiff_t tap = 0; tap < tap_count; ++tap, w += kBlock) {
      V v[kVectors];
#pragma GCC unroll 2
      for (int i = 0; i < kVectors; ++i) v[i] = load<V>(window + taps[tap] + i * kVectorLanes);
#pragma GCC unroll 5
      for (int map = 0; map < kBlock; ++map)
#pragma GCC unroll 2
        for (int i = 0; i < kVectors; ++i) sum[map][i] += w[map] * v[i];
    }
#pragma GCC unroll 5
    for (int map = 0; map < kBlock; ++map)
#pragma GCC unroll 2
      for (int i = 0; i < kVectors; ++i)
        store(sums + map * positions + place + i * kVectorLanes, sum[map][i]);
  }
}

void convolve_block(const float* maps, const std::ptrdiff_t* taps, std::ptrdiff_t tap_count,
                    const float* weights, const float* bias, std::ptrdiff_t positions,
                    float* sums) {
  run_wide([&](auto wide) AURIGA_ALWAYS_INLINE {
    convolve_places<decltype(wide)>(maps, taps, tap_count, weights, bias, positions, sums);
  });
}

AURIGA_INLINE float larger(float a, float b) { return a > b ? a : b; }

// The rows of one map of sums, `stride` apart, as a map of out_height x out_width without gaps.
AURIGA_INLINE void pool_map_body(const float* sums, int height, int width, int stride, float least,
                                 float* out) {
  for (int y = 0; y < height; y += 2) {
    const float* above = sums + y * stride;
    const float* below = y + 1 < height ? above + stride : above;
    for (int x = 0; x + 1 < width; x += 2)
      *out++ =
          larger(larger(larger(above[x], above[x + 1]), larger(below[x], below[x + 1])), least);
    if (width % 2 != 0) *out++ = larger(larger(above[width - 1], below[width - 1]), least);
  }
}

void pool_map(const float* sums, int height, int width, int stride, float least, float* out) {
  run_wide([&](auto)
               AURIGA_ALWAYS_INLINE { pool_map_body(sums, height, width, stride, least, out); });
}

}  // namespace

Cnn::Cnn(BinaryReader& reader) {
  enum Kind { kConvolution = 0, kMaxPool = 1, kFullyConnected = 2, kRelu = 3 };
  const int layers = reader.i32("number of layers", 1, kMostLayers);
  for (int i = 0; i < layers; ++i) {
    const std::string which = "layer " + std::to_string(i + 1) + " of " + std::to_string(layers);
    const int kind = reader.i32("kind of " + which);
    if (kind == kConvolution && full_.empty()) {
      convolutions_.push_back(read_convolution(reader));
      if (i > 0 && convolutions_.back().inputs != convolutions_.end()[-2].outputs)
        reader.fail("expected a convolution of " + std::to_string(convolutions_.end()[-2].outputs) +
                    " maps as " + which + ", found one of " +
                    std::to_string(convolutions_.back().inputs));
    } else if (kind == kMaxPool && full_.empty() && !convolutions_.empty() &&
               !convolutions_.back().pool) {
      convolutions_.back().pool = true;
    } else if (kind == kFullyConnected) {
      full_.push_back(read_fully_connected(reader));
      if (full_.size() > 1 && full_.back().inputs != full_.end()[-2].outputs)
        reader.fail("expected " + std::to_string(full_.end()[-2].outputs) + " inputs of " + which +
                    ", found " + std::to_string(full_.back().inputs));
    } else if (kind == kRelu && !full_.empty()) {
      full_.back().relu = true;
    } else if (kind == kRelu && !convolutions_.empty()) {
      convolutions_.back().relu = true;
    } else {
      reader.fail(
          "expected a convolution (0), each with at most one max pool (1) behind it, then "
          "fully connected layers (2), with ReLU (3) behind any; found kind " +
          std::to_string(kind) + " as " + which);
    }
  }
  if (full_.empty()) reader.fail("expected a fully connected layer at the end, found none");
}

Cnn::Convolution Cnn::read_convolution(BinaryReader& reader) {
  Convolution layer;
  layer.inputs = reader.i32("input maps of a convolution", 1, kMostMaps);
  layer.outputs = reader.i32("output maps of a convolution", 1, kMostMaps);
  const int padded = round_up(layer.outputs, kBlock);
  layer.bias.resize(static_cast<std::size_t>(padded));
  for (int out = 0; out < layer.outputs; ++out)
    layer.bias[out] = reader.f32("bias of a convolution");
  std::size_t taps_per_map = 0;
  for (int in = 0; in < layer.inputs; ++in) {
    for (int out = 0; out < layer.outputs; ++out) {
      const BinaryMatrix<float> kernel =
          reader.matrix<float>("kernel of a convolution", layer.kernel_height, layer.kernel_width);
      if (layer.weights.empty()) {
        layer.kernel_height = kernel.rows;
        layer.kernel_width = kernel.cols;
        taps_per_map = kernel.values.size();
        const std::size_t all = taps_per_map * static_cast<std::size_t>(layer.inputs) *
                                static_cast<std::size_t>(padded);
        if (all > static_cast<std::size_t>(kMostFloats))
          reader.fail("expected at most " + std::to_string(kMostFloats) +
                      " weights of a convolution, found " + std::to_string(all));
        layer.weights.resize(all);
      }
      const std::size_t taps = taps_per_map * static_cast<std::size_t>(layer.inputs);
      float* to = layer.weights.data() +
                  (static_cast<std::size_t>(out / kBlock) * taps +
                   static_cast<std::size_t>(in) * taps_per_map) *
                      kBlock +
                  out % kBlock;
      for (std::size_t tap = 0; tap < taps_per_map; ++tap) to[tap * kBlock] = kernel.values[tap];
    }
  }
  return layer;
}

Cnn::FullyConnected Cnn::read_fully_connected(BinaryReader& reader) {
  FullyConnected layer;
  layer.bias = reader.vector<float>("bias of a fully connected layer");
  layer.outputs = static_cast<int>(layer.bias.size());
  const BinaryMatrix<float> weights =
      reader.matrix<float>("weights of a fully connected layer", 0, layer.outputs);
  layer.inputs = weights.rows;
  if (layer.inputs > kMostFloats || layer.outputs > kMostFloats / 8)
    reader.fail("expected a smaller fully connected layer, found " +
                size_text(layer.inputs, layer.outputs));
  layer.stride = round_up(layer.outputs, 8);
  layer.bias.resize(static_cast<std::size_t>(layer.stride));
  layer.weights.resize(static_cast<std::size_t>(layer.inputs) *
                       static_cast<std::size_t>(layer.stride));
  for (std::ptrdiff_t in = 0; in < layer.inputs; ++in)
    std::copy_n(weights.values.data() + in * layer.outputs, layer.outputs,
                layer.weights.data() + in * layer.stride);
  return layer;
}

void Cnn::bind(int height, int width, const BinaryReader& reader) {
  const auto refuse_size = [&](std::int64_t floats) {
    if (floats > kMostFloats)
      reader.fail("expected at most " + std::to_string(kMostFloats) +
                  " values between two layers, found " + std::to_string(floats));
  };
  int maps = 1;
  refuse_size(std::int64_t{height} * width);
  for (Convolution& layer : convolutions_) {
    if (layer.inputs != maps)
      reader.fail("expected a first convolution of 1 map, found one of " +
                  std::to_string(layer.inputs));
    if (layer.kernel_height > height || layer.kernel_width > width)
      reader.fail("expected kernels of at most " + size_text(height, width) +
                  ", the size of the maps, found " +
                  size_text(layer.kernel_height, layer.kernel_width));
    layer.height = height;
    layer.width = width;
    for (std::ptrdiff_t in = 0; in < layer.inputs; ++in)
      for (std::ptrdiff_t y = 0; y < layer.kernel_height; ++y)
        for (std::ptrdiff_t x = 0; x < layer.kernel_width; ++x)
          layer.taps.push_back((in * height + y) * width + x);
    height -= layer.kernel_height - 1;
    width -= layer.kernel_width - 1;
    if (layer.pool) {
      if (height < 2 || width < 2)
        reader.fail("expected maps of at least 2 x 2 before a max pool, found " +
                    size_text(height, width));
      height = (height + 1) / 2;
      width = (width + 1) / 2;
    }
    layer.out_height = height;
    layer.out_width = width;
    maps = layer.outputs;
    refuse_size(std::int64_t{maps} * height * width);
  }
  FullyConnected& first = full_.front();
  if (first.inputs != maps * height * width)
    reader.fail("expected " + std::to_string(maps * height * width) +
                " inputs of the first fully connected layer (" + std::to_string(maps) +
                " maps of " + size_text(height, width) + "), found " +
                std::to_string(first.inputs));
  // The file counts each map by columns.
  std::vector<float> by_rows(first.weights.size());
  for (std::ptrdiff_t map = 0; map < maps; ++map)
    for (std::ptrdiff_t y = 0; y < height; ++y)
      for (std::ptrdiff_t x = 0; x < width; ++x)
        std::copy_n(first.weights.data() + ((map * width + x) * height + y) * first.stride,
                    first.stride, by_rows.data() + ((map * height + y) * width + x) * first.stride);
  first.weights = std::move(by_rows);
}

int Cnn::Convolution::padded_positions() const {
  return round_up((height - kernel_height) * width + width - kernel_width + 1, kLanes);
}

void Cnn::reserve(Buffers& buffers) const {
  const auto grow = [](std::vector<float>& buffer, std::size_t size) {
    if (buffer.size() < size) buffer.resize(size);
  };
  std::size_t largest = static_cast<std::size_t>(full_.front().inputs), sums = 0;
  for (const Convolution& layer : convolutions_) {
    const auto in = static_cast<std::size_t>(layer.inputs) *
                    static_cast<std::size_t>(layer.height) * static_cast<std::size_t>(layer.width);
    largest = std::max(largest, in);
    sums = std::max(sums, static_cast<std::size_t>(layer.padded_positions()) * kBlock);
  }
  for (const FullyConnected& layer : full_)
    largest = std::max(largest, static_cast<std::size_t>(layer.stride));
  grow(buffers.maps, largest + kLanes);  // the last vector may reach beyond the last map
  grow(buffers.next_maps, largest + kLanes);
  grow(buffers.sums, sums);
}

// Computes the sums at all places of the input maps from the first to the last that is a place of
// the output, also where the kernel wraps around the right border; those are never read. Thereby a
// map is one long row, for vectors of any length.
void Cnn::Convolution::run(const float* maps, float* sums, float* out) const {
  const int positions = padded_positions();
  const auto tap_count = static_cast<std::ptrdiff_t>(taps.size());
  const int rows = height - kernel_height + 1, columns = width - kernel_width + 1;
  const float least = relu ? 0 : -std::numeric_limits<float>::infinity();
  for (int first = 0; first < outputs; first += kBlock) {
    convolve_block(maps, taps.data(), tap_count, weights.data() + first * tap_count,
                   bias.data() + first, positions, sums);
    for (int map = 0; map < std::min(kBlock, outputs - first); ++map) {
      const float* from = sums + std::ptrdiff_t{map} * positions;
      if (pool) {
        pool_map(from, rows, columns, width, least, out);
      } else {
        for (int y = 0; y < rows; ++y)
          for (int x = 0; x < columns; ++x)
            out[y * columns + x] = larger(from[y * width + x], least);
      }
      out += out_height * out_width;
    }
  }
}

void Cnn::FullyConnected::run(const float* in, float* out) const {
  combine_rows(in, inputs, weights.data(), stride, stride, out);
  const float least = relu ? 0 : -std::numeric_limits<float>::infinity();
  for (int i = 0; i < outputs; ++i) out[i] = larger(out[i] + bias[i], least);
}

std::span<const float> Cnn::scores(Buffers& buffers) const {
  for (const Convolution& layer : convolutions_) {
    layer.run(buffers.maps.data(), buffers.sums.data(), buffers.next_maps.data());
    buffers.maps.swap(buffers.next_maps);
  }
  for (const FullyConnected& layer : full_) {
    layer.run(buffers.maps.data(), buffers.next_maps.data());
    buffers.maps.swap(buffers.next_maps);
  }
  return {buffers.maps.data(), static_cast<std::size_t>(outputs())};
}

}  // namespace auriga
