#include "flex_map.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "refuse.hpp"

namespace auriga::open_pack {
namespace {

enum Type : unsigned {
  kInteger = 1,
  kUnsigned = 2,
  kFloat = 3,
  kIndirectInteger = 6,
  kIndirectFloat = 8,
  kMap = 9,
  kVector = 10,  // each element with its own type
  kIntegers = 11,
  kFloats = 13,
};

constexpr std::size_t kMostKeys = 64;

// A value is packed in a byte: its type, and the width in bytes of what it points to.
unsigned type_of(std::uint8_t packed) { return packed >> 2; }
std::size_t width_of(std::uint8_t packed) { return std::size_t{1} << (packed & 3); }

class Reader {
 public:
  Reader(const std::string& file, std::string_view bytes) : file_(file), bytes_(bytes) {}

  std::map<std::string, std::vector<double>> read() const {
    // The file ends with the root value, its packed type and its width.
    if (bytes_.size() < 3) fail(std::to_string(bytes_.size()) + " bytes");
    const std::size_t root_width = byte(bytes_.size() - 1);
    const std::uint8_t packed = byte(bytes_.size() - 2);
    if (type_of(packed) != kMap) fail("type " + std::to_string(type_of(packed)));
    const std::size_t values = follow(minus(bytes_.size() - 2, root_width), root_width);

    // Before the values stand: where the keys are, their width, the number of values.
    const std::size_t width = width_of(packed);
    const std::size_t count = whole(minus(values, width), width);
    const std::size_t keys = follow(minus(values, 3 * width), width);
    const std::size_t key_width = whole(minus(values, 2 * width), width);
    if (count > kMostKeys) fail(std::to_string(count) + " options");
    std::map<std::string, std::vector<double>> out;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t key = follow(keys + i * key_width, key_width);
      const std::size_t end = bytes_.find('\0', key);
      if (end == std::string_view::npos) fail("a name without an end");
      out[std::string(bytes_.substr(key, end - key))] =
          numbers(values + i * width, width, byte(values + count * width + i));
    }
    return out;
  }

 private:
  [[noreturn]] void fail(const std::string& found) const {
    refuse(file_, "a custom operator whose options are a FlexBuffers map of numbers", found);
  }

  std::size_t minus(std::size_t at, std::size_t by) const {
    if (by > at) fail("a position before its first byte");
    return at - by;
  }

  template <typename T>
  T number(std::size_t at) const {
    if (at > bytes_.size() || sizeof(T) > bytes_.size() - at)
      fail("a position after its last byte");
    T value;
    std::memcpy(&value, bytes_.data() + at, sizeof(T));
    return value;
  }
  std::uint8_t byte(std::size_t at) const { return number<std::uint8_t>(at); }

  // A size or an offset.
  std::size_t whole(std::size_t at, std::size_t width) const {
    switch (width) {
      case 1:
        return number<std::uint8_t>(at);
      case 2:
        return number<std::uint16_t>(at);
      case 4:
        return number<std::uint32_t>(at);
      default:
        fail("a size " + std::to_string(width) + " bytes wide");
    }
  }

  std::size_t follow(std::size_t at, std::size_t width) const {
    return minus(at, whole(at, width));
  }

  double scalar(std::size_t at, std::size_t width, unsigned type) const {
    if (type == kUnsigned) return static_cast<double>(whole(at, width));
    if (type == kInteger && width == 1) return number<std::int8_t>(at);
    if (type == kInteger && width == 2) return number<std::int16_t>(at);
    if (type == kInteger && width == 4) return number<std::int32_t>(at);
    if (type == kFloat && width == 4) return static_cast<double>(number<float>(at));
    if (type == kFloat && width == 8) return number<double>(at);
    fail("a value of type " + std::to_string(type) + ", " + std::to_string(width) + " bytes wide");
  }

  // The value at `at`, `width` bytes wide.
  std::vector<double> numbers(std::size_t at, std::size_t width, std::uint8_t packed) const {
    const unsigned type = type_of(packed);
    if (type <= kFloat) return {scalar(at, width, type)};
    const std::size_t target = follow(at, width), inner = width_of(packed);
    if (type >= kIndirectInteger && type <= kIndirectFloat)
      return {scalar(target, inner, type - kIndirectInteger + kInteger)};
    if (type != kVector && (type < kIntegers || type > kFloats))
      fail("a value of type " + std::to_string(type));
    const std::size_t count = whole(minus(target, inner), inner);
    if (count > bytes_.size()) fail("a list of " + std::to_string(count) + " numbers");
    std::vector<double> out;
    for (std::size_t i = 0; i < count; ++i) {
      const unsigned element =
          type == kVector ? type_of(byte(target + count * inner + i)) : type - kIntegers + kInteger;
      out.push_back(scalar(target + i * inner, inner, element));
    }
    return out;
  }

  const std::string& file_;
  std::string_view bytes_;
};

}  // namespace

std::map<std::string, std::vector<double>> read_flex_map(const std::string& file,
                                                         std::string_view bytes) {
  return Reader(file, bytes).read();
}

}  // namespace auriga::open_pack
