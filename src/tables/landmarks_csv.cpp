#include "tables/landmarks_csv.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>

#include <fmt/format.h>

#include "auriga/error.hpp"

#include "tables/csv_reader.hpp"

namespace auriga {

namespace fs = std::filesystem;

namespace {

// Far beyond any picture, and safe to convert to int.
constexpr double kFarthestPx = 1e6;

struct Columns {
  std::array<std::size_t, 2 * kLandmarks> points;  // all x, all y
  std::optional<std::size_t> frame, face, success, confidence;
};

Columns find_columns(const CsvReader& table, const fs::path& file,
                     const LandmarksCsvOptions& options) {
  Columns columns;
  std::vector<std::string> missing;
  for (std::size_t i = 0; i < columns.points.size(); ++i) {
    const std::string name = fmt::format("{}_{}", i < kLandmarks ? "x" : "y", i % kLandmarks);
    if (const auto found = table.find(name)) {
      columns.points[i] = *found;
    } else {
      missing.push_back(name);
    }
  }
  columns.success = table.find(options.success_column);
  if (!columns.success && options.success_column != "success")
    missing.push_back(options.success_column);
  if (!missing.empty())
    throw Error(ErrorCode::input,
                fmt::format("{}: expected the columns x_0..x_{} and y_0..y_{} of a table of 2-D "
                            "landmarks, {} missing: {}; write the table with -2Dfp",
                            file.string(), kLandmarks - 1, kLandmarks - 1,
                            missing.size() == 1 ? "one is" : fmt::format("{} are", missing.size()),
                            fmt::join(missing, ", ")));
  columns.frame = table.find("frame");
  columns.face = table.find("face_id");
  if (!columns.face) columns.face = table.find("face");
  columns.confidence = table.find("confidence");
  return columns;
}

bool read_success(const CsvReader& table, const Columns& columns) {
  if (!columns.success) return true;
  const std::optional<double> value = table.number(*columns.success);
  if (!value || (*value != 0 && *value != 1)) table.fail(*columns.success, "0 or 1");
  return *value == 1;
}

float read_confidence(const CsvReader& table, const Columns& columns, bool success) {
  if (!columns.confidence) return success ? 1.0F : 0.0F;
  const std::optional<double> value = table.number(*columns.confidence);
  if (!value) return 0.0F;
  if (*value < 0 || *value > 1) table.fail(*columns.confidence, "a number from 0 to 1");
  return static_cast<float>(*value);
}

Landmarks read_landmarks(const CsvReader& table, const Columns& columns, bool success) {
  Landmarks landmarks;
  for (std::size_t i = 0; i < columns.points.size(); ++i) {
    const std::optional<double> value = table.number(columns.points[i]);
    if (!value && success) table.fail(columns.points[i], "a number where success is 1");
    if (value && std::abs(*value) > kFarthestPx)
      table.fail(columns.points[i], "a pixel coordinate within +-1000000");
    const auto px = static_cast<float>(value.value_or(0.0));
    (i < kLandmarks ? landmarks.x : landmarks.y)[i % kLandmarks] = px;
  }
  return landmarks;
}

}  // namespace

LandmarksCsv::LandmarksCsv(const fs::path& file, const LandmarksCsvOptions& options) {
  CsvReader table(file);
  const Columns columns = find_columns(table, file, options);
  std::set<std::int64_t> other_faces;  // few, and only of interest in a message
  // OpenFace counts frames from 1; a frame 0, of whatever face, shows that this table does not.
  bool from_zero = false;
  while (table.next()) {
    const std::int64_t face = columns.face ? table.integer(*columns.face) : 0;
    if (face < 0 || face > std::numeric_limits<int>::max())
      table.fail(*columns.face, "the id of a face, 0 or more");
    std::int64_t frame = 0;
    if (columns.frame) {
      frame = table.integer(*columns.frame);
      if (frame < 0) table.fail(*columns.frame, "the number of a frame, 0 or more");
      from_zero = from_zero || frame == 0;
    }
    if (options.face_id ? face != *options.face_id : !rows_.empty() && face > face_id_) {
      if (other_faces.size() < 20) other_faces.insert(face);
      continue;
    }
    if (!rows_.empty() && face < face_id_) rows_.clear();
    face_id_ = static_cast<int>(face);

    Row row;
    row.frame = columns.frame ? frame : static_cast<std::int64_t>(rows_.size());
    row.success = read_success(table, columns);
    row.confidence = read_confidence(table, columns, row.success);
    row.landmarks = read_landmarks(table, columns, row.success);
    rows_.push_back(row);
  }

  if (rows_.empty() && !other_faces.empty())
    throw Error(
        ErrorCode::input,
        fmt::format("{}: expected rows with face id {}, found only the ids {}; choose one of "
                    "them",
                    file.string(), *options.face_id, fmt::join(other_faces, ", ")));
  if (rows_.empty())
    throw Error(ErrorCode::input,
                fmt::format("{}: expected rows with landmarks, found only a header; "
                            "write the table again",
                            file.string()));

  const auto earlier = [](const Row& a, const Row& b) { return a.frame < b.frame; };
  std::sort(rows_.begin(), rows_.end(), earlier);
  const auto twice = std::adjacent_find(
      rows_.begin(), rows_.end(), [](const Row& a, const Row& b) { return a.frame == b.frame; });
  if (twice != rows_.end())
    throw Error(ErrorCode::input,
                fmt::format("{}: frame {} of face {} appears twice, expected one row "
                            "per frame; remove one of them",
                            file.string(), twice->frame, face_id_));
  if (columns.frame && !from_zero)
    for (Row& row : rows_) --row.frame;
}

const LandmarksCsv::Row* LandmarksCsv::find(std::int64_t frame) const {
  const auto found =
      std::lower_bound(rows_.begin(), rows_.end(), frame,
                       [](const Row& row, std::int64_t wanted) { return row.frame < wanted; });
  return found != rows_.end() && found->frame == frame ? &*found : nullptr;
}

}  // namespace auriga
