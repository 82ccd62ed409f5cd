#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "files/sha256.hpp"
#include "models/remembered_hashes.hpp"

namespace {

// What is accepted must survive being written and read again.
void read(std::string_view text) {
  const auriga::HashTable hashes = auriga::parse_hashes(text);
  if (!hashes.empty() && auriga::parse_hashes(auriga::format_hashes(hashes)) != hashes)
    __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  read(text);
  // No mutation hits the SHA-256 of the lines, so the input serves as the lines, too.
  auriga::Sha256 hash;
  hash.update(text);
  std::string sealed = "auriga verified models 1 " + hash.hex_digest() + "\n";
  read(sealed.append(text));
  return 0;
}
