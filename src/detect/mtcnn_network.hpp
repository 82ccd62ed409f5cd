// The convolutional networks of MTCNN: their files and their inference.
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

namespace auriga {

// Where a network gets the rows of its input picture from.
class RowSource {
 public:
  virtual ~RowSource() = default;
  // Writes row `y`: width x 3 floats R, G, B, interleaved. Asked for each row once, downwards.
  virtual void read_row(int y, float* rgb) = 0;
};

// A chain of convolutions, max pools and fully connected layers with PReLU (spec mtcnn.md sections
// 1 and 3). It can be put over pictures of any size; then the output is a map of cells.
//
// Rows flow through the chain one at a time: every layer keeps only the rows that its kernel
// covers. So nearly all lies in the cache, and memory grows with the width of the picture alone.
//
// Not thread-safe. Allocates only when pictures become larger.
class MtcnnNetwork {
 public:
  // Distance of neighbouring cells in a row of output, in floats.
  static constexpr int kCellStride = 16;

  // Reads a `.dat` file. Throws Error(model) when it is missing, damaged, or not a network that
  // makes one cell of `outputs` <= kCellStride numbers out of `input_size` x `input_size` px.
  MtcnnNetwork(const std::filesystem::path& file, int input_size, int outputs);

  // For pictures of width x height px from now on.
  void set_input_size(int width, int height);
  // Of the output, cells; 0 where the picture is too small.
  int output_width() const { return layers_.back().output_width; }
  int output_height() const { return layers_.back().output_height; }

  // Begins a picture. `picture` must live until its last row has been computed.
  void start(RowSource& picture);
  // The next row of output, downwards from the first: cell x begins at x * kCellStride. Valid until
  // the next call.
  const float* next_row();

 private:
  // A convolution with PReLU, or a max pool; a fully connected layer is a convolution, too. Between
  // layers, a pixel has its channels side by side, padded to whole blocks of kMtcnnBlock.
  struct Layer {
    bool pool = false, prelu = false;
    int kernel_width = 1, kernel_height = 1;
    int stride_x = 1, stride_y = 1;
    int inputs = 0, outputs = 0;  // channels
    int input_stride = 0;         // floats from one pixel to the next
    // Of a convolution: for each block of 16 outputs bias, PReLU slopes, and the kernel as
    // [row][column][input].
    std::vector<float> weights;

    int input_width = 0, input_height = 0, output_width = 0, output_height = 0;
    std::vector<float> ring;  // the last kernel_height rows of input
    int rows_read = 0;

    std::ptrdiff_t row_floats() const {
      return static_cast<std::ptrdiff_t>(input_width) * input_stride;
    }
  };
  void compute_row(std::size_t layer, int y, float* out);
  static int output_length(const Layer& layer, int length, int kernel, int stride);

  std::vector<Layer> layers_;
  std::vector<float> output_;  // one row
  RowSource* picture_ = nullptr;
  int next_y_ = 0;
};

}  // namespace auriga
