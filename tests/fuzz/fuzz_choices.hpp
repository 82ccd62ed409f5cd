// For fuzz targets that make up a case: the input as a row of choices.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>

namespace auriga::fuzz {

// Bytes from the front, zeros after the last.
class Choices {
 public:
  Choices(const std::uint8_t* bytes, std::size_t size) : bytes_(bytes), size_(size) {}

  bool any() const { return at_ < size_; }

  template <typename T>
  T raw() {
    T value{};
    std::uint8_t got[sizeof(T)] = {};
    for (std::uint8_t& byte : got)
      if (at_ < size_) byte = bytes_[at_++];
    std::memcpy(&value, got, sizeof value);
    return value;
  }

  bool flag() { return (raw<std::uint8_t>() & 1) != 0; }

  // From `least` to `most`, both included.
  int number(int least, int most) {
    const auto range = static_cast<std::uint32_t>(most - least) + 1;
    const std::uint32_t value = range <= 256 ? raw<std::uint8_t>() : raw<std::uint16_t>();
    return least + static_cast<int>(value % range);
  }

  template <typename T, std::size_t N>
  T one_of(const T (&values)[N]) {
    return values[number(0, static_cast<int>(N) - 1)];
  }

  // A float from `least` to `most`.
  float real(float least, float most) {
    return least + (most - least) * static_cast<float>(raw<std::uint16_t>()) / 65535.0f;
  }

  // For what needs many numbers.
  std::mt19937 random() { return std::mt19937(raw<std::uint32_t>()); }

 private:
  const std::uint8_t* bytes_;
  std::size_t size_, at_ = 0;
};

}  // namespace auriga::fuzz
