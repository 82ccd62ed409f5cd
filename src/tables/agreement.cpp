#include "tables/agreement.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include <fmt/core.h>

#include "auriga/face.hpp"

#include "base/same_math.hpp"

namespace auriga {

namespace {

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

// A number per cell; none where a table misses one.
class DifferenceSet {
 public:
  void add(double value) {
    if (!std::isnan(value)) values_.push_back(value);
  }

  Differences summary() {
    Differences result;
    result.n = values_.size();
    if (values_.empty()) return result;
    const auto n = static_cast<double>(values_.size());
    std::sort(values_.begin(), values_.end());
    for (const double value : values_) {
      result.mean += value / n;
      result.rms += value * value / n;
    }
    result.rms = std::sqrt(result.rms);
    result.max = values_.back();
    result.p99 = values_[(values_.size() * 99 + 99) / 100 - 1];
    return result;
  }

 private:
  std::vector<double> values_;
};

// Some of the common rows and columns.
class Part {
 public:
  Part(const MatchedTables& tables, const std::vector<bool>& rows) : tables_(tables), rows_(rows) {}

  Differences of_cells(const std::vector<std::string>& names) const {
    DifferenceSet set;
    for (const std::string& name : names)
      if (const auto column = find(name))
        for (std::size_t row = 0; row < tables_.rows(); ++row)
          if (rows_[row]) set.add(std::abs(difference(row, *column)));
    return set.summary();
  }

  // Between the points (<prefix>x_i, <prefix>y_i).
  Differences of_points(std::string_view prefix, int count) const {
    DifferenceSet set;
    for (int i = 0; i < count; ++i) {
      const auto x = find(fmt::format("{}x_{}", prefix, i));
      const auto y = find(fmt::format("{}y_{}", prefix, i));
      if (!x || !y) continue;
      for (std::size_t row = 0; row < tables_.rows(); ++row)
        if (rows_[row]) set.add(same::length(difference(row, *x), difference(row, *y)));
    }
    return set.summary();
  }

  // Columns AU..<ending>.
  std::vector<ColumnComparison> action_units(std::string_view ending) const {
    std::vector<ColumnComparison> columns;
    for (std::size_t i = 0; i < tables_.columns().size(); ++i) {
      const std::string& name = tables_.columns()[i];
      if (name.starts_with("AU") && name.ends_with(ending) && !tables_.is_text(i))
        columns.push_back(compare_column(tables_, i, rows_));
    }
    return columns;
  }

 private:
  std::optional<std::size_t> find(const std::string& name) const {
    const auto column = tables_.find(name);
    return column && !tables_.is_text(*column) ? column : std::nullopt;
  }
  double difference(std::size_t row, std::size_t column) const {
    return tables_.a(row, column) - tables_.b(row, column);
  }

  const MatchedTables& tables_;
  const std::vector<bool>& rows_;
};

std::vector<std::string> names_of(const std::vector<ColumnComparison>& columns) {
  std::vector<std::string> names;
  for (const ColumnComparison& column : columns) names.push_back(column.name);
  return names;
}

}  // namespace

ColumnComparison compare_column(const MatchedTables& tables, std::size_t index,
                                const std::vector<bool>& rows) {
  ColumnComparison column;
  column.name = tables.columns()[index];
  std::vector<double> a, b;
  for (std::size_t row = 0; row < tables.rows(); ++row) {
    if (!rows.empty() && !rows[row]) continue;
    const double in_a = tables.a(row, index), in_b = tables.b(row, index);
    if (std::isnan(in_a) != std::isnan(in_b)) ++column.only_one;
    if (std::isnan(in_a) || std::isnan(in_b)) continue;
    a.push_back(in_a);
    b.push_back(in_b);
  }
  column.n = a.size();
  if (a.empty()) return column;
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
  return column;
}

Agreement agreement(const MatchedTables& tables) {
  Agreement result;
  result.rows = tables.rows();
  std::vector<bool> good(tables.rows(), true);
  if (const auto success = tables.find("success"); success && !tables.is_text(*success)) {
    result.success_equal = compare_column(tables, *success).class_agreement;
    for (std::size_t row = 0; row < tables.rows(); ++row)
      good[row] = tables.a(row, *success) == 1 && tables.b(row, *success) == 1;
  }
  result.rows_with_success = static_cast<std::size_t>(std::count(good.begin(), good.end(), true));

  const Part part(tables, good);
  result.landmarks_px = part.of_points("", kLandmarks);
  result.eye_landmarks_px = part.of_points("eye_lmk_", kEyeLandmarks);
  result.pose_mm = part.of_cells({"pose_Tx", "pose_Ty", "pose_Tz"});
  result.pose_rad = part.of_cells({"pose_Rx", "pose_Ry", "pose_Rz"});
  result.gaze =
      part.of_cells({"gaze_0_x", "gaze_0_y", "gaze_0_z", "gaze_1_x", "gaze_1_y", "gaze_1_z"});

  result.blendshapes = part.of_cells({kBlendshapeNames.begin(), kBlendshapeNames.end()});

  result.by_intensity = part.action_units("_r");
  result.intensities = part.of_cells(names_of(result.by_intensity));
  double sum = 0;
  int count = 0;
  for (const ColumnComparison& column : result.by_intensity) {
    if (!column.pearson_r) continue;
    sum += *column.pearson_r;
    ++count;
    result.least_pearson_r = std::min(result.least_pearson_r.value_or(1), *column.pearson_r);
  }
  if (count > 0) result.mean_pearson_r = sum / count;

  result.by_presence = part.action_units("_c");
  double equal = 0, cells = 0;
  for (const ColumnComparison& column : result.by_presence) {
    equal += column.class_agreement.value_or(0) * static_cast<double>(column.n);
    cells += static_cast<double>(column.n);
  }
  if (cells > 0) result.presences_equal = equal / cells;
  return result;
}

}  // namespace auriga
