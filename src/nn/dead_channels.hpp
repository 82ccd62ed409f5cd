// Makes a pruned convolutional network as small as its pruning allows.
#pragma once

#include <string>
#include <string_view>

namespace auriga {

// Training with a sparsity penalty leaves channels that are zero for every input (PFLD: 70 % of its
// widest layers), but the file holds, and a runtime computes, them all. Returns the ONNX model
// without them: the same function, up to the order of sums.
//
// A channel is dead when the weights or the scale and offset behind it are all zero or subnormal.
// Understood are Conv, BatchNormalization, Relu and Add; the channels of any tensor that another
// operator reads are kept. The number of channels that stay is rounded up to a multiple of 16, the
// block size of the runtime's kernels. Returns `onnx` unchanged when there is nothing to remove or
// the file is not a plain network of this kind; a damaged file is left to the runtime to refuse.
// Thread-safe.
std::string without_dead_channels(std::string_view onnx);

}  // namespace auriga
