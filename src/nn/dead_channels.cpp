#include "nn/dead_channels.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "nn/onnx_fields.hpp"

namespace auriga {
namespace {

using namespace onnx;  // NOLINT(google-build-using-namespace)

constexpr std::size_t kBlock = 16;

struct Tensor {
  std::vector<std::size_t> shape;
  std::string_view raw;  // little-endian float32; empty when the tensor is something else
  // Also when it is subnormal. By its bits, because a processor that calculates with subnormal
  // numbers takes a hundred times as long.
  bool is_zero(std::size_t i) const {
    std::uint32_t bits;
    std::memcpy(&bits, raw.data() + i * sizeof(float), sizeof bits);
    return (bits & 0x7fffffff) < 0x00800000;
  }
  bool is_vector(std::size_t n) const {
    return !raw.empty() && shape == std::vector<std::size_t>{n};
  }
};

struct Node {
  std::string_view message, operation;
  std::vector<std::string_view> inputs, outputs;
  std::size_t group = 1;
};

Node parse_node(std::string_view message) {
  Node node;
  node.message = message;
  for (const Field& field : fields_of(message)) {
    if (field.number == node_field::kInput) node.inputs.push_back(field.bytes);
    if (field.number == node_field::kOutput) node.outputs.push_back(field.bytes);
    if (field.number == node_field::kOperator) node.operation = field.bytes;
    if (field.number == node_field::kAttribute) {
      std::string_view name;
      std::uint64_t integer = 0;
      for (const Field& part : fields_of(field.bytes)) {
        if (part.number == attribute_field::kName) name = part.bytes;
        if (part.number == attribute_field::kInteger) integer = part.integer;
      }
      if (name == "group") node.group = static_cast<std::size_t>(integer);
    }
  }
  return node;
}

std::pair<std::string_view, Tensor> parse_tensor(std::string_view message) {
  std::string_view name;
  Tensor tensor;
  std::uint64_t type = 0;
  std::size_t size = sizeof(float);
  for (const Field& field : fields_of(message)) {
    if (field.number == tensor_field::kDimension) {
      require(field.wire == kVarint && field.integer < (1u << 30));
      tensor.shape.push_back(static_cast<std::size_t>(field.integer));
      require(!__builtin_mul_overflow(size, tensor.shape.back(), &size));
    }
    if (field.number == tensor_field::kType) type = field.integer;
    if (field.number == tensor_field::kName) name = field.bytes;
    if (field.number == tensor_field::kRaw) tensor.raw = field.bytes;
  }
  if (type != tensor_field::kFloat || tensor.raw.size() != size) tensor.raw = {};
  return {name, tensor};
}

std::string_view value_name(std::string_view message) {
  for (const Field& field : fields_of(message)) {
    if (field.number == value_field::kName) return field.bytes;
  }
  return {};
}

// --- The network: which channels are zero, and which may go.

class Network {
 public:
  explicit Network(std::string_view graph) : graph_(graph) {
    for (const Field& field : fields_of(graph)) {
      if (field.number == graph_field::kNode) nodes_.push_back(parse_node(field.bytes));
      if (field.number == graph_field::kInitializer)
        require(tensors_.insert(parse_tensor(field.bytes)).second);
    }
    for (const Field& field : fields_of(graph)) {
      if (field.number == graph_field::kInput || field.number == graph_field::kOutput) {
        require(!tensors_.count(value_name(field.bytes)));
        fixed_.push_back(value_name(field.bytes));
      }
    }
    for (const Node& node : nodes_) add(node);
  }

  // The graph with the dead channels removed; nothing when there is none.
  std::optional<std::string> shrunk() const {
    const std::map<std::string_view, Channels> kept = kept_channels();
    if (kept.empty()) return std::nullopt;
    std::map<std::string_view, std::string> new_tensors;
    std::map<std::string_view, std::size_t> new_groups;  // by the node's message
    for (const Node& node : nodes_) {
      if (node.operation != "Conv" && node.operation != "BatchNormalization") continue;
      const auto out = kept.find(root(node.outputs[0]));
      const auto in = kept.find(root(node.inputs[0]));
      const Channels* rows = out == kept.end() ? nullptr : &out->second;
      const Channels* columns = in == kept.end() || node.group > 1 ? nullptr : &in->second;
      for (std::size_t i = 1; i < node.inputs.size(); ++i) {
        const bool is_matrix = node.operation == "Conv" && i == 1;
        if (!rows && !(is_matrix && columns)) continue;
        std::string tensor = select(node.inputs[i], rows, is_matrix ? columns : nullptr);
        require(new_tensors.emplace(node.inputs[i], std::move(tensor))
                    .second);  // not shared by two nodes
      }
      if (rows && node.group > 1) new_groups[node.message] = count(*rows);
    }

    std::string out;
    out.reserve(graph_.size());
    for (const Field& field : fields_of(graph_)) {
      if (field.number == graph_field::kValueInfo)
        continue;  // shapes of inner tensors, no longer true
      if (field.number == graph_field::kInitializer) {
        const auto found = new_tensors.find(parse_tensor(field.bytes).first);
        if (found != new_tensors.end()) {
          put_bytes(out, graph_field::kInitializer, found->second);
          continue;
        }
      }
      if (field.number == graph_field::kNode) {
        const auto found = new_groups.find(field.bytes);
        if (found != new_groups.end()) {
          put_bytes(out, graph_field::kNode, with_group(field.bytes, found->second));
          continue;
        }
      }
      out += field.whole;
    }
    return out;
  }

 private:
  using Channels = std::vector<bool>;

  static std::size_t count(const Channels& channels) {
    return static_cast<std::size_t>(std::count(channels.begin(), channels.end(), true));
  }

  const Tensor& tensor(std::string_view name) const {
    const auto found = tensors_.find(name);
    require(found != tensors_.end() && !found->second.raw.empty());
    return found->second;
  }

  // Tensors whose channels can only go together belong to one set; `root` names the set.
  std::string_view root(std::string_view value) const {
    for (auto found = parent_.find(value); found != parent_.end(); found = parent_.find(value))
      value = found->second;
    return value;
  }
  void tie(std::string_view a, std::string_view b) {
    if (root(a) != root(b)) parent_[root(b)] = root(a);
  }

  const Channels& zeros(std::string_view value) const {
    static const Channels none;
    const auto found = zeros_.find(value);
    return found == zeros_.end() ? none : found->second;
  }

  void add(const Node& node) {
    const auto& in = node.inputs;
    if (node.operation == "Conv" && (in.size() == 2 || in.size() == 3) &&
        node.outputs.size() == 1) {
      add_convolution(node);
    } else if (node.operation == "BatchNormalization" && in.size() == 5 &&
               node.outputs.size() == 1) {
      const std::size_t n = tensor(in[1]).shape.at(0);
      for (std::size_t i = 1; i < 5; ++i) require(tensor(in[i]).is_vector(n));
      Channels& zero = zeros_[node.outputs[0]];
      zero.resize(n);
      for (std::size_t i = 0; i < n; ++i) {
        zero[i] = tensor(in[1]).is_zero(i) && tensor(in[2]).is_zero(i);
      }
      tie(in[0], node.outputs[0]);
    } else if (node.operation == "Relu" && in.size() == 1) {
      zeros_[node.outputs.at(0)] = zeros(in[0]);
      tie(in[0], node.outputs[0]);
    } else if (node.operation == "Add" && in.size() == 2 &&
               zeros(in[0]).size() == zeros(in[1]).size()) {
      Channels zero = zeros(in[0]);
      for (std::size_t i = 0; i < zero.size(); ++i) zero[i] = zero[i] && zeros(in[1])[i];
      zeros_[node.outputs.at(0)] = zero;
      tie(in[0], node.outputs[0]);
      tie(node.outputs[0], in[1]);
    } else {
      fixed_.insert(fixed_.end(), in.begin(), in.end());
      fixed_.insert(fixed_.end(), node.outputs.begin(), node.outputs.end());
    }
  }

  void add_convolution(const Node& node) {
    const Tensor& weights = tensor(node.inputs[1]);
    require(weights.shape.size() == 4 && weights.shape[0] > 0);
    const std::size_t rows = weights.shape[0], columns = weights.shape[1],
                      area = weights.shape[2] * weights.shape[3];
    const bool is_depthwise = node.group == rows && columns == 1;
    require(node.group == 1 || is_depthwise);
    const Tensor* offset = node.inputs.size() == 3 ? &tensor(node.inputs[2]) : nullptr;
    require(!offset || offset->is_vector(rows));

    Channels& zero = zeros_[node.outputs[0]];
    zero.assign(rows, true);
    std::vector<std::uint8_t> reads(columns);  // columns with a weight that is not zero
    for (std::size_t row = 0; row < rows; ++row) {
      std::uint8_t any = offset && !offset->is_zero(row) ? 1 : 0;
      for (std::size_t column = 0; column < columns; ++column) {
        std::uint8_t weighs = 0;
        for (std::size_t i = 0; i < area; ++i)
          weighs |= weights.is_zero((row * columns + column) * area + i) ? 0 : 1;
        reads[column] |= weighs;
        any |= weighs;
      }
      if (any != 0) zero[row] = false;
    }
    Channels used(reads.begin(), reads.end());
    if (is_depthwise) {
      tie(node.inputs[0], node.outputs[0]);
    } else {
      const Channels& zero_in = zeros(node.inputs[0]);
      for (std::size_t i = 0; i < std::min(columns, zero_in.size()); ++i) {
        if (zero_in[i]) used[i] = false;
      }
      reads_.emplace_back(node.inputs[0], std::move(used));
    }
  }

  // By set, the channels that stay; only sets that lose some.
  std::map<std::string_view, Channels> kept_channels() const {
    std::map<std::string_view, Channels> kept;
    for (const auto& [value, used] : reads_) {
      Channels& channels = kept[root(value)];
      if (channels.empty()) channels.resize(used.size());
      require(channels.size() == used.size());
      for (std::size_t i = 0; i < used.size(); ++i) channels[i] = channels[i] || used[i];
    }
    for (const auto& [value, zero] : zeros_) {
      const auto found = kept.find(root(value));
      require(found == kept.end() || zero.empty() || found->second.size() == zero.size());
    }
    for (std::string_view value : fixed_) kept.erase(root(value));
    for (auto& [value, channels] : kept) {
      const std::size_t wanted =
          std::max<std::size_t>(1, (count(channels) + kBlock - 1) / kBlock) * kBlock;
      for (std::size_t i = 0; i < channels.size() && count(channels) < wanted; ++i)
        channels[i] = true;
    }
    std::erase_if(kept, [](const auto& set) { return count(set.second) == set.second.size(); });
    return kept;
  }

  // The initializer `name` with some of its rows and columns; null: all.
  std::string select(std::string_view name, const Channels* rows, const Channels* columns) const {
    const Tensor& from = tensor(name);
    std::vector<std::size_t> shape = from.shape;
    const std::size_t all_columns = shape.size() > 1 ? shape[1] : 1;
    require(!rows || rows->size() == shape[0]);
    require(!columns || columns->size() == all_columns);
    if (rows) shape[0] = count(*rows);
    if (columns) shape[1] = count(*columns);
    const std::size_t bytes = from.raw.size() / (from.shape[0] * all_columns);
    std::vector<std::size_t> taken;  // of the columns
    for (std::size_t column = 0; column < all_columns; ++column)
      if (!columns || (*columns)[column]) taken.push_back(column);
    std::string raw(shape[0] * taken.size() * bytes, '\0');
    char* to = raw.data();
    for (std::size_t row = 0; row < from.shape[0]; ++row) {
      if (rows && !(*rows)[row]) continue;
      for (const std::size_t column : taken) {
        std::memcpy(to, from.raw.data() + (row * all_columns + column) * bytes, bytes);
        to += bytes;
      }
    }
    std::string message;
    for (std::size_t n : shape) put_integer(message, tensor_field::kDimension, n);
    put_integer(message, tensor_field::kType, tensor_field::kFloat);
    put_bytes(message, tensor_field::kName, name);
    put_bytes(message, tensor_field::kRaw, raw);
    return message;
  }

  static std::string with_group(std::string_view node, std::size_t group) {
    std::string out;
    for (const Field& field : fields_of(node)) {
      if (field.number != node_field::kAttribute || value_name(field.bytes) != "group") {
        out += field.whole;
        continue;
      }
      std::string attribute;
      for (const Field& part : fields_of(field.bytes)) {
        if (part.number == attribute_field::kInteger) {
          put_integer(attribute, attribute_field::kInteger, group);
        } else {
          attribute += part.whole;
        }
      }
      put_bytes(out, node_field::kAttribute, attribute);
    }
    return out;
  }

  std::string_view graph_;
  std::vector<Node> nodes_;
  std::map<std::string_view, Tensor> tensors_;           // the initializers
  std::map<std::string_view, std::string_view> parent_;  // union-find over tensor names
  std::map<std::string_view, Channels> zeros_;           // channels that are zero for every input
  std::vector<std::pair<std::string_view, Channels>>
      reads_;                            // what convolutions use of their inputs
  std::vector<std::string_view> fixed_;  // tensors that keep all channels
};

}  // namespace

std::string without_dead_channels(std::string_view onnx) {
  try {
    std::string out;
    out.reserve(onnx.size());
    bool has_changed = false;
    for (const Field& field : fields_of(onnx)) {
      if (field.number == model_field::kGraph && field.wire == kBytes) {
        if (const std::optional<std::string> graph = Network(field.bytes).shrunk()) {
          put_bytes(out, model_field::kGraph, *graph);
          has_changed = true;
          continue;
        }
      }
      out += field.whole;
    }
    if (has_changed) return out;
  } catch (const NotUnderstood&) {
  } catch (const std::out_of_range&) {
  }
  return std::string(onnx);
}

}  // namespace auriga
