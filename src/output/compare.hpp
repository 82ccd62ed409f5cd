// How far two tables of results agree, column by column: `auriga compare A.csv B.csv`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace auriga {

struct CompareOptions {
  // Largest absolute difference that a cell of any common numeric column may have. Not given: no
  // verdict.
  std::optional<double> tolerance;
};

struct ColumnComparison {
  std::string name;
  std::size_t n = 0;                                       // rows with a number in both tables
  std::size_t only_one = 0;                                // rows with a number in one of them
  bool constant_a = false, constant_b = false;             // over the n rows
  std::optional<double> pearson_r;                         // where n >= 2 and neither is constant
  double mean_abs_difference = 0, max_abs_difference = 0;  // 0 where n = 0
  // Share of equal cells, 0..1, of columns of classes: `success` and those that end in `_c`.
  std::optional<double> class_agreement;
};

struct RowKey {
  std::int64_t frame = 0, face = 0;  // frames from 1; 0 for tables of pictures
};

struct Comparison {
  std::filesystem::path file_a, file_b;
  std::size_t rows_a = 0, rows_b = 0, rows_matched = 0;
  std::vector<RowKey> rows_only_a, rows_only_b;  // ascending
  std::vector<ColumnComparison> columns;         // common numeric ones, in the order of A
  std::vector<std::string> columns_only_a, columns_only_b, columns_of_text;
  std::optional<double> tolerance;
  // Reasons why the tables do not agree within the tolerance; empty: they do, or none was given.
  std::vector<std::string> failures;

  bool agree() const { return failures.empty(); }
};

// Rows are matched by frame and face: columns `frame` (absent: 1, then `face` is needed) and
// `face_id` or `face` (absent: 0). Tables that count frames from 0 (PyFaceAU's, which begin with
// frame, timestamp, success; and others with a frame 0) are taken one up. Dialects may differ.
//
// With a tolerance the tables agree if they have common rows and numeric columns, no row and no
// number is in one of them only, and no difference is larger. Columns in one table only are
// reported, not held against them.
//
// A column is text if its first cell that is not missing is not a number; a later one is an
// Error(input) like every other defect of the files, among them the same frame and face twice.
// Memory: 8 bytes per cell of the common columns.
Comparison compare_tables(const std::filesystem::path& a, const std::filesystem::path& b,
                          const CompareOptions& options = {});

std::string comparison_text(const Comparison& comparison);
// Numbers that do not exist are null.
std::string comparison_json(const Comparison& comparison);

}  // namespace auriga
