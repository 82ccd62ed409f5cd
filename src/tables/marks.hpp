// What a person has marked in a video, beside its table: ranges that shall not count, labels,
// notes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace auriga {

enum class MarkKind {
  exclude,  // these frames do not count: hands before the face, somebody talks to the patient
  label,    // a range with a tag, e.g. a task
  point,    // a moment with a tag
  note,     // words about a range or a moment; no program reads them
};
// exclude, label, point, note.
std::string_view name_of(MarkKind kind);
std::optional<MarkKind> mark_kind(std::string_view name);

// Frames are counted from 1, as in tables. A mark says frames, or seconds, or both; where it says
// frames these count, for seconds are rounded when a person reads or writes them.
struct Mark {
  MarkKind kind = MarkKind::label;
  std::optional<std::int64_t> first, last;  // both or neither; both ends belong to it
  std::optional<double> start_s, end_s;     // both or neither; from start_s to before end_s
  std::string label;                        // UTF-8, may be empty

  // Whether the frame at that time belongs to it. `seconds` may be NaN where there are no times.
  bool covers(std::int64_t frame, double seconds) const;

  friend bool operator==(const Mark&, const Mark&) = default;
};

inline constexpr std::size_t kMostMarks = 100000, kMostLabelBytes = 10000;

// Beside the table and named after it: s01.csv has s01.marks.csv.
std::filesystem::path marks_path(const std::filesystem::path& table);

// A CSV file of any of the forms that CsvReader reads, with the columns `kind` and
// `first_frame`, `last_frame` or `start`, `end` (s); `label` may be missing, and so may cells of
// frames or of seconds. Other columns are passed over. Throws Error(input): a kind that is none of
// the four, an end before its start, a range without both ends, limits above.
std::vector<Mark> read_marks(const std::filesystem::path& file);
// Those beside the table; none where there is no such file.
std::vector<Mark> marks_of(const std::filesystem::path& table);

// Throws Error(input) with `where` in front, if read_marks() would refuse it.
void check_mark(const Mark& mark, const std::string& where);

// The form that is written: start,end,first_frame,last_frame,kind,label with all labels in quotes,
// seconds with three decimals, ascending by start.
std::string marks_csv(std::vector<Mark> marks);

// Which frames do not count.
class Excluded {
 public:
  Excluded() = default;
  explicit Excluded(const std::vector<Mark>& marks);

  bool none() const { return marks_.empty(); }
  // Number of ranges.
  std::size_t size() const { return marks_.size(); }
  bool contains(std::int64_t frame, double seconds) const;

 private:
  std::vector<Mark> marks_;
};

// For people: how many frames do not count, in how many ranges of which file of marks.
std::string left_out_text(std::size_t frames, std::size_t ranges,
                          const std::filesystem::path& marks);

}  // namespace auriga
