// Landmarks that somebody else found, read from a table instead of being fitted.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <vector>

#include "auriga/face.hpp"

namespace auriga {

struct LandmarksCsvOptions {
  // Which face of a table with several; the lowest id if not given.
  std::optional<int> face_id;
  // May be used with a video that it contradicts (TableMatch).
  bool of_any_video = false;
};

// The landmarks of one face by frame, of a table with the columns x_0..x_67 and y_0..y_67 in
// pixels (centre of the top-left pixel = 0) in any order among others. RowReader says what frame
// and face of a row are. Read as well, where present:
//   success     0 or 1; absent: 1
//   confidence  0..1; absent: 1 with success, else 0
//   timestamp   s
// About 600 bytes of memory per row. Reading from several threads is safe.
class LandmarksCsv {
 public:
  struct Row {
    std::int64_t frame = 0;  // 0-based
    Landmarks landmarks;     // zero where success is false and the cells are missing
    float confidence = 0;
    bool success = false;
    double timestamp_s = std::numeric_limits<double>::quiet_NaN();  // NaN: the table does not tell
  };

  // Throws Error(input): missing columns (all are listed), a cell that is not a number or a
  // coordinate beyond +-1e6 px, a frame twice, no row for the face.
  explicit LandmarksCsv(const std::filesystem::path& file, const LandmarksCsvOptions& options = {});

  // nullptr if the table has no row for the frame (0-based).
  const Row* find(std::int64_t frame) const;

  const std::vector<Row>& rows() const { return rows_; }  // ascending frames
  int face_id() const { return face_id_; }
  std::int64_t last_frame() const { return last_frame_; }  // 0-based, of all faces of the table
  const std::filesystem::path& file() const { return file_; }
  bool of_any_video() const { return of_any_video_; }

 private:
  std::filesystem::path file_;
  std::vector<Row> rows_;
  int face_id_ = 0;
  std::int64_t last_frame_ = 0;
  bool of_any_video_ = false;
};

}  // namespace auriga
