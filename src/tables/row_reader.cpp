#include "tables/row_reader.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/core.h>

#include "auriga/error.hpp"

#include "files/columns.hpp"
#include "files/joined.hpp"

namespace auriga {

namespace fs = std::filesystem;

namespace {

// Beyond every video, and sums of them stay exact.
constexpr std::int64_t kLastFrame = 1'000'000'000'000;
// Far beyond any picture, and safe to convert to int.
constexpr double kFarthestPx = 1e6;

std::vector<std::string> landmark_names() {
  std::vector<std::string> names;
  for (const MeasureColumns& measure : measure_columns())
    if (measure.group == kLandmarks2dColumns)
      for (std::string& name : measure.names()) names.push_back(std::move(name));
  return names;
}

bool is_of_pyfaceau(const CsvReader& table) {
  const auto keys = key_columns(Dialect::pyfaceau, TableMode::sequence);
  const std::vector<std::string>& columns = table.columns();
  const auto first = std::find_if_not(columns.begin(), columns.end(),
                                      [](const std::string& name) { return names_rows(name); });
  return columns.end() - first >= static_cast<std::ptrdiff_t>(keys.size()) &&
         std::equal(
             keys.begin(), keys.end(), first,
             [](const KeyColumn& key, const std::string& name) { return key.name == name; }) &&
         !table.find(landmark_names().front());
}

}  // namespace

bool names_rows(std::string_view column) {
  return column.empty() || column.starts_with("Unnamed: ");
}

RowReader::RowReader(const fs::path& file)
    : file_(file),
      table_(file),
      frame_column_(table_.find(kFrameColumn)),
      face_column_(table_.find(kFaceIdColumn)),
      success_column_(table_.find(kSuccessColumn)),
      from_zero_(is_of_pyfaceau(table_)) {
  if (!face_column_) face_column_ = table_.find(kFaceColumn);
}

std::vector<AuColumns> RowReader::action_units() const {
  std::map<std::string, AuColumns> units;
  for (std::size_t i = 0; i < columns().size(); ++i) {
    const bool intensity = is_au_column(columns()[i], kIntensityEnding);
    if (!intensity && !is_au_column(columns()[i], kPresenceEnding)) continue;
    const std::string name = columns()[i].substr(0, columns()[i].size() - kIntensityEnding.size());
    AuColumns& unit = units[name];
    unit.name = name;
    (intensity ? unit.intensity : unit.presence) = i;
  }
  std::vector<AuColumns> ascending;
  for (auto& [name, unit] : units) ascending.push_back(std::move(unit));
  return ascending;
}

bool RowReader::next() {
  do {
    if (!table_.next()) return false;
  } while (frame_column_ && table_.empty_row());
  face_ = face_column_ ? table_.integer(*face_column_) : 0;
  if (!frame_column_) {
    frame_ = ++rows_[face_];
    return true;
  }
  frame_ = table_.integer(*frame_column_);
  if (frame_ < 0 || frame_ > kLastFrame)
    table_.fail(*frame_column_, "the number of a frame, 0 to 1e12");
  from_zero_ = from_zero_ || frame_ == 0;
  return true;
}

bool RowReader::success() const {
  return !success_column_ || table_.number(*success_column_).value_or(0) > 0.5;
}

LandmarkColumns::LandmarkColumns(const RowReader& table) {
  const std::vector<std::string> names = landmark_names();
  std::vector<std::string> missing;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const auto found = table.find(names[i]);
    if (!found) missing.push_back(names[i]);
    columns_[i] = found.value_or(0);
  }
  if (missing.empty()) return;
  throw Error(ErrorCode::input,
              fmt::format("{}: expected the columns x_0..x_{} and y_0..y_{} of a table of 2-D "
                          "landmarks, {} missing: {}; write the table with -2Dfp",
                          table.file().string(), kLandmarks - 1, kLandmarks - 1,
                          missing.size() == 1 ? "one is" : fmt::format("{} are", missing.size()),
                          joined(missing, ", ")));
}

Landmarks LandmarkColumns::read(const RowReader& table, bool success) const {
  Landmarks landmarks;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::optional<double> value = table.number(columns_[i]);
    if (!value && success) table.fail(columns_[i], "a number where success is 1");
    if (value && std::abs(*value) > kFarthestPx)
      table.fail(columns_[i], "a pixel coordinate within +-1000000");
    (i < kLandmarks ? landmarks.x : landmarks.y)[i % kLandmarks] =
        static_cast<float>(value.value_or(0.0));
  }
  return landmarks;
}

}  // namespace auriga
