#include "onnx_graph.hpp"

namespace auriga::open_pack {
namespace {

constexpr std::uint64_t kIrVersion = 7, kOperatorSet = 13;  // of 2020; ONNX Runtime 1.6 reads them

// Numbers of the fields in ONNX's messages.
namespace model_field {
enum { kIrVersion = 1, kProducer = 2, kNote = 6, kGraph = 7, kOperatorSet = 8 };
}
namespace operator_set_field {
enum { kVersion = 2 };
}
namespace graph_field {
enum { kNode = 1, kName = 2, kConstant = 5, kInput = 11, kOutput = 12 };
}
namespace node_field {
enum { kInput = 1, kOutput = 2, kOperation = 4, kAttribute = 5 };
}
namespace attribute_field {
enum { kName = 1, kInteger = 3, kText = 4, kIntegers = 8, kType = 20 };
enum { kIsInteger = 2, kIsText = 3, kAreIntegers = 7 };  // values of kType
}  // namespace attribute_field
namespace tensor_field {
enum { kDimension = 1, kElement = 2, kName = 8, kRaw = 9 };
}
namespace value_field {
enum { kName = 1, kType = 2 };
}

// Protocol buffers: a message is a list of fields, each a number with an integer or with bytes.
void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 128; value >>= 7) out += static_cast<char>(value | 128);
  out += static_cast<char>(value);
}

void put(std::string& out, std::uint32_t field, std::uint64_t value) {
  put_varint(out, field << 3);
  put_varint(out, value);
}

void put(std::string& out, std::uint32_t field, std::int64_t value) {
  put(out, field, static_cast<std::uint64_t>(value));
}

void put(std::string& out, std::uint32_t field, std::string_view bytes) {
  put_varint(out, field << 3 | 2);
  put_varint(out, bytes.size());
  out += bytes;
}

// A ValueInfoProto: the name and shape of a float32 tensor.
std::string value(const std::string& name, const Shape& shape) {
  std::string dimensions, tensor, type, out;
  for (const std::int64_t n : shape) {
    std::string dimension;
    put(dimension, 1, n);
    put(dimensions, 1, std::string_view(dimension));
  }
  put(tensor, 1, static_cast<std::uint64_t>(OnnxGraph::Element::float32));
  put(tensor, 2, std::string_view(dimensions));
  put(type, 1, std::string_view(tensor));
  put(out, value_field::kName, std::string_view(name));
  put(out, value_field::kType, std::string_view(type));
  return out;
}

}  // namespace

void OnnxGraph::input(const std::string& name, const Shape& shape) {
  put(graph_, graph_field::kInput, std::string_view(value(name, shape)));
}

void OnnxGraph::output(const std::string& name, const Shape& shape) {
  put(graph_, graph_field::kOutput, std::string_view(value(name, shape)));
}

void OnnxGraph::constant(const std::string& name, Element element, const Shape& shape,
                         std::string_view raw) {
  std::string tensor;
  for (const std::int64_t n : shape) put(tensor, tensor_field::kDimension, n);
  put(tensor, tensor_field::kElement, static_cast<std::uint64_t>(element));
  put(tensor, tensor_field::kName, std::string_view(name));
  put(tensor, tensor_field::kRaw, raw);
  put(graph_, graph_field::kConstant, std::string_view(tensor));
}

void OnnxGraph::node(const std::string& operation, const std::vector<std::string>& inputs,
                     const std::string& output, const std::vector<Attribute>& attributes) {
  using namespace attribute_field;
  std::string node;
  for (const std::string& name : inputs) put(node, node_field::kInput, std::string_view(name));
  put(node, node_field::kOutput, std::string_view(output));
  put(node, node_field::kOperation, std::string_view(operation));
  for (const auto& [name, setting] : attributes) {
    std::string attribute;
    put(attribute, kName, std::string_view(name));
    std::uint64_t type = kIsInteger;
    if (const auto* integer = std::get_if<std::int64_t>(&setting)) {
      put(attribute, kInteger, *integer);
    } else if (const auto* text = std::get_if<std::string>(&setting)) {
      put(attribute, kText, std::string_view(*text));
      type = kIsText;
    } else {
      for (const std::int64_t n : std::get<std::vector<std::int64_t>>(setting))
        put(attribute, kIntegers, n);
      type = kAreIntegers;
    }
    put(attribute, kType, type);
    put(node, node_field::kAttribute, std::string_view(attribute));
  }
  put(graph_, graph_field::kNode, std::string_view(node));
}

std::string OnnxGraph::model(std::string_view note) const {
  std::string operator_set, graph, out;
  put(operator_set, operator_set_field::kVersion, kOperatorSet);
  put(graph, graph_field::kName, std::string_view("network"));
  graph += graph_;
  put(out, model_field::kIrVersion, kIrVersion);
  put(out, model_field::kProducer, std::string_view("auriga tflite_to_onnx"));
  put(out, model_field::kNote, note);
  put(out, model_field::kGraph, std::string_view(graph));
  put(out, model_field::kOperatorSet, std::string_view(operator_set));
  return out;
}

}  // namespace auriga::open_pack
