// What a ConvNetwork does, step by step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "nn/conv_kernels.hpp"
#include "nn/network.hpp"

namespace auriga {

// A map of a network: pixels in blocks of channels (nn/conv_kernels.hpp), or, if `planar`, one
// picture a channel, with a border of zeros around each.
struct ConvMap {
  int channels = 0, height = 0, width = 0;
  int border = 0;
  bool planar = false;
  int memory = -1;  // number of the buffer

  int pixel_floats() const { return planar ? 1 : kChannelBlock; }
  int blocks() const { return planar ? channels : (channels + kChannelBlock - 1) / kChannelBlock; }
  std::ptrdiff_t row_floats() const {
    return static_cast<std::ptrdiff_t>(width + 2 * border) * pixel_floats();
  }
  std::ptrdiff_t block_floats() const { return row_floats() * (height + 2 * border); }
  std::size_t floats() const { return static_cast<std::size_t>(block_floats()) * blocks(); }
  // Of a pixel from the start of a block; y and x may lie in the border.
  std::ptrdiff_t at(int y, int x) const {
    return (y + border) * row_floats() + static_cast<std::ptrdiff_t>(x + border) * pixel_floats();
  }
};

// Taps on a map. `pad`: how far the first tap of the first pixel lies before it.
struct ConvWindow {
  int side = 1, stride = 1, pad = 0;
};

enum class ConvStepKind {
  dense,        // every output from all channels
  channels,     // every channel by itself
  separable,    // the second, then the first with one tap
  add,          // of two maps
  bend,         // slopes only
  largest,      // of 2 x 2 pixels
  mean,         // of all pixels
  join,         // channels of several maps of one pixel
  double_size,  // bilinear, pixel centres at halves
};

// Weights lie in ConvPlan::weights, from there on; kNone: there are none.
struct ConvStep {
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  ConvStepKind kind = ConvStepKind::dense;
  std::vector<int> in;  // maps; of `add` two, of `join` any number, else one
  int out = -1;
  int addend = -1;  // of dense and separable: a map added before the slopes
  ConvWindow window;
  // Of dense sums, or of `channels`, or of `bend` the slopes.
  std::size_t weights = kNone, bias = kNone, above_zero = kNone, below_zero = kNone;
  // Of separable: of the channels.
  std::size_t channel_weights = kNone, channel_bias = kNone, channel_above_zero = kNone,
              channel_below_zero = kNone;
  // Prepared for the kernels; filled in once all maps have their borders.
  int rows = 1;  // at a time
  std::vector<std::ptrdiff_t> taps, out_at, addend_at;
  std::vector<int> depths;
  std::ptrdiff_t weights_stride = 0;
  std::int64_t work = 0;  // multiplications
};

// A map as a list of values: channel by channel, or pixel by pixel.
struct ConvOutputPart {
  int map = -1;
  bool by_pixel = false;
};

struct ConvPlan {
  std::vector<ConvMap> maps;  // the first is the input
  std::vector<ConvStep> steps;
  std::vector<std::vector<ConvOutputPart>> outputs;
  std::vector<float> weights;
  int memories = 0;
  std::size_t row_floats = 0;  // of scratch memory
};

// Throws onnx::NotUnderstood.
ConvPlan plan_network(std::string_view onnx, const TensorSpec& input,
                      const std::vector<TensorSpec>& outputs);

}  // namespace auriga
