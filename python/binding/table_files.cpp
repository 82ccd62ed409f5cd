#include "table_files.hpp"

#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include "file_text.hpp"
#include "files/columns.hpp"
#include "files/manifest.hpp"
#include "host.hpp"
#include "table.hpp"
#include "tables/comparison.hpp"
#include "tables/marks.hpp"
#include "tables/row_reader.hpp"
#include "tables/summary.hpp"

namespace auriga::python {
namespace {

namespace nb = nanobind;

// The type of each column: its name or, where that tells nothing, its cells.
std::vector<ColumnType> types_of(const std::string& file) {
  CsvReader table(file);
  std::vector<ColumnType> types(table.columns().size(), ColumnType::real);
  for (std::size_t i = 0; i < types.size(); ++i) {
    const std::string& name = table.columns()[i];
    if (name == kFrameColumn || name == kFaceIdColumn || name == kFaceColumn)
      types[i] = ColumnType::whole;
    else if (name == kSuccessColumn)
      types[i] = ColumnType::truth;
    else if (name == kFileColumn)
      types[i] = ColumnType::text;
  }
  while (table.next())
    for (std::size_t i = 0; i < types.size(); ++i)
      if (types[i] == ColumnType::real && !table.missing(i) && !table.is_number(i) &&
          !group_of_column(table.columns()[i]))
        types[i] = ColumnType::text;
  return types;
}

Table read(const std::string& file) {
  const std::vector<ColumnType> types = types_of(file);
  CsvReader table(file);
  Columns columns;
  std::vector<std::size_t> at;
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (names_rows(table.columns()[i])) continue;
    columns.add(table.columns()[i], types[i]);
    at.push_back(i);
  }
  std::size_t rows = 0;
  const bool has_frames = table.find(kFrameColumn).has_value();
  while (table.next()) {
    if (has_frames && table.empty_row()) continue;
    ++rows;
    for (std::size_t i = 0; i < columns.size(); ++i) switch (columns.types[i]) {
        case ColumnType::whole:
          columns.whole[i].push_back(table.integer(at[i]));
          break;
        case ColumnType::truth: {
          const std::optional<double> value = table.number(at[i]);
          columns.truth[i].push_back(value && *value > 0.5 ? 1 : 0);
          break;
        }
        case ColumnType::text:
          columns.text[i].emplace_back(table.text(at[i]));
          break;
        default:
          columns.real[i].push_back(table.number(at[i]).value_or(std::nan("")));
      }
  }
  return table_of(std::move(columns), rows);
}

}  // namespace

void bind_table_files(nb::module_& module) {
  const auto release = nb::call_guard<Released>();
  module.def(
      "read_table", [](const FileText& file) { return read(file); }, release);
  module.def(
      "summary_json",
      [](const FileText& file, const FileText& truth, bool marks) {
        AuTable table = read_au_table(file.path());
        if (marks) exclude(table, Excluded(marks_of(file.path())));
        if (!truth.empty()) add_truth(table, truth.path());
        return summary_json(table, estimator_of(file.path()));
      },
      release);
  module.def(
      "compare_json",
      [](const FileText& a, const FileText& b, std::optional<double> tolerance, bool marks) {
        return comparison_json(compare_tables(a.path(), b.path(), {tolerance, marks}));
      },
      nb::arg("a"), nb::arg("b"), nb::arg("tolerance").none(), nb::arg("marks"), release);
}

}  // namespace auriga::python
