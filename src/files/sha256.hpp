// SHA-256 (FIPS 180-4), to recognise and verify model files.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace auriga {

// Incremental hash. Not thread-safe; allocates nothing.
class Sha256 {
 public:
  void update(std::string_view bytes);
  // 64 lower-case hexadecimal digits. Call once, after the last update.
  std::string hex_digest();

 private:
  void block(const std::uint8_t* bytes);

  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::uint8_t, 64> pending_{};
  std::size_t pending_size_ = 0;
  std::uint64_t total_ = 0;
};

// Hash of a file's content. Throws Error(input) when it cannot be read.
std::string sha256_of_file(const std::filesystem::path& file);

}  // namespace auriga
