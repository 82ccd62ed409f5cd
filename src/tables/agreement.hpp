// The figures that say how far two tables agree, by column and by group: how implementations, or
// versions of one, are compared on a video.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "tables/matched_tables.hpp"

namespace auriga {

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

// `column`: numeric, of both tables. `rows`: which of the common rows count, one flag each; empty:
// all.
ColumnComparison compare_column(const MatchedTables& tables, std::size_t column,
                                const std::vector<bool>& rows = {});

// Of absolute differences, or of distances between points. All 0 where n = 0.
struct Differences {
  std::size_t n = 0;  // numbers, or points, that both tables have
  double mean = 0, rms = 0, max = 0;
  double p99 = 0;  // the smallest that 99 % of all do not exceed
};

// Only `success_equal` counts all common rows. The rest counts those with success in both tables,
// for the others hold zeros or stale values; all rows where a table has no column `success`.
struct Agreement {
  std::size_t rows = 0, rows_with_success = 0;
  std::optional<double> success_equal;  // share of rows, 0..1

  Differences landmarks_px, eye_landmarks_px;  // distances of x_i, y_i and of eye_lmk_x_i, _y_i
  Differences pose_mm, pose_rad;               // pose_Tx.., pose_Rx..
  Differences gaze;                            // components of gaze_0 and gaze_1
  Differences intensities;                     // all AUxx_r together
  Differences blendshapes;                     // all of kBlendshapeNames together

  std::vector<ColumnComparison> by_intensity, by_presence;  // AUxx_r, AUxx_c
  // Over the intensities that have a correlation.
  std::optional<double> mean_pearson_r, least_pearson_r;
  std::optional<double> presences_equal;  // share of all cells AUxx_c, 0..1
};

Agreement agreement(const MatchedTables& tables);

}  // namespace auriga
