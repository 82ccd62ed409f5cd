// Marks: what was read is read again from what is written of it.
#include <cstdlib>
#include <string>

#include "fuzz_file.hpp"
#include "tables/marks.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using auriga::fuzz::with_file;
  std::string text;
  with_file(bytes, size, [&](const std::filesystem::path& file) {
    text = auriga::marks_csv(auriga::read_marks(file));
  });
  if (text.empty()) return 0;
  std::string again;
  with_file(reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
            [&](const std::filesystem::path& file) {
              again = auriga::marks_csv(auriga::read_marks(file));
            });
  if (again != text) std::abort();
  return 0;
}
