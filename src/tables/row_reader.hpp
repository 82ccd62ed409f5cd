// THE reader of rows of tables of results: whom and when a row is about, whether it counts, its
// landmarks and action units. Streaming.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auriga/face.hpp"

#include "tables/csv_reader.hpp"

namespace auriga {

// The columns of an action unit, at least one of them.
struct AuColumns {
  std::string name;                                // e.g. AU12
  std::optional<std::size_t> intensity, presence;  // AUxx_r, AUxx_c
};

// Whether a column only names the rows: R writes it without a name, pandas reads it as "Unnamed:
// 0".
bool names_rows(std::string_view column);

// A table of any OpenFace dialect, or of another program, row by row. Quotes, separators, decimal
// marks and line ends may be those of a spreadsheet (CsvReader). What the columns mean:
//
//   frame       number of the frame, 0 to 1e12; absent: the number of the row, from 1, among those
//               of its face, so that all faces of a table of a picture are of frame 1
//   face_id     whom the row is about (`face` in tables of pictures), a whole number; absent: 0
//   timestamp   s
//   success     whether the row counts: above 0.5; absent: 1, a missing cell: 0
//   confidence  0..1
//
// A cell that is empty, or says in a program's words that there is no number, tells nothing: of
// landmarks, poses, gaze and action units there is no number then; the row does not count without
// `success`; only `frame` and the face have to be there. Where there is a column `frame`, rows
// without any text, as spreadsheets leave them, are passed over.
//
// Frames are counted from 1, or from 0 in tables that have a frame 0, of whatever face, and in
// those of PyFaceAU, which begin with frame, timestamp, success and have no landmarks (nothing else
// where no frame succeeded): see from_zero(). All defects are an Error(input), as CsvReader's. One
// thread at a time.
class RowReader {
 public:
  explicit RowReader(const std::filesystem::path& file);

  const std::filesystem::path& file() const { return file_; }
  const std::vector<std::string>& columns() const { return table_.columns(); }
  std::optional<std::size_t> find(std::string_view column) const { return table_.find(column); }
  std::optional<std::size_t> frame_column() const { return frame_column_; }
  std::optional<std::size_t> face_column() const { return face_column_; }
  // The action units of the table, ascending; a column per ending.
  std::vector<AuColumns> action_units() const;

  // Advances to the next row; false at the end of the table.
  bool next();

  // Where the current row is in the file, and the way back to it (CsvReader). Where there is no
  // column of frames, frame() means nothing after go_to().
  std::uint64_t position() const { return table_.position(); }
  std::uint64_t end_position() const { return table_.end_position(); }
  std::size_t line() const { return table_.line(); }
  void go_to(std::uint64_t position, std::size_t line) { table_.go_to(position, line); }

  // Of the current row. `frame` as the table counts.
  std::int64_t frame() const { return frame_; }
  std::int64_t face() const { return face_; }
  bool success() const;
  // By column. Nothing: missing; throws for what is neither missing nor a finite number.
  std::optional<double> number(std::size_t column) const { return table_.number(column); }
  bool missing(std::size_t column) const { return table_.missing(column); }
  bool is_number(std::size_t column) const { return table_.is_number(column); }

  // Throws Error(input) about a cell of the current row, or about the row.
  [[noreturn]] void fail(std::size_t column, const std::string& expected) const {
    table_.fail(column, expected);
  }
  [[noreturn]] void fail(const std::string& message) const { table_.fail(message); }

  // Whether frames are counted from 0, known after the last row.
  bool from_zero() const { return from_zero_; }

 private:
  std::filesystem::path file_;
  CsvReader table_;
  std::optional<std::size_t> frame_column_, face_column_, success_column_;
  bool from_zero_ = false;
  std::int64_t frame_ = 0, face_ = 0;
  std::map<std::int64_t, std::int64_t> rows_;  // of each face, where there is no column frame
};

// The columns x_0..x_67 and y_0..y_67 in pixels (centre of the top-left pixel = 0).
class LandmarkColumns {
 public:
  // Throws Error(input) that lists the columns that are missing.
  explicit LandmarkColumns(const RowReader& table);

  // Of the current row. Cells may only be missing, and are zero then, where it does not count.
  // Throws Error(input) for a coordinate beyond +-1e6 px as well.
  Landmarks read(const RowReader& table, bool success) const;

 private:
  std::array<std::size_t, 2 * kLandmarks> columns_;  // all x, all y
};

}  // namespace auriga
