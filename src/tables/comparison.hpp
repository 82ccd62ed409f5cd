// How far two tables of results agree, column by column: `auriga compare A.csv B.csv`.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tables/agreement.hpp"
#include "tables/matched_tables.hpp"

namespace auriga {

struct CompareOptions {
  // Largest absolute difference that a cell of any common numeric column may have. Not given: no
  // verdict.
  std::optional<double> tolerance;
  // Frames that the marks beside either table exclude are left out of both.
  bool use_marks = true;
};

struct Comparison {
  std::filesystem::path file_a, file_b;
  std::size_t rows_a = 0, rows_b = 0, rows_matched = 0;
  std::vector<RowKey> rows_only_a, rows_only_b;  // ascending
  // Of a file of marks with excluded ranges. One that is beside both tables is listed once.
  struct LeftOut {
    std::filesystem::path marks;
    std::size_t frames = 0, ranges = 0;
  };
  std::vector<LeftOut> left_out;
  std::vector<ColumnComparison> columns;  // common numeric ones, in the order of A
  std::vector<std::string> columns_only_a, columns_only_b, columns_of_text;
  Agreement agreement;  // by group
  // What made the action units, where a manifest beside the table tells.
  std::string estimator_a, estimator_b;
  std::optional<double> tolerance;
  // Reasons why the tables do not agree within the tolerance; empty: they do, or none was given.
  std::vector<std::string> failures;

  bool agree() const { return failures.empty(); }
  // Action units of different estimators are different measures.
  bool different_estimators() const {
    return !estimator_a.empty() && !estimator_b.empty() && estimator_a != estimator_b;
  }
};

// Rows are matched as MatchedTables does it, which throws Error(input) for defects of the files, as
// marks_of() does.
//
// With a tolerance the tables agree if they have common rows and numeric columns, no row and no
// number is in one of them only, and no difference is larger. Columns in one table only are
// reported, not held against them.
Comparison compare_tables(const std::filesystem::path& a, const std::filesystem::path& b,
                          const CompareOptions& options = {});

// Of many columns that only one table has, how many of each group.
std::string comparison_text(const Comparison& comparison);
// Numbers that do not exist are null; all names.
std::string comparison_json(const Comparison& comparison);

}  // namespace auriga
