// A study's numbers: what tables say about each action unit, a row per file, part and face, and
// averages per condition. `auriga summary -o`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "files/study_columns.hpp"
#include "tables/au_table.hpp"
#include "tables/events.hpp"
#include "tables/quality.hpp"

namespace auriga {

// In the order of unit_columns(). What does not exist is empty, never NaN.
struct UnitNumbers {
  std::string unit;
  std::array<std::optional<double>, kUnitColumns> values;
  const std::optional<double>& at(UnitColumn column) const {
    return values[static_cast<std::size_t>(column)];
  }
};

// Over the rows with success. Formulas: unit_columns(). Of units without a number in any of them
// there is none.
std::vector<UnitNumbers> unit_numbers(const AuTable& table, const FaceTrack& face,
                                      const EventRules& rules);

// A part of a table's time.
struct TablePart {
  std::string task;  // empty: a window, or all
  double start_s = 0, end_s = 0;
};
// The rows from start_s to before end_s, as though there were no others: events are cut at its
// ends. Faces without such rows are left out; there may be none.
AuTable part_of(const AuTable& table, const TablePart& part);
// Equal windows that begin at multiples of their length, > 0, from the first row to the end of the
// table. Throws Error(input)
// for a table without times, Error(usage) for more than 100000 windows.
std::vector<TablePart> windows_of(const AuTable& table, double length_s);

struct StudyRow {
  std::string file;
  std::vector<std::string> groups;  // as PathGroups::of()
  std::optional<TablePart> part;
  std::optional<std::int64_t> face_id;  // nothing: the part has no rows
  bool is_first_face = true;            // the one that was seen longest in the file
  std::string estimator;
  std::size_t frames_excluded = 0, valid_frames = 0;
  std::optional<double> seconds;
  Quality quality;
  std::vector<UnitNumbers> units;
};

// A row per face; one without a face where the part has no rows.
std::vector<StudyRow> study_rows(const AuTable& table, const Recording& recording,
                                 const EventRules& rules,
                                 const std::optional<TablePart>& part = std::nullopt);

// Takes participant, condition and the like out of paths.
class PathGroups {
 public:
  PathGroups() = default;  // none
  // ECMAScript with named groups, (?<participant>P[0-9]+); those without a name are group1,
  // group2, ... Throws Error(usage).
  explicit PathGroups(const std::string& expression);

  const std::vector<std::string>& names() const { return names_; }
  // By name; all empty where the path does not match anywhere.
  std::vector<std::string> of(const std::string& path) const;
  bool matches(const std::string& path) const;

 private:
  std::vector<std::string> names_;
  std::regex expression_;
};

struct StudyForm {
  std::vector<std::string> groups;  // their names
  bool parts = false;               // columns task, start, end
  bool tasks = false;               // of these, task
  char separator = ',';
};
// One row per StudyRow, columns of all units that any of them has.
std::string wide_table(const std::vector<StudyRow>& rows, const StudyForm& form);
// One row per StudyRow and unit.
std::string long_table(const std::vector<StudyRow>& rows, const StudyForm& form);
// One row per condition (all groups but `participant`, and the task), unit and measure, of the face
// that was seen longest in each file.
std::string condition_table(const std::vector<StudyRow>& rows, const StudyForm& form);

// A cell of text, in quotes where RFC 4180 wants them.
std::string table_cell(const std::string& text, char separator);

}  // namespace auriga
