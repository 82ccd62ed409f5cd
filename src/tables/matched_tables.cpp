#include "tables/matched_tables.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

#include "auriga/error.hpp"

#include "tables/csv_reader.hpp"

namespace auriga {

namespace fs = std::filesystem;

namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr std::array<std::string_view, 3> kKeyColumns = {"frame", "face_id", "face"};

bool is_key(std::string_view column) {
  return std::find(kKeyColumns.begin(), kKeyColumns.end(), column) != kKeyColumns.end();
}

}  // namespace

std::string key_text(const RowKey& key) {
  return key.frame == 0 ? fmt::format("face {}", key.face)
                        : fmt::format("frame {} face {}", key.frame, key.face);
}

MatchedTables::Numbers MatchedTables::read(const fs::path& file,
                                           const std::vector<std::string>& names) {
  CsvReader table(file);
  const auto frame = table.find("frame");
  auto face = table.find("face_id");
  if (!face) face = table.find("face");
  if (!frame && !face)
    throw Error(ErrorCode::input,
                fmt::format("{}: expected a column frame or face to match the rows "
                            "by, found neither; is this a table of results?",
                            file.string()));
  std::vector<std::size_t> columns;
  for (const std::string& name : names) columns.push_back(table.find(name).value());

  Numbers numbers;
  numbers.is_text.assign(names.size(), 0);
  std::vector<char> known(names.size(), 0);  // whether the column has shown a cell
  while (table.next()) {
    const RowKey key{frame ? table.integer(*frame) : 0, face ? table.integer(*face) : 0};
    if (frame && key.frame < 0) table.fail(*frame, "the number of a frame, 0 or more");
    numbers.rows.push_back({key, numbers.cells.size()});
    for (std::size_t i = 0; i < columns.size(); ++i) {
      double value = kMissing;
      if (!table.missing(columns[i])) {
        if (known[i] == 0) numbers.is_text[i] = table.is_number(columns[i]) ? 0 : 1;
        known[i] = 1;
        if (numbers.is_text[i] == 0) value = *table.number(columns[i]);
      }
      numbers.cells.push_back(value);
    }
  }

  const auto& header = table.columns();
  const bool pyfaceau = header.size() >= 3 && header[0] == "frame" && header[1] == "timestamp" &&
                        header[2] == "success";
  const auto from_zero = [](const Numbers::Row& row) { return row.key.frame == 0; };
  if (frame && (pyfaceau || std::any_of(numbers.rows.begin(), numbers.rows.end(), from_zero)))
    for (Numbers::Row& row : numbers.rows) ++row.key.frame;

  std::sort(numbers.rows.begin(), numbers.rows.end(),
            [](const auto& a, const auto& b) { return a.key < b.key; });
  const auto twice =
      std::adjacent_find(numbers.rows.begin(), numbers.rows.end(),
                         [](const auto& a, const auto& b) { return a.key == b.key; });
  if (twice != numbers.rows.end())
    throw Error(ErrorCode::input,
                fmt::format("{}: {} appears twice (frames counted from 1), expected one row each; "
                            "remove one of them",
                            file.string(), key_text(twice->key)));
  return numbers;
}

MatchedTables::MatchedTables(const fs::path& a, const fs::path& b) {
  {
    const CsvReader table_a(a), table_b(b);
    for (const std::string& name : table_a.columns()) {
      if (name.empty() || is_key(name)) continue;
      (table_b.find(name) ? columns_ : columns_only_a_).push_back(name);
    }
    for (const std::string& name : table_b.columns())
      if (!name.empty() && !is_key(name) && !table_a.find(name)) columns_only_b_.push_back(name);
  }

  a_ = read(a, columns_);
  b_ = read(b, columns_);
  auto row_a = a_.rows.begin(), row_b = b_.rows.begin();
  while (row_a != a_.rows.end() || row_b != b_.rows.end()) {
    if (row_b == b_.rows.end() || (row_a != a_.rows.end() && row_a->key < row_b->key)) {
      rows_only_a_.push_back((row_a++)->key);
    } else if (row_a == a_.rows.end() || row_b->key < row_a->key) {
      rows_only_b_.push_back((row_b++)->key);
    } else {
      matched_.emplace_back((row_a++)->at, (row_b++)->at);
    }
  }
}

std::optional<std::size_t> MatchedTables::find(std::string_view column) const {
  const auto found = std::find(columns_.begin(), columns_.end(), column);
  if (found == columns_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns_.begin());
}

bool MatchedTables::is_text(std::size_t column) const {
  return a_.is_text[column] != 0 || b_.is_text[column] != 0;
}

}  // namespace auriga
