// The small convolutional networks of the validator: from one grey window to a few scores.
#pragma once

#include <span>
#include <vector>

#include "models/binary_reader.hpp"

namespace auriga {

// Convolutions, each with an optional ReLU and an optional 2 x 2 maximum pool behind it, then fully
// connected layers, each with an optional ReLU (spec validation.md section 1 and step 6).
//
// Immutable once it is bound to a window size, so threads may share it; each brings its buffers.
class Cnn {
 public:
  // Scratch memory of `scores`, kept from call to call and for any number of networks.
  struct Buffers {
    std::vector<float> maps;       // input of a layer: map, row, column without gaps
    std::vector<float> next_maps;  // and its output
    std::vector<float> sums;       // of one block of convolutions, before pooling
  };

  // Reads the number of layers and the layers. `reader` throws Error(model) for an unknown kind of
  // layer, one in another place than described above, or sizes that do not chain.
  explicit Cnn(BinaryReader& reader);

  // To be called once: checks that the layers chain from one map of height x width to the scores,
  // and lets the first fully connected layer read the maps in the order in which they lie in
  // memory. `reader.fail` tells what does not fit.
  void bind(int height, int width, const BinaryReader& reader);

  int outputs() const { return full_.back().outputs; }

  // Grows the buffers to what `scores` needs, so that it does not allocate.
  void reserve(Buffers& buffers) const;

  // The outputs of the last layer for the window in buffers.maps, row-major, which is destroyed.
  // Valid until the buffers are used again.
  std::span<const float> scores(Buffers& buffers) const;

 private:
  // Valid cross-correlation, stride 1. Output maps are computed in blocks of kBlock, the last one
  // padded with maps of zeros.
  struct Convolution {
    int inputs = 0, outputs = 0;  // maps
    int kernel_height = 0, kernel_width = 0;
    bool relu = false, pool = false;
    std::vector<float> bias;     // padded outputs
    std::vector<float> weights;  // block, tap (input map, row, column), map within the block
    // Of the bound window:
    int height = 0, width = 0;          // of the input maps
    int out_height = 0, out_width = 0;  // of the output maps, after pooling
    std::vector<std::ptrdiff_t>
        taps{};                    // where in the input maps each tap lies, less the output's place
    int padded_positions() const;  // places computed per output map: rows of `width`, whole vectors

    void run(const float* maps, float* sums, float* out) const;
  };
  struct FullyConnected {
    int inputs = 0, outputs = 0;
    bool relu = false;
    int stride = 0;              // outputs, padded to whole vectors
    std::vector<float> bias;     // stride
    std::vector<float> weights;  // inputs x stride

    void run(const float* in, float* out) const;
  };

  static Convolution read_convolution(BinaryReader& reader);
  static FullyConnected read_fully_connected(BinaryReader& reader);

  std::vector<Convolution> convolutions_;
  std::vector<FullyConnected> full_;
};

}  // namespace auriga
