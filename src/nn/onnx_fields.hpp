// The messages of an ONNX file: protocol buffers, field by field.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace auriga::onnx {

// The file is not what the reader understands; never leaves this folder.
struct NotUnderstood {};

inline void require(bool condition) {
  if (!condition) throw NotUnderstood{};
}

// A message is a list of fields, each a number with an integer, bytes or a fixed-size value.
enum Wire : std::uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

struct Field {
  std::uint32_t number = 0, wire = 0;
  std::uint64_t integer = 0;  // of kVarint
  std::string_view bytes;     // of all others
  std::string_view whole;     // with its tag
};

inline std::uint64_t take_varint(std::string_view& rest) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    require(!rest.empty());
    const auto byte = static_cast<std::uint8_t>(rest[0]);
    rest.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 127) << shift;
    if (byte < 128) return value;
  }
  throw NotUnderstood{};
}

inline std::vector<Field> fields_of(std::string_view message) {
  std::vector<Field> fields;
  while (!message.empty()) {
    const std::string_view start = message;
    Field field;
    const std::uint64_t tag = take_varint(message);
    field.number = static_cast<std::uint32_t>(tag >> 3);
    field.wire = static_cast<std::uint32_t>(tag & 7);
    if (field.wire == kVarint) {
      field.integer = take_varint(message);
    } else {
      require(field.wire == kBytes || field.wire == kFixed32 || field.wire == kFixed64);
      const std::uint64_t size = field.wire == kBytes     ? take_varint(message)
                                 : field.wire == kFixed32 ? 4
                                                          : 8;
      require(size <= message.size());
      field.bytes = message.substr(0, static_cast<std::size_t>(size));
      message.remove_prefix(static_cast<std::size_t>(size));
    }
    field.whole = start.substr(0, start.size() - message.size());
    fields.push_back(field);
  }
  return fields;
}

inline void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 128; value >>= 7) out += static_cast<char>(value | 128);
  out += static_cast<char>(value);
}

inline void put_integer(std::string& out, std::uint32_t number, std::uint64_t value) {
  put_varint(out, number << 3 | kVarint);
  put_varint(out, value);
}

inline void put_bytes(std::string& out, std::uint32_t number, std::string_view bytes) {
  put_varint(out, number << 3 | kBytes);
  put_varint(out, bytes.size());
  out += bytes;
}

// Field numbers of the messages in use.
namespace model_field {
enum { kGraph = 7, kOperators = 8 };
}
namespace operators_field {
enum { kDomain = 1, kVersion = 2 };
}
namespace graph_field {
enum { kNode = 1, kInitializer = 5, kInput = 11, kOutput = 12, kValueInfo = 13 };
}
namespace node_field {
enum { kInput = 1, kOutput = 2, kOperator = 4, kAttribute = 5 };
}
namespace attribute_field {
enum { kName = 1, kReal = 2, kInteger = 3, kText = 4, kTensor = 5, kIntegers = 8, kType = 20 };
}
// Types of attributes.
constexpr std::uint64_t kWholeAttribute = 2;
namespace tensor_field {
enum { kDimension = 1, kType = 2, kName = 8, kRaw = 9 };
constexpr std::uint64_t kFloat = 1, kInt64 = 7, kHalf = 10;
}  // namespace tensor_field
namespace value_field {
enum { kName = 1 };
}

}  // namespace auriga::onnx
