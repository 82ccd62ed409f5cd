#include "tflite_network.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "refuse.hpp"

namespace auriga::open_pack {
namespace {

namespace model_field {
enum { kOperatorCodes = 1, kGraphs = 2, kBuffers = 4 };
}
namespace code_field {
enum { kOldCode = 0, kCustomName = 1, kCode = 3 };  // the old one is a byte wide
}
namespace graph_field {
enum { kTensors = 0, kInputs = 1, kOutputs = 2, kOperators = 3 };
}
namespace tensor_field {
enum { kShape = 0, kType = 1, kBuffer = 2, kName = 3, kSparsity = 6 };
}
namespace operator_field {
enum { kCodeIndex = 0, kInputs = 1, kOutputs = 2, kOptions = 4, kCustomOptions = 5 };
}
namespace buffer_field {
enum { kData = 0 };
}

// The networks of the open pack have about a tenth of this.
constexpr std::size_t kMostParts = 10000, kMostOperands = 64, kMostDimensions = 8;
constexpr std::int64_t kMostElements = std::int64_t{1} << 26;

// By code, up to the last one that the converter knows.
constexpr std::array<const char*, 100> kNames = {"ADD",
                                                 "AVERAGE_POOL_2D",
                                                 "CONCATENATION",
                                                 "CONV_2D",
                                                 "DEPTHWISE_CONV_2D",
                                                 "DEPTH_TO_SPACE",
                                                 "DEQUANTIZE",
                                                 "EMBEDDING_LOOKUP",
                                                 "FLOOR",
                                                 "FULLY_CONNECTED",
                                                 "HASHTABLE_LOOKUP",
                                                 "L2_NORMALIZATION",
                                                 "L2_POOL_2D",
                                                 "LOCAL_RESPONSE_NORMALIZATION",
                                                 "LOGISTIC",
                                                 "LSH_PROJECTION",
                                                 "LSTM",
                                                 "MAX_POOL_2D",
                                                 "MUL",
                                                 "RELU",
                                                 "RELU_N1_TO_1",
                                                 "RELU6",
                                                 "RESHAPE",
                                                 "RESIZE_BILINEAR",
                                                 "RNN",
                                                 "SOFTMAX",
                                                 "SPACE_TO_DEPTH",
                                                 "SVDF",
                                                 "TANH",
                                                 "CONCAT_EMBEDDINGS",
                                                 "SKIP_GRAM",
                                                 "CALL",
                                                 "CUSTOM",
                                                 "EMBEDDING_LOOKUP_SPARSE",
                                                 "PAD",
                                                 "UNIDIRECTIONAL_SEQUENCE_RNN",
                                                 "GATHER",
                                                 "BATCH_TO_SPACE_ND",
                                                 "SPACE_TO_BATCH_ND",
                                                 "TRANSPOSE",
                                                 "MEAN",
                                                 "SUB",
                                                 "DIV",
                                                 "SQUEEZE",
                                                 "UNIDIRECTIONAL_SEQUENCE_LSTM",
                                                 "STRIDED_SLICE",
                                                 "BIDIRECTIONAL_SEQUENCE_RNN",
                                                 "EXP",
                                                 "TOPK_V2",
                                                 "SPLIT",
                                                 "LOG_SOFTMAX",
                                                 "DELEGATE",
                                                 "BIDIRECTIONAL_SEQUENCE_LSTM",
                                                 "CAST",
                                                 "PRELU",
                                                 "MAXIMUM",
                                                 "ARG_MAX",
                                                 "MINIMUM",
                                                 "LESS",
                                                 "NEG",
                                                 "PADV2",
                                                 "GREATER",
                                                 "GREATER_EQUAL",
                                                 "LESS_EQUAL",
                                                 "SELECT",
                                                 "SLICE",
                                                 "SIN",
                                                 "TRANSPOSE_CONV",
                                                 "SPARSE_TO_DENSE",
                                                 "TILE",
                                                 "EXPAND_DIMS",
                                                 "EQUAL",
                                                 "NOT_EQUAL",
                                                 "LOG",
                                                 "SUM",
                                                 "SQRT",
                                                 "RSQRT",
                                                 "SHAPE",
                                                 "POW",
                                                 "ARG_MIN",
                                                 "FAKE_QUANT",
                                                 "REDUCE_PROD",
                                                 "REDUCE_MAX",
                                                 "PACK",
                                                 "LOGICAL_OR",
                                                 "ONE_HOT",
                                                 "LOGICAL_AND",
                                                 "LOGICAL_NOT",
                                                 "UNPACK",
                                                 "REDUCE_MIN",
                                                 "FLOOR_DIV",
                                                 "REDUCE_ANY",
                                                 "SQUARE",
                                                 "ZEROS_LIKE",
                                                 "FILL",
                                                 "FLOOR_MOD",
                                                 "RANGE",
                                                 "RESIZE_NEAREST_NEIGHBOR",
                                                 "LEAKY_RELU",
                                                 "SQUARED_DIFFERENCE"};

class Reader {
 public:
  Reader(const std::string& file, std::string_view bytes) : file_(file), bytes_(bytes) {}

  TfliteNetwork read() const {
    // Bytes 4 to 7 are the format's mark.
    if (bytes_.size() < 8 || bytes_.substr(4, 4) != "TFL3")
      refuse(file_, "a TFLite file (bytes 4 to 7 are TFL3)",
             bytes_.size() < 8 ? std::to_string(bytes_.size()) + " bytes" : "something else");
    const FlatTable model(file_, bytes_);
    const auto graphs = model.tables(model_field::kGraphs, kMostParts);
    if (graphs.empty()) refuse(file_, "a graph", "none");
    const FlatTable& graph = graphs[0];

    TfliteNetwork network;
    network.file = file_;
    const auto buffers = model.tables(model_field::kBuffers, kMostParts);
    for (const FlatTable& table : graph.tables(graph_field::kTensors, kMostParts))
      network.tensors.push_back(tensor(table, buffers, network.tensors.size()));

    const std::size_t tensors = network.tensors.size();
    const auto codes = model.tables(model_field::kOperatorCodes, kMostParts);
    for (const FlatTable& table : graph.tables(graph_field::kOperators, kMostParts)) {
      network.operators.push_back(one_operator(table, codes, tensors));
      network.operators.back().number = network.operators.size() - 1;
    }
    network.inputs = operands(graph, graph_field::kInputs, tensors, 0);
    network.outputs = operands(graph, graph_field::kOutputs, tensors, 0);
    return network;
  }

 private:
  TfliteTensor tensor(const FlatTable& table, const std::vector<FlatTable>& buffers,
                      std::size_t index) const {
    TfliteTensor tensor;
    tensor.name = table.bytes(tensor_field::kName);
    tensor.type = table.scalar<std::uint8_t>(tensor_field::kType, 0);
    tensor.is_sparse = table.has(tensor_field::kSparsity);
    std::int64_t elements = 1;
    for (const std::int32_t n : table.integers(tensor_field::kShape, kMostDimensions)) {
      if (n < 1 || n > kMostElements / elements)
        refuse(file_,
               "tensor " + std::to_string(index) + " to have a fixed shape of 1 to " +
                   std::to_string(kMostElements) + " elements",
               "dimension " + std::to_string(n));
      elements *= n;
      tensor.shape.push_back(n);
    }
    const auto buffer = table.scalar<std::uint32_t>(tensor_field::kBuffer, 0);
    if (buffer >= std::max<std::size_t>(buffers.size(), 1))
      refuse(
          file_,
          "buffer 0 to " + std::to_string(buffers.size()) + " for tensor " + std::to_string(index),
          std::to_string(buffer));
    if (buffer != 0) tensor.data = buffers[buffer].bytes(buffer_field::kData);
    return tensor;
  }

  // Indices of tensors, from `least`.
  std::vector<int> operands(const FlatTable& table, int field, std::size_t tensors,
                            int least) const {
    const auto found = table.integers(field, kMostOperands);
    for (const std::int32_t i : found)
      if (i < least || i >= static_cast<std::int64_t>(tensors))
        refuse(file_, "the number of one of " + std::to_string(tensors) + " tensors",
               std::to_string(i));
    return {found.begin(), found.end()};
  }

  TfliteOperator one_operator(const FlatTable& table, const std::vector<FlatTable>& codes,
                              std::size_t tensors) const {
    TfliteOperator made;
    const auto index = table.scalar<std::uint32_t>(operator_field::kCodeIndex, 0);
    if (index >= codes.size())
      refuse(file_, "one of " + std::to_string(codes.size()) + " operator codes",
             "number " + std::to_string(index));
    const FlatTable& code = codes[index];
    const int old_code = code.scalar<std::uint8_t>(code_field::kOldCode, 0);
    made.code = std::max(old_code, code.scalar<std::int32_t>(code_field::kCode, 0));
    if (made.code == kCustom) {
      made.name = code.bytes(code_field::kCustomName).substr(0, 100);
    } else if (made.code >= 0 && made.code < static_cast<std::int32_t>(kNames.size())) {
      made.name = kNames[static_cast<std::size_t>(made.code)];
    } else {
      made.name = "builtin operator " + std::to_string(made.code);
    }
    made.inputs = operands(table, operator_field::kInputs, tensors, -1);
    made.outputs = operands(table, operator_field::kOutputs, tensors, 0);
    made.options = table.table(operator_field::kOptions);
    made.custom_options = table.bytes(operator_field::kCustomOptions);
    return made;
  }

  const std::string& file_;
  std::string_view bytes_;
};

}  // namespace

int TfliteNetwork::tensor(std::string_view name) const {
  const auto found = std::find_if(tensors.begin(), tensors.end(),
                                  [&](const TfliteTensor& tensor) { return tensor.name == name; });
  if (found == tensors.end()) refuse(file, "a tensor '" + std::string(name) + "'", "none");
  return static_cast<int>(found - tensors.begin());
}

const TfliteOperator* TfliteNetwork::maker(int tensor) const {
  for (const TfliteOperator& made : operators)
    if (std::find(made.outputs.begin(), made.outputs.end(), tensor) != made.outputs.end())
      return &made;
  return nullptr;
}

TfliteNetwork read_tflite(const std::string& file, std::string_view bytes) {
  return Reader(file, bytes).read();
}

std::vector<float> widened(const TfliteTensor& constant) {
  if (constant.type == kFloat32) {
    std::vector<float> values(constant.data.size() / sizeof(float));
    std::memcpy(values.data(), constant.data.data(), values.size() * sizeof(float));
    return values;
  }
  std::vector<std::uint16_t> halves(constant.data.size() / sizeof(std::uint16_t));
  std::memcpy(halves.data(), constant.data.data(), halves.size() * sizeof(std::uint16_t));
  std::vector<float> values;
  for (const std::uint16_t bits : halves) {
    const int exponent = bits >> 10 & 31, fraction = bits & 1023;
    const auto digits = static_cast<float>(exponent == 0 ? fraction : 1024 + fraction);
    const float magnitude = std::ldexp(digits, std::max(exponent, 1) - 25);
    values.push_back((bits & 0x8000) != 0 ? -magnitude : magnitude);
  }
  return values;
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text;
  for (const std::int64_t n : shape) text += (text.empty() ? "" : "x") + std::to_string(n);
  return text.empty() ? "a scalar" : text;
}

}  // namespace auriga::open_pack
