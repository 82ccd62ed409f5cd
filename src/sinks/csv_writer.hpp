// The table of results: one row per frame and face, in the dialects that OpenFace and PyFaceAU
// write.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "auriga/formats.hpp"
#include "auriga/row.hpp"
#include "auriga/sink.hpp"
#include "auriga/sinks.hpp"

#include "files/columns.hpp"

namespace auriga {

struct CsvOptions {
  Dialect dialect = Dialect::openface;
  TableMode mode = TableMode::sequence;
  // Dialect pyfaceau has its own columns: of the groups it heeds only kAuColumns.
  ColumnGroups groups = kAllColumns;
  // Every real number as the shortest text that reads back the same, instead of 1 to 6 decimals.
  bool full_precision = false;
  // Rows without success, of a video: all cells but those of the key columns are empty.
  bool lost_empty = false;
  // In dialect pyfaceau rows without success have action units, too.
  bool lost_filled = false;
  // As CsvSinkOptions.
  bool unsmoothed = false;
  UnitNames aus = openface_aus();  // the columns
  // Which of them have values, a subset; the cells of the others are empty. Not given: all.
  std::optional<UnitNames> estimated_aus;
  // Names of the frames, by their 0-based numbers, for the column `file`; empty: no such column.
  // Not for dialect pyfaceau.
  std::vector<std::string> frame_names{};
  // Between cells: a comma or a tab. Dialect openface_spaced has commas only.
  char separator = ',';
  bool compressed = false;  // gzip
};

// What the sink of a table (make_csv_sink) makes of its options once the stream is known.
CsvOptions csv_options(const CsvSinkOptions& options, const StreamInfo& stream, const Setup& setup,
                       const std::filesystem::path& table);

// Action units of one row, in the order of CsvOptions::estimated_aus, or aus. Both empty: there are
// none for this row.
struct AuValues {
  std::span<const double> intensities;
  std::span<const double> presences;  // 0 or 1
};
using AuSource = std::function<AuValues(std::size_t row)>;  // row 0 = first `add`

// Writes one table. Action units of a video are known only at its end, so rows wait in a temporary
// file without a name beside the target; memory does not grow with the number of rows. The target
// appears, complete, in `finish`; without `finish` nothing is left behind. One thread at a time.
//
// A table never holds NaN or infinity: `add` and `finish` throw Error(output) that names the row
// and the column. After that error of `add` the row is not part of the table and the writer can go
// on; after that error of `finish` the rows are still there and `finish` can be called again.
//
// A table without rows is its header. Number formats: spec outputs.md section 3.1.
class CsvWriter {
 public:
  // Throws Error(output) if the target cannot be written, Error(usage) for columns or combinations
  // that do not exist (pyfaceau for a picture).
  CsvWriter(const std::filesystem::path& target, const CsvOptions& options);
  ~CsvWriter();
  CsvWriter(const CsvWriter&) = delete;
  CsvWriter& operator=(const CsvWriter&) = delete;

  // Rows come by frame, then by face. `blendshapes`: null: none; used where the table has columns
  // for them. `empty`: as CsvOptions::lost_empty has it, of this row. Allocates nothing once the
  // longest row has been seen. Throws Error(usage) for a second face in a frame in dialect
  // pyfaceau.
  void add(const FrameResult& row, const Blendshapes* blendshapes = nullptr, bool empty = false);
  std::size_t rows() const;

  // Completes the table; publish() gives it its name. `action_units` is asked once per row, in
  // order, when the table has columns for them (in dialect pyfaceau only for rows with success),
  // and may be empty otherwise. Rows without values get `0` in the OpenFace dialects, empty cells
  // in pyfaceau and where CsvOptions::lost_empty says so.
  Written complete(const AuSource& action_units = {});
  void publish();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace auriga
