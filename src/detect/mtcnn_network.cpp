#include "detect/mtcnn_network.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include "auriga/error.hpp"

#include "base/file.hpp"
#include "detect/mtcnn_kernels.hpp"
#include "models/binary_reader.hpp"

namespace auriga {
namespace {

constexpr std::size_t kMostBytes = 16 << 20;  // of a file; OpenFace's largest has 1.6 MB
constexpr int kMostLayers = 64;
constexpr int kMostChannels = 1024;
constexpr std::int64_t kMostWeights = 1 << 23;

enum Kind : std::int32_t { kConvolution = 0, kMaxPool = 1, kFullyConnected = 2, kPrelu = 3 };

// Max pools round up: a last window that reaches beyond the edge is clipped. Half a stride counts
// as a window.
int output_length(bool is_pool, int length, int kernel, int stride) {
  if (!is_pool) return std::max(0, length - kernel + 1);
  return std::max(0, static_cast<int>(std::round(static_cast<float>(length - kernel) /
                                                 static_cast<float>(stride))) +
                         1);
}

std::string size_text(int width, int height, int channels) {
  return std::to_string(width) + " x " + std::to_string(height) + " px of " +
         std::to_string(channels) + " channels";
}

// The numbers of one convolution, one block of outputs after the other, as the kernel reads them.
class Weights {
 public:
  Weights(int taps, int outputs)
      : taps_(static_cast<std::size_t>(taps)),
        values_((taps_ + 2) * static_cast<std::size_t>(padded_channels(outputs))) {
    for (int out = 0; out < outputs; ++out) at(1, out) = 1;  // no PReLU
  }
  float& bias(int out) { return at(0, out); }
  float& weight(int tap, int out) { return at(2 + static_cast<std::size_t>(tap), out); }
  std::vector<float> take() { return std::move(values_); }

 private:
  float& at(std::size_t row, int out) {
    const auto block = static_cast<std::size_t>(out / kMtcnnBlock),
               lane = static_cast<std::size_t>(out % kMtcnnBlock);
    return values_[(block * (taps_ + 2) + row) * kMtcnnBlock + lane];
  }
  std::size_t taps_;
  std::vector<float> values_;
};

}  // namespace

MtcnnNetwork::MtcnnNetwork(const std::filesystem::path& file, int input_size, int outputs)
    : input_size_(input_size) {
  assert(input_size <= kMostKernel && outputs <= kMostOutputs);
  const std::string bytes = read_file(file, ErrorCode::model, "network of MTCNN", kMostBytes);
  BinaryReader reader(file, bytes);
  int width = input_size, height = input_size, channels = 3;  // of the picture after each layer
  const auto check_weights = [&](const Layer& layer) {
    if (std::int64_t{layer.kernel_width} * layer.kernel_height * layer.inputs *
            padded_channels(layer.outputs) >
        kMostWeights)
      reader.fail("expected a network of MTCNN, found a layer with too many weights");
  };

  const int depth = reader.i32("number of layers", 1, kMostLayers);
  for (int i = 0; i < depth; ++i) {
    const std::string which = "layer " + std::to_string(i + 1) + " of " + std::to_string(depth);
    const std::int32_t kind = reader.i32("kind of " + which);
    if (kind == kPrelu) {
      if (layers_.empty() || layers_.back().pool || layers_.back().prelu)
        reader.fail(
            "expected PReLU right behind a convolution or fully connected layer, found it as " +
            which);
      Layer& layer = layers_.back();
      layer.prelu = true;
      const std::vector<float> slopes = reader.vector<float>("slopes of " + which, layer.outputs);
      const std::size_t block_floats = layer.weights.size() /
                                       static_cast<std::size_t>(padded_channels(layer.outputs)) *
                                       kMtcnnBlock;
      for (std::size_t out = 0; out < slopes.size(); ++out)
        layer.weights[out / kMtcnnBlock * block_floats + kMtcnnBlock + out % kMtcnnBlock] =
            slopes[out];
      continue;
    }

    Layer layer;
    layer.inputs = layer.outputs = channels;
    layer.input_stride = layers_.empty() ? channels : padded_channels(channels);
    if (kind == kConvolution) {
      if (reader.i32("input channels of " + which) != channels)
        reader.fail("expected a convolution of " + std::to_string(channels) + " channels as " +
                    which + ", found another number");
      layer.outputs = reader.i32("output channels of " + which, 1, kMostChannels);
      std::vector<float> bias(static_cast<std::size_t>(layer.outputs));
      const std::string of_bias = "bias of " + which, of_kernel = "kernel of " + which;
      for (float& value : bias) value = reader.f32(of_bias);
      Weights weights(0, 0);
      for (int in = 0; in < channels; ++in) {
        for (int out = 0; out < layer.outputs; ++out) {
          const bool first = in == 0 && out == 0;
          const BinaryMatrix<float> kernel = reader.matrix<float>(
              of_kernel, first ? 0 : layer.kernel_height, first ? 0 : layer.kernel_width);
          if (first) {
            layer.kernel_height = kernel.rows;
            layer.kernel_width = kernel.cols;
            if (kernel.rows > height || kernel.cols > width)
              reader.fail("expected a kernel that fits into " + size_text(width, height, channels) +
                          " as " + which + ", found " + std::to_string(kernel.cols) + " x " +
                          std::to_string(kernel.rows));
            check_weights(layer);
            weights = Weights(kernel.rows * kernel.cols * channels, layer.outputs);
          }
          for (int at = 0; at < kernel.rows * kernel.cols; ++at)
            weights.weight(at * channels + in, out) = kernel.values[static_cast<std::size_t>(at)];
        }
      }
      for (int out = 0; out < layer.outputs; ++out)
        weights.bias(out) = bias[static_cast<std::size_t>(out)];
      layer.weights = weights.take();
    } else if (kind == kMaxPool) {
      if (layers_.empty()) reader.fail("expected a convolution first, found a max pool");
      layer.pool = true;
      layer.kernel_width = reader.i32("width of " + which, 1, width);
      layer.kernel_height = reader.i32("height of " + which, 1, height);
      // Of larger strides, a window could begin beyond the picture.
      layer.stride_x = reader.i32("horizontal stride of " + which, 1, layer.kernel_width);
      layer.stride_y = reader.i32("vertical stride of " + which, 1, layer.kernel_height);
    } else if (kind == kFullyConnected) {
      const std::vector<float> bias = reader.vector<float>("bias of " + which);
      layer.outputs = static_cast<int>(std::min<std::size_t>(bias.size(), kMostChannels + 1));
      if (layer.outputs > kMostChannels)
        reader.fail("expected at most " + std::to_string(kMostChannels) + " outputs of " + which +
                    ", found " + std::to_string(bias.size()));
      const BinaryMatrix<float> matrix =
          reader.matrix<float>("weights of " + which, 0, layer.outputs);
      // With as many inputs as channels the layer is applied to every pixel. Otherwise it takes the
      // whole picture, which is a convolution with a kernel of the picture's size; its inputs are
      // numbered channel by channel, and within one down the columns.
      if (matrix.rows != channels) {
        layer.kernel_width = width;
        layer.kernel_height = height;
      }
      const int pixels = layer.kernel_width * layer.kernel_height;
      if (matrix.rows != pixels * channels)
        reader.fail("expected " + std::to_string(channels) + " inputs (each pixel) or " +
                    std::to_string(pixels * channels) + " (the whole picture) of " + which +
                    ", found " + std::to_string(matrix.rows));
      check_weights(layer);
      Weights weights(matrix.rows, layer.outputs);
      for (int x = 0; x < layer.kernel_width; ++x) {
        for (int y = 0; y < layer.kernel_height; ++y) {
          for (int c = 0; c < channels; ++c) {
            const int from = (c * layer.kernel_width + x) * layer.kernel_height + y;
            const int tap = (y * layer.kernel_width + x) * channels + c;
            for (int out = 0; out < layer.outputs; ++out)
              weights.weight(tap, out) = matrix.values[static_cast<std::size_t>(from) *
                                                           static_cast<std::size_t>(layer.outputs) +
                                                       static_cast<std::size_t>(out)];
          }
        }
      }
      for (int out = 0; out < layer.outputs; ++out)
        weights.bias(out) = bias[static_cast<std::size_t>(out)];
      layer.weights = weights.take();
    } else {
      reader.fail("expected convolution (0), max pool (1), fully connected (2) or PReLU (3) as " +
                  which + ", found kind " + std::to_string(kind));
    }
    width = layer.output_width(width);
    height = layer.output_height(height);
    channels = layer.outputs;
    layers_.push_back(std::move(layer));
  }
  reader.expect_end();
  if (layers_.empty() || layers_.back().pool || width != 1 || height != 1 || channels != outputs)
    reader.fail("expected a network that makes 1 x 1 px of " + std::to_string(outputs) +
                " channels out of " + size_text(input_size, input_size, 3) +
                ", found one that makes " + size_text(width, height, channels));
}

int MtcnnNetwork::Layer::output_width(int input_width) const {
  return output_length(pool, input_width, kernel_width, stride_x);
}
int MtcnnNetwork::Layer::output_height(int input_height) const {
  return output_length(pool, input_height, kernel_height, stride_y);
}

}  // namespace auriga
