// Marks: what was read is read again from what is written of it.
#include <cstdlib>

#include "files/atomic_file.hpp"
#include "fuzz_file.hpp"
#include "tables/marks.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return auriga::fuzz::with_file(bytes, size, [](const std::filesystem::path& file) {
    const auto marks = auriga::read_marks(file);
    const std::string text = auriga::marks_csv(marks);
    auriga::write_file(file, text, auriga::Durability::crash);
    if (auriga::marks_csv(auriga::read_marks(file)) != text) std::abort();
  });
}
