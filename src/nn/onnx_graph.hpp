// An ONNX network as a list of operations, for those that read it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

namespace auriga::onnx {

// Weights or a shape. One of the two lists has the values.
struct Constant {
  std::vector<std::int64_t> shape;
  std::vector<float> reals;  // of float32 or float16
  std::vector<std::int64_t> integers;
};

struct Operation {
  std::string_view name;  // e.g. Conv
  std::vector<std::string_view> inputs, outputs;
  std::map<std::string_view, std::vector<std::int64_t>> integers;  // attributes
  std::map<std::string_view, float> reals;
  std::map<std::string_view, std::string_view> texts;

  // Attributes, or what they are when they are not given.
  std::vector<std::int64_t> list(std::string_view attribute,
                                 std::vector<std::int64_t> otherwise) const;
  std::int64_t whole(std::string_view attribute, std::int64_t otherwise) const;
  float real(std::string_view attribute, float otherwise) const;
  std::string_view text(std::string_view attribute, std::string_view otherwise) const;
};

// Refers to the bytes that it was made from. Constants are also those that Constant, Cast and
// Identity make of constants.
struct Graph {
  std::vector<std::string_view> inputs, outputs;  // inputs that are no constants
  std::map<std::string_view, std::shared_ptr<const Constant>> constants;
  std::vector<Operation> operations;  // each after those that it needs
};

// Throws NotUnderstood (nn/onnx_fields.hpp) for files that are damaged or unusual.
Graph read_graph(std::string_view onnx);

}  // namespace auriga::onnx
