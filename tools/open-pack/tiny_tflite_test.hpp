// For tests: writes small TFLite files.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace auriga::open_pack::test {

// Values as they lie in memory.
template <typename T>
std::string raw(const std::vector<T>& values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

// Half precision; exact for 0 and for numbers with at most 11 bits from 2^-14 to 2^15.
inline std::string half(const std::vector<float>& values) {
  std::vector<std::uint16_t> halves;
  for (const float value : values) {
    int exponent = 0;
    const double fraction = std::frexp(std::fabs(static_cast<double>(value)), &exponent);
    const int bits = static_cast<int>(std::ldexp(fraction, 11)) & 1023;
    const int magnitude = value == 0 ? 0 : (exponent + 14) << 10 | bits;
    halves.push_back(static_cast<std::uint16_t>((value < 0 ? 0x8000 : 0) | magnitude));
  }
  return raw(halves);
}

// A FlatBuffers table.
class Table {
 public:
  template <typename T>
  Table& scalar(int field, T value) {
    fields_[field] = Scalar{raw(std::vector<T>{value})};
    return *this;
  }
  Table& bytes(int field, const std::string& value) {
    fields_[field] = Vector{value.size(), value};
    return *this;
  }
  Table& integers(int field, const std::vector<std::int32_t>& values) {
    fields_[field] = Vector{values.size(), raw(values)};
    return *this;
  }
  Table& table(int field, const Table& value) {
    fields_[field] = Nested{{value}};
    return *this;
  }
  Table& tables(int field, std::vector<Table> values) {
    fields_[field] = std::move(values);
    return *this;
  }

  // Appends the table to a file; returns where it stands.
  std::size_t append_to(std::string& file) const {
    const auto link = [&file](std::size_t from, std::size_t to) {
      const auto offset = static_cast<std::uint32_t>(to - from);
      std::memcpy(file.data() + from, &offset, sizeof(offset));
    };
    const int count = fields_.empty() ? 0 : fields_.rbegin()->first + 1;
    std::vector<std::uint16_t> list(static_cast<std::size_t>(count) + 2);
    std::string body(4, '\0');
    for (const auto& [field, value] : fields_) {
      list[static_cast<std::size_t>(field) + 2] = static_cast<std::uint16_t>(body.size());
      const auto* scalar = std::get_if<Scalar>(&value);
      body += scalar ? scalar->raw : std::string(4, '\0');
    }
    list[0] = static_cast<std::uint16_t>(list.size() * 2);
    list[1] = static_cast<std::uint16_t>(body.size());
    const std::size_t list_at = file.size(), at = list_at + list.size() * 2;
    file += raw(list) + body;
    link(at, at + (at - list_at));  // the way back to the list

    for (const auto& [field, value] : fields_) {
      const std::size_t from = at + list[static_cast<std::size_t>(field) + 2];
      if (const auto* vector = std::get_if<Vector>(&value)) {
        link(from, file.size());
        file += raw(std::vector{static_cast<std::uint32_t>(vector->count)}) + vector->raw;
      } else if (const auto* nested = std::get_if<Nested>(&value)) {
        link(from, nested->one[0].append_to(file));
      } else if (const auto* tables = std::get_if<std::vector<Table>>(&value)) {
        const std::size_t first = file.size() + 4;
        link(from, file.size());
        file += raw(std::vector{static_cast<std::uint32_t>(tables->size())}) +
                std::string(4 * tables->size(), '\0');
        for (std::size_t i = 0; i < tables->size(); ++i)
          link(first + 4 * i, (*tables)[i].append_to(file));
      }
    }
    return at;
  }

 private:
  struct Scalar {
    std::string raw;
  };
  struct Vector {
    std::size_t count = 0;
    std::string raw;
  };
  struct Nested {
    std::vector<Table> one;
  };
  std::map<int, std::variant<Scalar, Vector, Nested, std::vector<Table>>> fields_;
};

class TinyTflite {
 public:
  // Types are TFLite's: 0 float, 1 half, 2 int32. Returns the tensor's number.
  int tensor(const std::string& name, const std::vector<std::int32_t>& shape,
             const std::string& data = "", std::int8_t type = 0) {
    Table tensor;
    tensor.integers(0, shape).scalar(1, type).bytes(3, name);
    if (!data.empty()) {
      tensor.scalar(2, static_cast<std::uint32_t>(buffers_.size()));
      buffers_.push_back(Table().bytes(0, data));
    }
    tensors_.push_back(tensor);
    return static_cast<int>(tensors_.size()) - 1;
  }

  // A constant in half precision and the operator that widens it.
  int half_constant(const std::vector<std::int32_t>& shape, const std::vector<float>& values) {
    const int stored = tensor("half", shape, half(values), 1), wide = tensor("wide", shape);
    add(6, {stored}, {wide});
    return wide;
  }

  void add(std::int32_t code, const std::vector<std::int32_t>& inputs,
           const std::vector<std::int32_t>& outputs, const Table& options = {}) {
    operators_.push_back(operator_of(Table().scalar(3, code), inputs, outputs).table(4, options));
  }
  void add_custom(const std::string& name, const std::vector<std::int32_t>& inputs,
                  const std::vector<std::int32_t>& outputs, const std::string& options = "") {
    const Table code = Table().scalar(0, std::int8_t{32}).bytes(1, name).scalar(3, 32);
    operators_.push_back(operator_of(code, inputs, outputs).bytes(5, options));
  }

  std::string model(const std::vector<std::int32_t>& inputs,
                    const std::vector<std::int32_t>& outputs) const {
    const Table graph =
        Table().tables(0, tensors_).integers(1, inputs).integers(2, outputs).tables(3, operators_);
    std::string file = std::string(4, '\0') + "TFL3";
    const auto root = static_cast<std::uint32_t>(Table()
                                                     .scalar(0, 3)
                                                     .tables(1, codes_)
                                                     .tables(2, {graph})
                                                     .tables(4, buffers_)
                                                     .append_to(file));
    std::memcpy(file.data(), &root, sizeof(root));
    return file;
  }

 private:
  Table operator_of(const Table& code, const std::vector<std::int32_t>& inputs,
                    const std::vector<std::int32_t>& outputs) {
    codes_.push_back(code);
    return Table()
        .scalar(0, static_cast<std::uint32_t>(codes_.size() - 1))
        .integers(1, inputs)
        .integers(2, outputs);
  }

  std::vector<Table> tensors_, operators_, codes_, buffers_{Table()};  // buffer 0: no data
};

// A FlexBuffers map, all of whose parts are two bytes wide. Lists of more than one number are
// typed lists of integers; 1.5 and the like are stored in single precision.
inline std::string flex_map(const std::map<std::string, std::vector<double>>& options) {
  std::string out;
  const auto put = [&out](std::size_t value) {
    out += raw(std::vector{static_cast<std::uint16_t>(value)});
  };
  const auto put_number = [&](double number) {
    put(static_cast<std::uint16_t>(static_cast<int>(number)));
  };
  const auto back_to = [&](std::size_t at) { put(out.size() - at); };
  std::vector<std::size_t> keys, values;
  std::vector<std::uint8_t> types;
  for (const auto& [key, numbers] : options) {
    keys.push_back(out.size());
    out += key + '\0';
    if (numbers.size() > 1) {
      put(numbers.size());
      values.push_back(out.size());
      for (const double number : numbers) put_number(number);
      types.push_back(11 << 2 | 1);
    } else if (numbers[0] != std::floor(numbers[0])) {
      values.push_back(out.size());
      out += raw(std::vector{static_cast<float>(numbers[0])});
      types.push_back(8 << 2 | 2);
    } else {
      values.push_back(0);
      types.push_back(1 << 2 | 1);
    }
  }
  put(keys.size());
  const std::size_t keys_at = out.size();
  for (const std::size_t key : keys) back_to(key);
  back_to(keys_at);
  put(2);
  put(values.size());
  const std::size_t values_at = out.size();
  std::size_t i = 0;
  for (const auto& [key, numbers] : options) {
    if (types[i] >> 2 == 1) {
      put_number(numbers[0]);
    } else {
      back_to(values[i]);
    }
    ++i;
  }
  out.append(types.begin(), types.end());
  back_to(values_at);
  out += static_cast<char>(9 << 2 | 1);
  out += '\2';
  return out;
}

}  // namespace auriga::open_pack::test
