// Marks as the page of the viewer sends them: what is accepted can be written, and read again.
#include <string>

#include "fuzz_file.hpp"
#include "fuzz_folder.hpp"
#include "tables/marks.hpp"
#include "viewer/marks_store.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace auriga;
  const std::optional<Json> body = Json::parse(fuzz::text(bytes, size));
  if (!body) return 0;
  std::vector<Mark> marks;
  try {
    marks = marks_of_json(*body);
  } catch (const Error&) {
    return 0;
  }
  if (marks.empty()) return 0;
  for (const Mark& mark : marks) json_of(mark).text();
  const std::string csv = marks_csv(marks);
  std::string again;
  fuzz::with_file(reinterpret_cast<const std::uint8_t*>(csv.data()), csv.size(),
                  [&](const auto& file) { again = marks_csv(read_marks(file)); });
  if (again != csv) __builtin_trap();
  return 0;
}
