#include "tables/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <utility>

#include <fmt/core.h>

#include "files/columns.hpp"
#include "files/joined.hpp"
#include "files/json.hpp"
#include "files/manifest.hpp"

namespace auriga {

namespace fs = std::filesystem;

namespace {

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

struct Group {
  const char* name;
  const Differences& differences;
};

std::vector<Group> groups(const Agreement& agreement) {
  std::vector<Group> groups = {{"landmarks_px", agreement.landmarks_px},
                               {"eye_landmarks_px", agreement.eye_landmarks_px},
                               {"pose_mm", agreement.pose_mm},
                               {"pose_rad", agreement.pose_rad},
                               {"gaze", agreement.gaze},
                               {"intensities", agreement.intensities}};
  // Few tables have them.
  if (agreement.blendshapes.n > 0) groups.push_back({"blendshapes", agreement.blendshapes});
  return groups;
}

std::string agreement_text(const Agreement& agreement) {
  std::string lines;
  const auto out = std::back_inserter(lines);
  for (const auto& [name, differences] : groups(agreement))
    if (differences.n > 0)
      fmt::format_to(out, "{:<16} {:>8} {:>12.6g} {:>12.6g} {:>12.6g} {:>12.6g}\n", name,
                     differences.n, differences.mean, differences.rms, differences.p99,
                     differences.max);
  if (!lines.empty())
    lines.insert(0, fmt::format("{:<16} {:>8} {:>12} {:>12} {:>12} {:>12}\n", "group", "n", "mean",
                                "rms", "99 % within", "max"));
  if (agreement.mean_pearson_r)
    fmt::format_to(out, "r of the intensities: {:.5f} on average, {:.5f} at least\n",
                   *agreement.mean_pearson_r, *agreement.least_pearson_r);
  if (agreement.presences_equal)
    fmt::format_to(out, "equal presences: {:.2f} %\n", 100 * *agreement.presences_equal);
  if (lines.empty()) return lines;
  return fmt::format("\nBy group, over the {} rows with success in both:\n{}",
                     agreement.rows_with_success, lines);
}

// Names, where there are few; otherwise how many of each group, by the flag that writes them, and
// the names of those that belong to none.
std::string names_or_counts(const std::vector<std::string>& names) {
  constexpr std::size_t kNames = 12;
  if (names.size() <= kNames) return joined(names, ", ");
  std::map<ColumnGroup, std::size_t> counts;
  std::vector<std::string> others;
  for (const std::string& name : names) {
    if (const auto group = group_of_column(name))
      ++counts[*group];
    else
      others.push_back(name);
  }
  std::vector<std::string> parts;
  for (const auto& [group, count] : counts)
    parts.push_back(fmt::format("{} {}", column_flag(group), count));
  if (others.size() > kNames) {
    const std::string more = fmt::format("{} more", others.size() - kNames + 1);
    others.resize(kNames - 1);
    others.push_back(more);
  }
  parts.insert(parts.end(), others.begin(), others.end());
  return fmt::format("{} ({})", names.size(), joined(parts, ", "));
}

}  // namespace

Comparison compare_tables(const fs::path& a, const fs::path& b, const CompareOptions& options) {
  const Excluded excluded_a = options.use_marks ? Excluded(marks_of(a)) : Excluded();
  const Excluded excluded_b = options.use_marks ? Excluded(marks_of(b)) : Excluded();
  const MatchedTables tables(a, b, excluded_a, excluded_b);
  Comparison result;
  result.file_a = a;
  result.file_b = b;
  result.tolerance = options.tolerance;
  result.rows_a = tables.rows_a();
  result.rows_b = tables.rows_b();
  result.rows_matched = tables.rows();
  result.rows_only_a = tables.rows_only_a();
  result.rows_only_b = tables.rows_only_b();
  if (!excluded_a.none())
    result.left_out.push_back({marks_path(a), tables.frames_excluded_a(), excluded_a.size()});
  if (!excluded_b.none() && marks_path(a) != marks_path(b))
    result.left_out.push_back({marks_path(b), tables.frames_excluded_b(), excluded_b.size()});
  result.columns_only_a = tables.columns_only_a();
  result.columns_only_b = tables.columns_only_b();

  for (std::size_t i = 0; i < tables.columns().size(); ++i) {
    if (tables.is_text(i))
      result.columns_of_text.push_back(tables.columns()[i]);
    else
      result.columns.push_back(compare_column(tables, i));
  }
  result.agreement = agreement(tables);
  result.estimator_a = estimator_of(a);
  result.estimator_b = estimator_of(b);
  result.failures = verdict(result);
  return result;
}

std::string comparison_text(const Comparison& comparison) {
  std::string text;
  const auto out = std::back_inserter(text);
  fmt::format_to(out, "A {} ({} rows)\nB {} ({} rows)\n", comparison.file_a.string(),
                 comparison.rows_a, comparison.file_b.string(), comparison.rows_b);
  for (const Comparison::LeftOut& one : comparison.left_out)
    text += left_out_text(one.frames, one.ranges, one.marks) + '\n';
  fmt::format_to(out, "{} rows in both, {} only in A, {} only in B\n\n", comparison.rows_matched,
                 comparison.rows_only_a.size(), comparison.rows_only_b.size());
  if (comparison.different_estimators())
    fmt::format_to(out,
                   "Warning: the action units were told by different estimators, {} (A) and {} "
                   "(B): expect another scale, and no equal numbers.\n\n",
                   comparison.estimator_a, comparison.estimator_b);
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
  text += agreement_text(comparison.agreement);
  const auto list = [&](const char* label, const std::vector<std::string>& names) {
    if (!names.empty()) fmt::format_to(out, "\n{}: {}\n", label, names_or_counts(names));
  };
  list("Columns only in A", comparison.columns_only_a);
  list("Columns only in B", comparison.columns_only_b);
  list("Columns of text, not compared", comparison.columns_of_text);
  if (!comparison.tolerance) return text;
  if (comparison.agree()) {
    fmt::format_to(out, "\nThe tables agree within {:.6g}.\n", *comparison.tolerance);
  } else {
    fmt::format_to(out, "\nThe tables do not agree within {:.6g}:\n  {}\n", *comparison.tolerance,
                   joined(comparison.failures, "\n  "));
  }
  return text;
}

std::string comparison_json(const Comparison& comparison) {
  const auto word = [](const std::string& value) { return value.empty() ? Json() : Json(value); };
  const auto rows = [](const std::vector<RowKey>& keys) {
    Json list = Json::array();
    for (const RowKey& key : keys)
      list.add(Json::object({{"frame", key.frame}, {"face", key.face}}));
    return list;
  };
  Json columns = Json::array();
  for (const ColumnComparison& column : comparison.columns)
    columns.add(Json::object({{"name", column.name},
                              {"n", column.n},
                              {"only_one", column.only_one},
                              {"constant_a", column.constant_a},
                              {"constant_b", column.constant_b},
                              {"pearson_r", column.pearson_r},
                              {"mean_abs_difference", column.mean_abs_difference},
                              {"max_abs_difference", column.max_abs_difference},
                              {"class_agreement", column.class_agreement}}));
  const Agreement& agreement = comparison.agreement;
  Json by_group = Json::object({{"rows_with_success", agreement.rows_with_success},
                                {"success_equal", agreement.success_equal},
                                {"mean_pearson_r", agreement.mean_pearson_r},
                                {"least_pearson_r", agreement.least_pearson_r},
                                {"presences_equal", agreement.presences_equal}});
  for (const auto& [name, differences] : groups(agreement))
    by_group.add(name, Json::object({{"n", differences.n},
                                     {"mean", differences.mean},
                                     {"rms", differences.rms},
                                     {"p99", differences.p99},
                                     {"max", differences.max}}));
  Json json = Json::object({
      {"a", comparison.file_a.string()},
      {"b", comparison.file_b.string()},
      {"estimator_a", word(comparison.estimator_a)},
      {"estimator_b", word(comparison.estimator_b)},
      {"different_estimators", comparison.different_estimators()},
      {"rows_a", comparison.rows_a},
      {"rows_b", comparison.rows_b},
      {"rows_matched", comparison.rows_matched},
      {"rows_only_a", rows(comparison.rows_only_a)},
      {"rows_only_b", rows(comparison.rows_only_b)},
      {"columns", columns},
      {"groups", by_group},
      {"columns_only_a", comparison.columns_only_a},
      {"columns_only_b", comparison.columns_only_b},
      {"columns_of_text", comparison.columns_of_text},
      {"tolerance", comparison.tolerance},
      {"agree", comparison.tolerance ? Json(comparison.agree()) : Json()},
      {"failures", comparison.failures},
  });
  if (!comparison.left_out.empty()) {
    Json left_out = Json::array();
    for (const Comparison::LeftOut& one : comparison.left_out)
      left_out.add(Json::object({{"marks", one.marks.string()},
                                 {"frames_excluded", one.frames},
                                 {"excluded_ranges", one.ranges}}));
    json.add("left_out", std::move(left_out));
  }
  return json.text() + '\n';
}

}  // namespace auriga
