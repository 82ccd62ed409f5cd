// Writer of ONNX files.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace auriga::open_pack {

using Shape = std::vector<std::int64_t>;

// Nodes are added in the order in which they run. One thread at a time.
class OnnxGraph {
 public:
  enum class Element { float32 = 1, int64 = 7, float16 = 10 };  // ONNX's numbers
  using Attribute =
      std::pair<std::string, std::variant<std::int64_t, std::vector<std::int64_t>, std::string>>;

  // Both float32.
  void input(const std::string& name, const Shape& shape);
  void output(const std::string& name, const Shape& shape);

  // `raw`: the values, little-endian, row-major.
  void constant(const std::string& name, Element element, const Shape& shape, std::string_view raw);

  void node(const std::string& operation, const std::vector<std::string>& inputs,
            const std::string& output, const std::vector<Attribute>& attributes = {});

  // Of what has been added so far.
  std::size_t size() const { return graph_.size(); }

  // The file. `note`: what a reader of the file should know, e.g. where it is from.
  std::string model(std::string_view note) const;

 private:
  std::string graph_;
};

}  // namespace auriga::open_pack
