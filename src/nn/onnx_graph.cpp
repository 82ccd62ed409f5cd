#include "nn/onnx_graph.hpp"

#include <bit>
#include <cstring>
#include <utility>

#include "nn/onnx_fields.hpp"

namespace auriga::onnx {
namespace {

// Versions of the operators in which those that are read here mean the same.
constexpr std::uint64_t kOldestOperators = 7, kNewestOperators = 21;
constexpr std::uint64_t kMostValues = std::uint64_t{1} << 26;

// All halves are floats, too.
float from_half(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000) << 16,
                      exponent = half >> 10 & 31, fraction = half & 1023;
  if (exponent == 0) {
    const float value = static_cast<float>(fraction) * 0x1p-24f;
    return sign != 0 ? -value : value;
  }
  const std::uint32_t wide = exponent == 31 ? 255 : exponent + 112;
  return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
}

std::pair<std::string_view, std::shared_ptr<const Constant>> read_constant(
    std::string_view message) {
  std::string_view name, raw;
  Constant constant;
  std::uint64_t type = 0, values = 1;
  for (const Field& field : fields_of(message)) {
    if (field.number == tensor_field::kDimension) {
      require(field.wire == kVarint && field.integer < kMostValues);
      constant.shape.push_back(static_cast<std::int64_t>(field.integer));
      values *= field.integer;
      require(values < kMostValues);
    }
    if (field.number == tensor_field::kType) type = field.integer;
    if (field.number == tensor_field::kName) name = field.bytes;
    if (field.number == tensor_field::kRaw) raw = field.bytes;
  }
  const auto count = static_cast<std::size_t>(values);
  if (type == tensor_field::kFloat) {
    require(raw.size() == count * sizeof(float));
    constant.reals.resize(count);
    if (count > 0) std::memcpy(constant.reals.data(), raw.data(), raw.size());
  } else if (type == tensor_field::kHalf) {
    require(raw.size() == count * sizeof(std::uint16_t));
    constant.reals.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      std::uint16_t half;
      std::memcpy(&half, raw.data() + i * sizeof half, sizeof half);
      constant.reals[i] = from_half(half);
    }
  } else {
    require(type == tensor_field::kInt64 && raw.size() == count * sizeof(std::int64_t));
    constant.integers.resize(count);
    if (count > 0) std::memcpy(constant.integers.data(), raw.data(), raw.size());
  }
  return {name, std::make_shared<const Constant>(std::move(constant))};
}

std::string_view name_of(std::string_view message) {
  for (const Field& field : fields_of(message))
    if (field.number == value_field::kName) return field.bytes;
  return {};
}

struct Attribute {
  std::string_view name, text, tensor;
  std::vector<std::int64_t> integers;
  float real = 0;
};

Attribute read_attribute(std::string_view message) {
  Attribute attribute;
  std::uint64_t type = 0;
  for (const Field& field : fields_of(message)) {
    if (field.number == attribute_field::kType) type = field.integer;
    if (field.number == attribute_field::kName) attribute.name = field.bytes;
    if (field.number == attribute_field::kText) attribute.text = field.bytes;
    if (field.number == attribute_field::kTensor) attribute.tensor = field.bytes;
    if (field.number == attribute_field::kReal && field.wire == kFixed32)
      std::memcpy(&attribute.real, field.bytes.data(), sizeof attribute.real);
    if (field.number == attribute_field::kInteger)
      attribute.integers.push_back(static_cast<std::int64_t>(field.integer));
    if (field.number == attribute_field::kIntegers) {
      // One by one, or all in one field.
      if (field.wire == kVarint)
        attribute.integers.push_back(static_cast<std::int64_t>(field.integer));
      else
        for (std::string_view rest = field.bytes; !rest.empty();)
          attribute.integers.push_back(static_cast<std::int64_t>(take_varint(rest)));
    }
  }
  // Writers leave zeros out.
  if (type == kWholeAttribute && attribute.integers.empty()) attribute.integers.push_back(0);
  return attribute;
}

}  // namespace

std::vector<std::int64_t> Operation::list(std::string_view attribute,
                                          std::vector<std::int64_t> otherwise) const {
  const auto found = integers.find(attribute);
  return found == integers.end() ? std::move(otherwise) : found->second;
}

std::int64_t Operation::whole(std::string_view attribute, std::int64_t otherwise) const {
  const std::vector<std::int64_t> values = list(attribute, {otherwise});
  require(values.size() == 1);
  return values[0];
}

float Operation::real(std::string_view attribute, float otherwise) const {
  const auto found = reals.find(attribute);
  return found == reals.end() ? otherwise : found->second;
}

std::string_view Operation::text(std::string_view attribute, std::string_view otherwise) const {
  const auto found = texts.find(attribute);
  return found == texts.end() ? otherwise : found->second;
}

Graph read_graph(std::string_view onnx) {
  std::string_view message;
  std::uint64_t version = 0;
  for (const Field& field : fields_of(onnx)) {
    if (field.number == model_field::kGraph && field.wire == kBytes) message = field.bytes;
    if (field.number != model_field::kOperators) continue;
    for (const Field& part : fields_of(field.bytes)) {
      if (part.number == operators_field::kDomain) require(part.bytes.empty());
      if (part.number == operators_field::kVersion) version = part.integer;
    }
  }
  require(!message.empty() && version >= kOldestOperators && version <= kNewestOperators);

  Graph graph;
  const std::vector<Field> fields = fields_of(message);
  for (const Field& field : fields)
    if (field.number == graph_field::kInitializer)
      require(graph.constants.insert(read_constant(field.bytes)).second);
  for (const Field& field : fields) {
    if (field.number == graph_field::kInput && !graph.constants.count(name_of(field.bytes)))
      graph.inputs.push_back(name_of(field.bytes));
    if (field.number == graph_field::kOutput) graph.outputs.push_back(name_of(field.bytes));
    if (field.number != graph_field::kNode) continue;
    Operation operation;
    std::vector<Attribute> attributes;
    for (const Field& part : fields_of(field.bytes)) {
      if (part.number == node_field::kInput) operation.inputs.push_back(part.bytes);
      if (part.number == node_field::kOutput) operation.outputs.push_back(part.bytes);
      if (part.number == node_field::kOperator) operation.name = part.bytes;
      if (part.number == node_field::kAttribute) attributes.push_back(read_attribute(part.bytes));
    }
    require(operation.outputs.size() == 1);
    const std::string_view to = operation.outputs[0];
    if (operation.name == "Constant") {
      require(attributes.size() == 1 && attributes[0].name == "value");
      require(graph.constants.emplace(to, read_constant(attributes[0].tensor).second).second);
      continue;
    }
    if (operation.name == "Cast" || operation.name == "Identity") {
      require(operation.inputs.size() == 1);
      const auto found = graph.constants.find(operation.inputs[0]);
      if (found != graph.constants.end()) {
        // To float32, which is what halves are here already.
        if (operation.name == "Cast")
          require(!found->second->reals.empty() && attributes.size() == 1 &&
                  attributes[0].integers == std::vector<std::int64_t>{tensor_field::kFloat});
        require(graph.constants.emplace(to, found->second).second);
        continue;
      }
    }
    for (Attribute& attribute : attributes) {
      if (!attribute.integers.empty())
        operation.integers.emplace(attribute.name, std::move(attribute.integers));
      else if (!attribute.text.empty())
        operation.texts.emplace(attribute.name, attribute.text);
      else
        operation.reals.emplace(attribute.name, attribute.real);
    }
    graph.operations.push_back(std::move(operation));
  }
  return graph;
}

}  // namespace auriga::onnx
