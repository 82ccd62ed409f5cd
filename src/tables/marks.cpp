#include "tables/marks.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/core.h>

#include "auriga/error.hpp"

#include "files/number_text.hpp"
#include "files/table_name.hpp"
#include "tables/csv_reader.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;

constexpr std::pair<MarkKind, std::string_view> kKinds[] = {{MarkKind::exclude, "exclude"},
                                                            {MarkKind::label, "label"},
                                                            {MarkKind::point, "point"},
                                                            {MarkKind::note, "note"}};
constexpr double kLargestFrame = 1e12, kLargestSeconds = 1e9;
constexpr std::string_view kLabelColumn = "label";

[[noreturn]] void fail(const std::string& where, const std::string& what) {
  throw Error(ErrorCode::input, where + ": " + what);
}

// Where it begins, for the order of marks.
std::pair<double, double> place(const Mark& mark) {
  const double frame = mark.first ? static_cast<double>(*mark.first) : -1;
  return {mark.start_s.value_or(frame), frame};
}

void append_quoted(std::string& text, std::string_view words) {
  text += '"';
  for (const char c : words) {
    if (c == '"') text += '"';
    text += c;
  }
  text += '"';
}

}  // namespace

std::string_view name_of(MarkKind kind) {
  return std::find_if(std::begin(kKinds), std::end(kKinds),
                      [kind](const auto& one) { return one.first == kind; })
      ->second;
}

std::optional<MarkKind> mark_kind(std::string_view name) {
  for (const auto& [kind, word] : kKinds)
    if (word == name) return kind;
  return std::nullopt;
}

bool Mark::covers(std::int64_t frame, double seconds) const {
  if (first && last) return *first <= frame && frame <= *last;
  return start_s && end_s && *start_s <= seconds && seconds < *end_s;
}

fs::path marks_path(const fs::path& table) { return beside_table(table, ".marks.csv"); }

void check_mark(const Mark& mark, const std::string& where) {
  if (mark.first.has_value() != mark.last.has_value())
    fail(where, "expected both first_frame and last_frame, found one of them; give the other");
  if (mark.start_s.has_value() != mark.end_s.has_value())
    fail(where, "expected both start and end, found one of them; give the other");
  if (!mark.first && !mark.start_s)
    fail(where, "expected first_frame and last_frame, or start and end in seconds, found neither");
  if (mark.first && (*mark.first < 1 || *mark.last < *mark.first ||
                     static_cast<double>(*mark.last) > kLargestFrame))
    fail(where, fmt::format("expected frames from 1 on with first_frame <= last_frame, found {} to "
                            "{}; frames are counted from 1, and both ends belong to the mark",
                            *mark.first, *mark.last));
  if (mark.start_s &&
      !(*mark.start_s >= 0 && *mark.start_s <= *mark.end_s && *mark.end_s <= kLargestSeconds))
    fail(where,
         fmt::format("expected 0 <= start <= end in seconds, found {} to {}; correct the mark",
                     *mark.start_s, *mark.end_s));
  if (mark.label.size() > kMostLabelBytes)
    fail(where, fmt::format("expected a label of at most {} bytes, found {}; shorten it",
                            kMostLabelBytes, mark.label.size()));
  const auto control = std::find_if(mark.label.begin(), mark.label.end(), [](unsigned char c) {
    return (c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7f;
  });
  if (control != mark.label.end())
    fail(where, fmt::format("expected a label of text, found the control character {:#04x}; remove "
                            "it",
                            static_cast<unsigned char>(*control)));
}

std::vector<Mark> read_marks(const fs::path& file) {
  CsvReader table(file, {std::string(kLabelColumn)});
  const auto kind = table.find("kind"), label = table.find(kLabelColumn);
  const auto first = table.find("first_frame"), last = table.find("last_frame");
  const auto start = table.find("start"), end = table.find("end");
  if (!kind || !((first && last) || (start && end)))
    fail(file.string(),
         "expected the columns kind and first_frame, last_frame or start, end "
         "(seconds), as the viewer writes them; add them");
  const auto number = [&](const std::optional<std::size_t>& column) {
    return column ? table.number(*column) : std::optional<double>();
  };
  const auto frame = [&](const std::optional<std::size_t>& column) -> std::optional<std::int64_t> {
    if (!column || table.missing(*column)) return std::nullopt;
    return table.integer(*column);
  };
  std::vector<Mark> marks;
  while (table.next()) {
    if (table.empty_row()) continue;
    Mark mark;
    const std::optional<MarkKind> told = mark_kind(table.text(*kind));
    if (!told) table.fail(*kind, "one of exclude, label, point, note");
    mark.kind = *told;
    mark.first = frame(first);
    mark.last = frame(last);
    mark.start_s = number(start);
    mark.end_s = number(end);
    if (label) mark.label = table.text(*label);
    check_mark(mark, fmt::format("{}, line {}", file.string(), table.line()));
    marks.push_back(std::move(mark));
    if (marks.size() > kMostMarks)
      fail(file.string(), fmt::format("expected at most {} marks, found more; is this a file of "
                                      "marks?",
                                      kMostMarks));
  }
  return marks;
}

std::vector<Mark> marks_of(const fs::path& table) {
  const fs::path file = marks_path(table);
  std::error_code error;
  if (!fs::exists(fs::symlink_status(file, error))) return {};
  return read_marks(file);
}

std::string marks_csv(std::vector<Mark> marks) {
  std::stable_sort(marks.begin(), marks.end(),
                   [](const Mark& a, const Mark& b) { return place(a) < place(b); });
  std::string text = "start,end,first_frame,last_frame,kind,label\n";
  const auto seconds = [&](const std::optional<double>& value) {
    if (value) append_fixed(text, *value, 3);
    text += ',';
  };
  const auto frame = [&](const std::optional<std::int64_t>& value) {
    if (value) text += std::to_string(*value);
    text += ',';
  };
  for (const Mark& mark : marks) {
    seconds(mark.start_s);
    seconds(mark.end_s);
    frame(mark.first);
    frame(mark.last);
    text += name_of(mark.kind);
    text += ',';
    append_quoted(text, mark.label);
    text += '\n';
  }
  return text;
}

Excluded::Excluded(const std::vector<Mark>& marks) {
  std::copy_if(marks.begin(), marks.end(), std::back_inserter(marks_),
               [](const Mark& mark) { return mark.kind == MarkKind::exclude; });
}

bool Excluded::contains(std::int64_t frame, double seconds) const {
  return std::any_of(marks_.begin(), marks_.end(),
                     [&](const Mark& mark) { return mark.covers(frame, seconds); });
}

std::string left_out_text(std::size_t frames, std::size_t ranges, const fs::path& marks) {
  return fmt::format("left out: {} frame{} in {} range{} of {}; --no-marks counts them", frames,
                     frames == 1 ? "" : "s", ranges, ranges == 1 ? "" : "s", marks.string());
}

}  // namespace auriga
