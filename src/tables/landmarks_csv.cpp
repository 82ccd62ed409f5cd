#include "tables/landmarks_csv.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <string>

#include <fmt/core.h>

#include "auriga/error.hpp"

#include "files/columns.hpp"
#include "files/joined.hpp"
#include "tables/row_reader.hpp"

namespace auriga {

namespace fs = std::filesystem;

namespace {

bool read_success(const RowReader& table, std::optional<std::size_t> column) {
  if (!column) return true;
  const std::optional<double> value = table.number(*column);
  if (!value || (*value != 0 && *value != 1)) table.fail(*column, "0 or 1");
  return *value == 1;
}

float read_confidence(const RowReader& table, std::optional<std::size_t> column, bool success) {
  if (!column) return success ? 1.0F : 0.0F;
  const std::optional<double> value = table.number(*column);
  if (!value) return 0.0F;
  if (*value < 0 || *value > 1) table.fail(*column, "a number from 0 to 1");
  return static_cast<float>(*value);
}

}  // namespace

LandmarksCsv::LandmarksCsv(const fs::path& file, const LandmarksCsvOptions& options)
    : file_(file), of_any_video_(options.of_any_video) {
  RowReader table(file);
  const LandmarkColumns landmarks(table);
  const auto success = table.find(kSuccessColumn), confidence = table.find(kConfidenceColumn),
             timestamp = table.find(kTimestampColumn);
  std::set<std::int64_t> other_faces;  // few, and only of interest in a message
  while (table.next()) {
    const std::int64_t face = table.face();
    last_frame_ = std::max(last_frame_, table.frame());
    if (face < 0 || face > std::numeric_limits<int>::max())
      table.fail(*table.face_column(), "the id of a face, 0 or more");
    if (options.face_id ? face != *options.face_id : !rows_.empty() && face > face_id_) {
      if (other_faces.size() < 20) other_faces.insert(face);
      continue;
    }
    if (!rows_.empty() && face < face_id_) rows_.clear();
    face_id_ = static_cast<int>(face);

    Row row;
    row.frame = table.frame();
    row.success = read_success(table, success);
    row.confidence = read_confidence(table, confidence, row.success);
    row.landmarks = landmarks.read(table, row.success);
    if (timestamp && table.is_number(*timestamp)) row.timestamp_s = *table.number(*timestamp);
    rows_.push_back(row);
  }

  if (rows_.empty() && !other_faces.empty()) {
    std::vector<std::string> ids;
    for (const std::int64_t id : other_faces) ids.push_back(std::to_string(id));
    throw Error(
        ErrorCode::input,
        fmt::format("{}: expected rows with face id {}, found only the ids {}; choose one of "
                    "them",
                    file.string(), *options.face_id, joined(ids, ", ")));
  }
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
  if (table.from_zero()) return;
  --last_frame_;
  for (Row& row : rows_) --row.frame;
}

const LandmarksCsv::Row* LandmarksCsv::find(std::int64_t frame) const {
  const auto found =
      std::lower_bound(rows_.begin(), rows_.end(), frame,
                       [](const Row& row, std::int64_t wanted) { return row.frame < wanted; });
  return found != rows_.end() && found->frame == frame ? &*found : nullptr;
}

}  // namespace auriga
