// Tables, whose form the reader finds out: everything that is made of them.
#include "fuzz_file.hpp"
#include "tables/comparison.hpp"
#include "tables/landmarks_csv.hpp"
#include "tables/summary.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using auriga::fuzz::with_file;
  with_file(bytes, size, [](const std::filesystem::path& file) { auriga::LandmarksCsv{file}; });
  with_file(bytes, size, [](const std::filesystem::path& file) {
    const auriga::AuTable table = auriga::read_au_table(file, true);
    auriga::summary_text(table, "");
  });
  return with_file(bytes, size, [](const std::filesystem::path& file) {
    auriga::comparison_text(auriga::compare_tables(file, file));
  });
}
