// TFLite networks as ONNX networks that calculate the same.
//
// A tensor with four dimensions is a batch of pictures: batch, height, width, channels in TFLite,
// batch, channels, height, width in ONNX. All other tensors stay as they are. Constants of half
// precision stay so in the file and are widened when the network is loaded.
//
// A network that swaps the last two axes of such tensors has no pictures: if their first two axes
// have one element and all filters one cell, they are matrices, which have the last two axes only
// in ONNX, at the ends of the network, too.
//
// Of a tensor from which a STRIDED_SLICE takes a part no more is calculated than is needed
// (crop.hpp).
//
// Converted are CONV_2D, DEPTHWISE_CONV_2D, MAX_POOL_2D, PRELU, RELU, LOGISTIC, NEG, SQRT, RSQRT,
// ADD, SUB, MUL, DIV, SQUARED_DIFFERENCE, MEAN, SUM, PAD, CONCATENATION, RESHAPE, TRANSPOSE,
// STRIDED_SLICE and RESIZE_BILINEAR, with DEQUANTIZE of half-precision constants.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tflite_network.hpp"

namespace auriga::open_pack {

// Where a network is entered or left: a tensor of the TFLite file, and its name in the ONNX file.
struct Port {
  int tensor = 0;
  std::string name;
};

// The ONNX file of the operators that lead from `inputs` to `outputs`; the others are not looked
// at, so that a network can be cut around operators that have no like in ONNX. `note` goes into the
// file. Throws Error(model), which names the operator, when one of them is unknown, has the wrong
// operands or does not make the shape that the file states.
std::string to_onnx(const TfliteNetwork& network, const std::vector<Port>& inputs,
                    const std::vector<Port>& outputs, std::string_view note);

// The inputs and outputs of the whole network under their TFLite names.
std::vector<Port> ports(const TfliteNetwork& network, const std::vector<int>& tensors);

}  // namespace auriga::open_pack
