#include "output/compare.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <tuple>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "auriga/error.hpp"

#include "output/csv_reader.hpp"

namespace auriga {

namespace fs = std::filesystem;

namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr std::array<std::string_view, 3> kKeyColumns = {"frame", "face_id", "face"};

bool is_key(std::string_view column) {
  return std::find(kKeyColumns.begin(), kKeyColumns.end(), column) != kKeyColumns.end();
}

bool operator<(const RowKey& a, const RowKey& b) {
  return std::tie(a.frame, a.face) < std::tie(b.frame, b.face);
}
bool operator==(const RowKey& a, const RowKey& b) {
  return std::tie(a.frame, a.face) == std::tie(b.frame, b.face);
}

std::string key_text(const RowKey& key) {
  return key.frame == 0 ? fmt::format("face {}", key.face)
                        : fmt::format("frame {} face {}", key.frame, key.face);
}

// The given columns of a table, row by row, and who each row is about.
struct Numbers {
  struct Row {
    RowKey key;
    std::size_t at;  // of its first cell in `cells`
  };
  std::vector<Row> rows;      // ascending keys
  std::vector<double> cells;  // kMissing where there is no number
  std::vector<char> is_text;  // by column
};

Numbers read_numbers(const fs::path& file, const std::vector<std::string>& names) {
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

struct Moments {
  double mean = 0, squares = 0;  // sum of squared deviations
  bool constant = true;
};

Moments moments(const std::vector<double>& values) {
  Moments result;
  for (const double value : values) result.mean += value;
  result.mean /= static_cast<double>(values.size());
  for (const double value : values) {
    result.squares += (value - result.mean) * (value - result.mean);
    result.constant = result.constant && value == values.front();
  }
  return result;
}

void compare_values(const std::vector<double>& a, const std::vector<double>& b,
                    ColumnComparison& column) {
  column.n = a.size();
  if (a.empty()) return;
  const Moments of_a = moments(a), of_b = moments(b);
  column.constant_a = of_a.constant;
  column.constant_b = of_b.constant;
  const auto n = static_cast<double>(a.size());
  double products = 0, equal = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = std::abs(a[i] - b[i]);
    column.mean_abs_difference += difference / n;
    column.max_abs_difference = std::max(column.max_abs_difference, difference);
    products += (a[i] - of_a.mean) * (b[i] - of_b.mean);
    if (a[i] == b[i]) equal += 1;
  }
  const double norm = std::sqrt(of_a.squares) * std::sqrt(of_b.squares);
  // Squares of tiny or huge deviations may leave the range of a double.
  if (!of_a.constant && !of_b.constant && norm > 0 && std::isfinite(norm))
    column.pearson_r = std::clamp(products / norm, -1.0, 1.0);
  if (column.name == "success" || column.name.ends_with("_c")) column.class_agreement = equal / n;
}

std::vector<std::string> verdict(const Comparison& result) {
  std::vector<std::string> failures;
  if (!result.tolerance) return failures;
  if (result.rows_matched == 0) failures.push_back("no row is in both tables");
  if (result.columns.empty()) failures.push_back("no numeric column is in both tables");
  if (!result.rows_only_a.empty())
    failures.push_back(fmt::format("{} rows are only in A, the first: {}",
                                   result.rows_only_a.size(),
                                   key_text(result.rows_only_a.front())));
  if (!result.rows_only_b.empty())
    failures.push_back(fmt::format("{} rows are only in B, the first: {}",
                                   result.rows_only_b.size(),
                                   key_text(result.rows_only_b.front())));
  for (const ColumnComparison& column : result.columns) {
    if (column.only_one != 0)
      failures.push_back(
          fmt::format("{}: {} rows have a number in one table only", column.name, column.only_one));
    if (!(column.max_abs_difference <= *result.tolerance))
      failures.push_back(fmt::format("{}: largest difference {:.6g}, allowed {:.6g}", column.name,
                                     column.max_abs_difference, *result.tolerance));
  }
  return failures;
}

}  // namespace

Comparison compare_tables(const fs::path& a, const fs::path& b, const CompareOptions& options) {
  Comparison result;
  result.file_a = a;
  result.file_b = b;
  result.tolerance = options.tolerance;

  std::vector<std::string> common;
  {
    const CsvReader table_a(a), table_b(b);
    for (const std::string& name : table_a.columns()) {
      if (name.empty() || is_key(name)) continue;
      (table_b.find(name) ? common : result.columns_only_a).push_back(name);
    }
    for (const std::string& name : table_b.columns())
      if (!name.empty() && !is_key(name) && !table_a.find(name))
        result.columns_only_b.push_back(name);
  }

  const Numbers in_a = read_numbers(a, common), in_b = read_numbers(b, common);
  result.rows_a = in_a.rows.size();
  result.rows_b = in_b.rows.size();
  std::vector<std::pair<std::size_t, std::size_t>> matched;  // first cells
  auto row_a = in_a.rows.begin(), row_b = in_b.rows.begin();
  while (row_a != in_a.rows.end() || row_b != in_b.rows.end()) {
    if (row_b == in_b.rows.end() || (row_a != in_a.rows.end() && row_a->key < row_b->key)) {
      result.rows_only_a.push_back((row_a++)->key);
    } else if (row_a == in_a.rows.end() || row_b->key < row_a->key) {
      result.rows_only_b.push_back((row_b++)->key);
    } else {
      matched.emplace_back((row_a++)->at, (row_b++)->at);
    }
  }
  result.rows_matched = matched.size();

  std::vector<double> values_a, values_b;
  for (std::size_t i = 0; i < common.size(); ++i) {
    if (in_a.is_text[i] != 0 || in_b.is_text[i] != 0) {
      result.columns_of_text.push_back(common[i]);
      continue;
    }
    ColumnComparison column;
    column.name = common[i];
    values_a.clear();
    values_b.clear();
    for (const auto& [at_a, at_b] : matched) {
      const double value_a = in_a.cells[at_a + i], value_b = in_b.cells[at_b + i];
      if (std::isnan(value_a) != std::isnan(value_b)) ++column.only_one;
      if (std::isnan(value_a) || std::isnan(value_b)) continue;
      values_a.push_back(value_a);
      values_b.push_back(value_b);
    }
    compare_values(values_a, values_b, column);
    result.columns.push_back(std::move(column));
  }
  result.failures = verdict(result);
  return result;
}

std::string comparison_text(const Comparison& comparison) {
  std::string text;
  const auto out = std::back_inserter(text);
  fmt::format_to(out, "A {} ({} rows)\nB {} ({} rows)\n", comparison.file_a.string(),
                 comparison.rows_a, comparison.file_b.string(), comparison.rows_b);
  fmt::format_to(out, "{} rows in both, {} only in A, {} only in B\n\n", comparison.rows_matched,
                 comparison.rows_only_a.size(), comparison.rows_only_b.size());
  fmt::format_to(out, "{:<14} {:>8} {:>9} {:>12} {:>12} {:>8}\n", "column", "n", "r", "mean |A-B|",
                 "max |A-B|", "equal");
  for (const ColumnComparison& column : comparison.columns) {
    const bool constant = column.n > 0 && (column.constant_a || column.constant_b);
    const std::string r = column.pearson_r ? fmt::format("{:.5f}", *column.pearson_r)
                                           : std::string(constant ? "constant" : "-");
    const std::string equal =
        column.class_agreement ? fmt::format("{:.2f} %", 100 * *column.class_agreement) : "";
    std::string line =
        fmt::format("{:<14} {:>8} {:>9} {:>12.6g} {:>12.6g} {:>8}", column.name, column.n, r,
                    column.mean_abs_difference, column.max_abs_difference, equal);
    line.erase(line.find_last_not_of(' ') + 1);
    if (column.only_one != 0) line += fmt::format("  {} missing in one table", column.only_one);
    text += line + '\n';
  }
  const auto list = [&](const char* label, const std::vector<std::string>& names) {
    if (!names.empty()) fmt::format_to(out, "\n{}: {}\n", label, fmt::join(names, ", "));
  };
  list("Columns only in A", comparison.columns_only_a);
  list("Columns only in B", comparison.columns_only_b);
  list("Columns of text, not compared", comparison.columns_of_text);
  if (!comparison.tolerance) return text;
  if (comparison.agree()) {
    fmt::format_to(out, "\nThe tables agree within {:.6g}.\n", *comparison.tolerance);
  } else {
    fmt::format_to(out, "\nThe tables do not agree within {:.6g}:\n  {}\n", *comparison.tolerance,
                   fmt::join(comparison.failures, "\n  "));
  }
  return text;
}

std::string comparison_json(const Comparison& comparison) {
  using Json = nlohmann::ordered_json;
  const auto optional = [](const std::optional<double>& value) {
    return value ? Json(*value) : Json(nullptr);
  };
  const auto rows = [](const std::vector<RowKey>& keys) {
    Json list = Json::array();
    for (const RowKey& key : keys) list.push_back({{"frame", key.frame}, {"face", key.face}});
    return list;
  };
  Json columns = Json::array();
  for (const ColumnComparison& column : comparison.columns)
    columns.push_back({{"name", column.name},
                       {"n", column.n},
                       {"only_one", column.only_one},
                       {"constant_a", column.constant_a},
                       {"constant_b", column.constant_b},
                       {"pearson_r", optional(column.pearson_r)},
                       {"mean_abs_difference", column.mean_abs_difference},
                       {"max_abs_difference", column.max_abs_difference},
                       {"class_agreement", optional(column.class_agreement)}});
  const Json json = {
      {"a", comparison.file_a.string()},
      {"b", comparison.file_b.string()},
      {"rows_a", comparison.rows_a},
      {"rows_b", comparison.rows_b},
      {"rows_matched", comparison.rows_matched},
      {"rows_only_a", rows(comparison.rows_only_a)},
      {"rows_only_b", rows(comparison.rows_only_b)},
      {"columns", columns},
      {"columns_only_a", comparison.columns_only_a},
      {"columns_only_b", comparison.columns_only_b},
      {"columns_of_text", comparison.columns_of_text},
      {"tolerance", optional(comparison.tolerance)},
      {"agree", comparison.tolerance ? Json(comparison.agree()) : Json(nullptr)},
      {"failures", comparison.failures},
  };
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace auriga
