// THE list of columns of the tables that `auriga summary -o` and `auriga blink` write: names,
// units, decimals and meanings. Header, cells and the documentation are made from it.
#pragma once

#include <span>
#include <string_view>

namespace auriga {

struct StudyColumn {
  std::string_view name;
  int decimals;  // of reals; 0: whole; -1: text
  std::string_view unit;
  std::string_view meaning;
};

// Of a file (or a part of it) and a face, in their order. Behind `file` stand the groups of --by.
enum class FileColumn {
  file,
  task,
  start,
  end,
  face_id,
  estimator,
  frames,
  frames_excluded,
  seconds,
  valid_frames,
  followed,
  quality,
  reasons,
  gaps,
  longest_gap,
  face_px,
  yaw_low,
  yaw_high,
  pitch_low,
  pitch_high,
  fps,
  fps_spread,
  brightness,
  contrast,
  sharpness,
  low_light,
  cuts,
  changes_of_person,
  faces_visible,
};
inline constexpr int kFileColumns = 29;
std::span<const StudyColumn> file_columns();
std::string_view column_name(FileColumn column);

// Of an action unit: with --long as they are, else AU12_mean and so on.
enum class UnitColumn {
  mean,
  sd,
  median,
  p05,
  p95,
  peak,
  peak_at,
  present,
  events,
  events_per_minute,
  event_length,
  onset_speed,
  offset_speed,
  valid_frames,
};
inline constexpr int kUnitColumns = 14;
std::span<const StudyColumn> unit_columns();
// With --long.
inline constexpr std::string_view kUnitColumn = "unit";

// Averages of a condition (--by), a row for each unit and measure, behind the groups.
std::span<const StudyColumn> condition_columns();

// An event of an action unit.
std::span<const StudyColumn> event_columns();
// A blink: first those of the blink, then left_ and right_ ones.
std::span<const StudyColumn> blink_columns();

}  // namespace auriga
