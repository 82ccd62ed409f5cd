#include "tables/matched_tables.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <map>

#include <fmt/core.h>

#include "auriga/error.hpp"

#include "files/columns.hpp"
#include "tables/frame_times.hpp"
#include "tables/row_reader.hpp"

namespace auriga {

namespace fs = std::filesystem;

namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr std::array<std::string_view, 3> kKeyColumns = {kFrameColumn, kFaceIdColumn, kFaceColumn};

bool is_key(std::string_view column) {
  return names_rows(column) ||
         std::find(kKeyColumns.begin(), kKeyColumns.end(), column) != kKeyColumns.end();
}

}  // namespace

std::string key_text(const RowKey& key) {
  return fmt::format("frame {} face {}", key.frame, key.face);
}

MatchedTables::Numbers MatchedTables::read(RowReader& table, const std::vector<std::string>& names,
                                           const Excluded& excluded) {
  if (!table.frame_column() && !table.face_column())
    throw Error(ErrorCode::input,
                fmt::format("{}: expected a column frame or face to match the rows "
                            "by, found neither; is this a table of results?",
                            table.file().string()));
  std::vector<std::size_t> columns;
  for (const std::string& name : names) columns.push_back(table.find(name).value());

  Numbers numbers;
  numbers.is_text.assign(names.size(), 0);
  std::vector<char> known(names.size(), 0);  // whether the column has shown a cell
  const std::optional<std::size_t> time = table.find(kTimestampColumn);
  std::map<RowKey, double> times;
  while (table.next()) {
    numbers.rows.push_back({{table.frame(), table.face()}, numbers.cells.size()});
    if (!excluded.none())
      times[numbers.rows.back().key] = time ? table.number(*time).value_or(kMissing) : kMissing;
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

  if (table.from_zero())
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
                            table.file().string(), key_text(twice->key)));
  FrameTimes told;
  for (const auto& [key, seconds] : times) told.add(key.face, key.frame, seconds);
  for (const auto& [key, seconds] : times) {
    const std::int64_t frame = key.frame + (table.from_zero() ? 1 : 0);
    if (excluded.contains(frame, told.told() ? seconds : kMissing)) numbers.excluded.insert(frame);
  }
  return numbers;
}

MatchedTables::MatchedTables(const fs::path& a, const fs::path& b, const Excluded& excluded_a,
                             const Excluded& excluded_b) {
  RowReader table_a(a), table_b(b);
  for (const std::string& name : table_a.columns()) {
    if (is_key(name)) continue;
    (table_b.find(name) ? columns_ : columns_only_a_).push_back(name);
  }
  for (const std::string& name : table_b.columns())
    if (!is_key(name) && !table_a.find(name)) columns_only_b_.push_back(name);

  a_ = read(table_a, columns_, excluded_a);
  b_ = read(table_b, columns_, excluded_b);
  const auto left_out = [&](const Numbers::Row& row) {
    return a_.excluded.contains(row.key.frame) || b_.excluded.contains(row.key.frame);
  };
  auto row_a = a_.rows.begin(), row_b = b_.rows.begin();
  while (row_a != a_.rows.end() || row_b != b_.rows.end()) {
    if (row_a != a_.rows.end() && left_out(*row_a)) {
      ++row_a;
    } else if (row_b != b_.rows.end() && left_out(*row_b)) {
      ++row_b;
    } else if (row_b == b_.rows.end() || (row_a != a_.rows.end() && row_a->key < row_b->key)) {
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
