// A ZIP file that is said to hold models: every entry of a size that is asked for is read.
#include <string>

#include "fuzz_file.hpp"
#include "packs/pack_collection.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using auriga::app::open_collection;
  constexpr std::uintmax_t kMost = 3000;
  return auriga::fuzz::with_file(bytes, size, [](const auto& file) {
    const auto collection = open_collection(file, {1, 7, 100, 1000}, kMost);
    std::uintmax_t all = 0;
    for (std::size_t i = 0; i < collection->entries().size(); ++i) {
      const auto& entry = collection->entries()[i];
      if (entry.name.find_first_of("/\\") != std::string::npos) __builtin_trap();
      std::uintmax_t read = 0;
      try {
        collection->read(i, [&](std::string_view piece) { read += piece.size(); });
        if (read != entry.size) __builtin_trap();
      } catch (const auriga::Error&) {
      }
      all += read;
      if (read > entry.size || all > kMost) __builtin_trap();
    }
  });
}
