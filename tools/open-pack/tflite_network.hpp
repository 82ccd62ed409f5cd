// A TFLite file as lists of tensors and operators.
//
// Field numbers and codes are those of TensorFlow Lite's published schema, version 3.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "flat_table.hpp"

namespace auriga::open_pack {

// Codes of operators that the converter knows.
enum BuiltinOperator : std::int32_t {
  kAdd = 0,
  kConcatenation = 2,
  kConv2d = 3,
  kDepthwiseConv2d = 4,
  kDequantize = 6,
  kLogistic = 14,
  kMaxPool2d = 17,
  kMul = 18,
  kRelu = 19,
  kReshape = 22,
  kResizeBilinear = 23,
  kCustom = 32,
  kPad = 34,
  kTranspose = 39,
  kMean = 40,
  kSub = 41,
  kDiv = 42,
  kStridedSlice = 45,
  kPrelu = 54,
  kNeg = 59,
  kSum = 74,
  kSqrt = 75,
  kRsqrt = 76,
  kSquaredDifference = 99,
};

enum ElementType : std::int32_t { kFloat32 = 0, kFloat16 = 1, kInt32 = 2 };

struct TfliteTensor {
  std::string_view name;
  std::vector<std::int64_t> shape;  // each at least 1; pictures are batch, height, width, channels
  std::int32_t type = kFloat32;
  bool is_sparse = false;
  std::string_view data;  // the values of a constant; empty when the network calculates the tensor
};

struct TfliteOperator {
  std::int32_t code = 0;
  std::size_t number = 0;    // in the file
  std::string name;          // as in the schema, or the custom operator's own
  std::vector<int> inputs;   // indices of tensors; -1: left out
  std::vector<int> outputs;  // indices of tensors
  std::optional<FlatTable> options;
  std::string_view custom_options;
};

// In the order in which they run.
struct TfliteNetwork {
  std::string file;  // for messages
  std::vector<TfliteTensor> tensors;
  std::vector<TfliteOperator> operators;
  std::vector<int> inputs, outputs;

  // The tensor of that name. Throws Error(model) when there is none.
  int tensor(std::string_view name) const;
  // The operator that makes the tensor, null when none does.
  const TfliteOperator* maker(int tensor) const;
};

// Reads the first graph of a file. Throws Error(model) when it is damaged or no TFLite file; every
// index in the result is in range. The result refers to `bytes`, which must outlive it.
TfliteNetwork read_tflite(const std::string& file, std::string_view bytes);

// The values of a constant of single or half precision, whose data has the size that its shape asks
// for.
std::vector<float> widened(const TfliteTensor& constant);

// "1x192x192x3"
std::string shape_text(const std::vector<std::int64_t>& shape);

}  // namespace auriga::open_pack
