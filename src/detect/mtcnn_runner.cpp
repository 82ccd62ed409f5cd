#include "detect/mtcnn_runner.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "detect/mtcnn_kernels.hpp"

namespace auriga {
namespace {

std::ptrdiff_t row_floats(int input_width, const MtcnnNetwork::Layer& layer) {
  return static_cast<std::ptrdiff_t>(input_width) * layer.input_stride;
}

}  // namespace

MtcnnRunner::MtcnnRunner(std::shared_ptr<const MtcnnNetwork> network)
    : network_(std::move(network)), stages_(network_->layers().size()) {
  set_input_size(network_->input_size(), network_->input_size());
}

void MtcnnRunner::set_input_size(int width, int height) {
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    const MtcnnNetwork::Layer& layer = network_->layers()[i];
    Stage& stage = stages_[i];
    stage.input_width = width;
    stage.input_height = height;
    const auto floats = static_cast<std::size_t>(layer.kernel_height * row_floats(width, layer));
    if (stage.ring.size() < floats) stage.ring.resize(floats);
    width = stage.output_width = layer.output_width(width);
    height = stage.output_height = layer.output_height(height);
  }
  const auto floats = static_cast<std::size_t>(width) * kCellStride;
  if (output_.size() < floats) output_.resize(floats);
}

void MtcnnRunner::start(RowSource& picture) {
  picture_ = &picture;
  next_y_ = 0;
  for (Stage& stage : stages_) stage.rows_read = 0;
}

const float* MtcnnRunner::next_row() {
  assert(output_width() > 0 && next_y_ < output_height());
  compute_row(stages_.size() - 1, next_y_++, output_.data());
  return output_.data();
}

void MtcnnRunner::compute_row(std::size_t index, int y, float* out) {
  const MtcnnNetwork::Layer& layer = network_->layers()[index];
  Stage& stage = stages_[index];
  const auto slot = [&](int row) {
    return stage.ring.data() + row % layer.kernel_height * row_floats(stage.input_width, layer);
  };
  const int begin = y * layer.stride_y,
            end = std::min(begin + layer.kernel_height, stage.input_height);
  for (; stage.rows_read < end; ++stage.rows_read) {
    if (index == 0)
      picture_->read_row(stage.rows_read, slot(stage.rows_read));
    else
      compute_row(index - 1, stage.rows_read, slot(stage.rows_read));
  }
  std::array<const float*, MtcnnNetwork::kMostKernel> rows;
  for (int row = begin; row < end; ++row) rows[static_cast<std::size_t>(row - begin)] = slot(row);
  if (layer.pool) {
    max_pool_row(rows.data(), end - begin, stage.input_width, layer.kernel_width, layer.stride_x,
                 layer.input_stride, stage.output_width, out);
    return;
  }
  // Without padding between the pixels, a row of the kernel lies over one stretch of floats.
  const bool packed = layer.input_stride == layer.inputs;
  convolve_row({.rows = rows.data(),
                .kernel_height = layer.kernel_height,
                .runs = packed ? 1 : layer.kernel_width,
                .run = packed ? layer.kernel_width * layer.inputs : layer.inputs,
                .run_stride = layer.input_stride,
                .pixel_stride = layer.input_stride,
                .weights = layer.weights.data(),
                .blocks = padded_channels(layer.outputs) / kMtcnnBlock,
                .width = stage.output_width,
                .out = out});
}

}  // namespace auriga
