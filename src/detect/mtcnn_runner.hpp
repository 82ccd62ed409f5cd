// Runs the convolutional networks of MTCNN over pictures of any size.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "detect/mtcnn_network.hpp"

namespace auriga {

// Where a network gets the rows of its input picture from.
class RowSource {
 public:
  virtual ~RowSource() = default;
  // Writes row `y`: width x 3 floats R, G, B, interleaved. Asked for each row once, downwards.
  virtual void read_row(int y, float* rgb) = 0;
};

// Over a picture that is larger than the network's input, the output is a map of cells.
//
// Rows flow through the chain of layers one at a time: every layer keeps only the rows that its
// kernel covers. So nearly all lies in the cache, and memory grows with the width of the picture
// alone.
//
// Not thread-safe: one object per thread; they may share the network. Allocates only when pictures
// become larger.
class MtcnnRunner {
 public:
  // Distance of neighbouring cells in a row of output, in floats.
  static constexpr int kCellStride = MtcnnNetwork::kMostOutputs;

  // For pictures of the network's input size to begin with. `network`: not null.
  explicit MtcnnRunner(std::shared_ptr<const MtcnnNetwork> network);

  // For pictures of width x height px from now on.
  void set_input_size(int width, int height);
  // Of the output, cells; 0 where the picture is too small.
  int output_width() const { return stages_.back().output_width; }
  int output_height() const { return stages_.back().output_height; }

  // Begins a picture. `picture` must live until its last row has been computed.
  void start(RowSource& picture);
  // The next row of output, downwards from the first: cell x begins at x * kCellStride. Valid until
  // the next call.
  const float* next_row();

 private:
  // What a layer keeps of the picture.
  struct Stage {
    int input_width = 0, input_height = 0, output_width = 0, output_height = 0;
    std::vector<float> ring;  // the last kernel_height rows of input
    int rows_read = 0;
  };
  void compute_row(std::size_t layer, int y, float* out);

  std::shared_ptr<const MtcnnNetwork> network_;
  std::vector<Stage> stages_;  // of each layer
  std::vector<float> output_;  // one row
  RowSource* picture_ = nullptr;
  int next_y_ = 0;
};

}  // namespace auriga
