#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "media/frame_index.hpp"
#include "media/picture_hash.hpp"

namespace {

// What is accepted must survive being written and read again.
void read(std::string_view text) {
  const std::optional<auriga::FrameIndex> index = auriga::parse_index(text);
  if (index && auriga::format_index(*index) != text) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  read(text);
  // No mutation hits the hash of what follows, so the input serves as that, too.
  auriga::ContentHash hash;
  hash.add({bytes, size});
  std::string sealed = "auriga frame index 1\n";
  for (int i = 0; i < 8; ++i) sealed += static_cast<char>(hash.value() >> (8 * i));
  read(sealed.append(text));
  return 0;
}
