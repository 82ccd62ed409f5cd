// For tests: writes small ONNX networks.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace auriga::test {

class TinyOnnx {
 public:
  static constexpr std::uint64_t kFloat = 1, kInt64 = 7;

  // Dimension -1: any size.
  void input(const std::string& name, const std::vector<std::int64_t>& shape,
             std::uint64_t type = kFloat) {
    bytes(graph_, 11, value(name, shape, type));
  }
  void output(const std::string& name, const std::vector<std::int64_t>& shape,
              std::uint64_t type = kFloat) {
    bytes(graph_, 12, value(name, shape, type));
  }
  void tensor(const std::string& name, const std::vector<std::int64_t>& shape,
              const std::vector<float>& values) {
    std::string message;
    for (std::int64_t n : shape) integer(message, 1, static_cast<std::uint64_t>(n));
    integer(message, 2, kFloat);
    bytes(message, 8, name);
    std::string raw(values.size() * sizeof(float), '\0');
    std::memcpy(raw.data(), values.data(), raw.size());
    bytes(message, 9, raw);
    bytes(graph_, 5, message);
  }
  void integers(const std::string& name, const std::vector<std::int64_t>& values) {
    std::string message, raw(values.size() * sizeof(std::int64_t), '\0');
    integer(message, 1, values.size());
    integer(message, 2, kInt64);
    bytes(message, 8, name);
    std::memcpy(raw.data(), values.data(), raw.size());
    bytes(message, 9, raw);
    bytes(graph_, 5, message);
  }
  // Attributes are lists of integers, except those that operators have as one integer.
  void node(const std::string& operation, const std::vector<std::string>& inputs,
            const std::string& output,
            const std::vector<std::pair<std::string, std::vector<int>>>& attributes = {},
            const std::vector<std::pair<std::string, float>>& reals = {},
            const std::vector<std::pair<std::string, std::string>>& texts = {}) {
    std::string message;
    for (const std::string& name : inputs) bytes(message, 1, name);
    bytes(message, 2, output);
    bytes(message, 4, operation);
    for (const auto& [name, values] : attributes) {
      const bool is_single = name == "group" || name == "keepdims" || name == "axis" ||
                             name == "transB" || name == "ceil_mode";
      std::string attribute;
      bytes(attribute, 1, name);
      for (int v : values) integer(attribute, is_single ? 3 : 8, static_cast<std::uint64_t>(v));
      integer(attribute, 20, is_single ? 2 : 7);
      bytes(message, 5, attribute);
    }
    for (const auto& [name, value] : reals) {
      std::string attribute, raw(sizeof value, '\0');
      bytes(attribute, 1, name);
      std::memcpy(raw.data(), &value, sizeof value);
      varint(attribute, 2 << 3 | 5);
      attribute += raw;
      integer(attribute, 20, 1);
      bytes(message, 5, attribute);
    }
    for (const auto& [name, value] : texts) {
      std::string attribute;
      bytes(attribute, 1, name);
      bytes(attribute, 4, value);
      integer(attribute, 20, 3);
      bytes(message, 5, attribute);
    }
    bytes(graph_, 1, message);
  }

  // The file.
  std::string model() const {
    std::string opset, out;
    integer(opset, 2, 11);
    integer(out, 1, 7);
    std::string graph;
    bytes(graph, 2, "tiny");
    bytes(out, 7, graph + graph_);
    bytes(out, 8, opset);
    return out;
  }

 private:
  static void varint(std::string& out, std::uint64_t v) {
    for (; v >= 128; v >>= 7) out += static_cast<char>(v | 128);
    out += static_cast<char>(v);
  }
  static void integer(std::string& out, std::uint32_t number, std::uint64_t v) {
    varint(out, number << 3);
    varint(out, v);
  }
  static void bytes(std::string& out, std::uint32_t number, const std::string& v) {
    varint(out, number << 3 | 2);
    varint(out, v.size());
    out += v;
  }
  static std::string value(const std::string& name, const std::vector<std::int64_t>& shape,
                           std::uint64_t element) {
    std::string dimensions, tensor, type, out;
    for (std::int64_t n : shape) {
      std::string dimension;
      if (n < 0) {
        bytes(dimension, 2, name + std::to_string(dimensions.size()));
      } else {
        integer(dimension, 1, static_cast<std::uint64_t>(n));
      }
      bytes(dimensions, 1, dimension);
    }
    integer(tensor, 1, element);
    bytes(tensor, 2, dimensions);
    bytes(type, 1, tensor);
    bytes(out, 1, name);
    bytes(out, 2, type);
    return out;
  }

  std::string graph_;
};

}  // namespace auriga::test
