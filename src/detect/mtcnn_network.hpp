// The convolutional networks of MTCNN: their files and their weights.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

namespace auriga {

// A chain of convolutions, max pools and fully connected layers with PReLU (spec mtcnn.md sections
// 1 and 3). What runs it is an MtcnnRunner.
//
// Immutable: any number of threads may share one.
class MtcnnNetwork {
 public:
  static constexpr int kMostOutputs = 16;
  static constexpr int kMostKernel = 48;  // side of the largest input, px

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

    // Of the output, px, for an input of that many; 0 where it is too small.
    int output_width(int input_width) const;
    int output_height(int input_height) const;
  };

  // Reads a `.dat` file. Throws Error(model) when it is missing, damaged, or not a network that
  // makes one cell of `outputs` <= kMostOutputs numbers out of `input_size` x `input_size` px, at
  // most kMostKernel.
  MtcnnNetwork(const std::filesystem::path& file, int input_size, int outputs);

  int input_size() const { return input_size_; }
  std::span<const Layer> layers() const { return layers_; }  // at least one

 private:
  int input_size_;
  std::vector<Layer> layers_;
};

}  // namespace auriga
