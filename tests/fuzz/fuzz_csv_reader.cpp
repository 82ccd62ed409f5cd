// Any table, cell by cell: the same whether it is compressed or not, and when it is read again from
// a row on.
#include <string>
#include <vector>

#include "files/gzip.hpp"
#include "fuzz_file.hpp"
#include "tables/csv_reader.hpp"

namespace {

using auriga::CsvReader;
using auriga::fuzz::with_file;

// What there is to know of the current row.
std::string told(const CsvReader& table) {
  std::string all = std::to_string(table.line()) + (table.empty_row() ? "e" : "r");
  for (std::size_t i = 0; i < table.columns().size(); ++i) {
    all.append("\x1f").append(table.text(i));
    if (table.missing(i)) continue;
    try {
      const auto number = table.number(i);
      if (number.has_value() != table.is_number(i)) __builtin_trap();
      all += std::to_string(*number);
      all += std::to_string(table.integer(i));
    } catch (const auriga::Error&) {
      all += "?";
    }
  }
  return all;
}

struct Told {
  std::vector<std::string> rows;
  bool whole = false;
};

void read(const std::filesystem::path& file, Told& all) {
  CsvReader table(file, {"file"});
  for (const std::string& name : table.columns())
    if (!name.empty() && !table.find(name)) __builtin_trap();
  std::uint64_t position = 0;
  std::size_t line = 0, second = 0;
  while (table.next()) {
    if (table.end_position() < table.position()) __builtin_trap();
    all.rows.push_back(told(table));
    if (all.rows.size() == 2) {
      position = table.position();
      line = table.line();
      second = 1;
    }
  }
  all.whole = true;
  if (second == 0) return;
  table.go_to(position, line);
  for (std::size_t i = second; i < all.rows.size(); ++i)
    if (!table.next() || told(table) != all.rows[i]) __builtin_trap();
  if (table.next()) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  Told plain, unpacked;
  with_file(bytes, size, [&](const auto& file) { read(file, plain); });
  // What looks compressed is so itself.
  if (size >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b) return 0;
  auriga::Gzip gzip;
  std::string packed(gzip.add({reinterpret_cast<const char*>(bytes), size}));
  packed += gzip.finish();
  with_file(reinterpret_cast<const std::uint8_t*>(packed.data()), packed.size(),
            [&](const auto& file) { read(file, unpacked); });
  if (plain.rows != unpacked.rows || plain.whole != unpacked.whole) __builtin_trap();
  return 0;
}
