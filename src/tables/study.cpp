#include "tables/study.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <set>

#include <fmt/core.h>

#include "auriga/error.hpp"

#include "files/number_text.hpp"

namespace auriga {

namespace {

constexpr std::size_t kMostWindows = 100000;
constexpr std::string_view kParticipant = "participant";

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

std::optional<double> deviation_of(const std::vector<double>& values) {
  if (values.size() < 2) return std::nullopt;
  const double mean = mean_of(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

double quantile(const std::vector<double>& ascending, double q) {
  const double place = q * static_cast<double>(ascending.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const auto above = std::min(below + 1, ascending.size() - 1);
  return ascending[below] +
         (place - static_cast<double>(below)) * (ascending[above] - ascending[below]);
}

std::size_t row_of(const FaceTrack& face, std::int64_t frame) {
  return static_cast<std::size_t>(std::lower_bound(face.frames.begin(), face.frames.end(), frame) -
                                  face.frames.begin());
}

// Of the rows of the table: cells of one kind, then of the next.
class Line {
 public:
  explicit Line(char separator) : separator_(separator) {}

  void text(const std::string& value) {
    next();
    line_ += table_cell(value, separator_);
  }
  void number(std::optional<double> value, int decimals) {
    next();
    if (value && std::isfinite(*value)) append_fixed(line_, *value, decimals);
  }
  void end(std::string& to) {
    to += line_;
    to += '\n';
    line_.clear();
    begun_ = false;
  }

 private:
  void next() {
    if (begun_) line_ += separator_;
    begun_ = true;
  }
  char separator_;
  std::string line_;
  bool begun_ = false;
};

bool has_column(FileColumn column, const StudyForm& form) {
  if (column == FileColumn::task) return form.tasks;
  return (column != FileColumn::start && column != FileColumn::end) || form.parts;
}

void file_header(Line& line, const StudyForm& form) {
  for (int i = 0; i < kFileColumns; ++i) {
    if (!has_column(static_cast<FileColumn>(i), form)) continue;
    line.text(std::string(file_columns()[static_cast<std::size_t>(i)].name));
    if (i == 0)
      for (const std::string& group : form.groups) line.text(group);
  }
}

// What a column tells of a row: text or a number.
std::string text_of(const StudyRow& row, FileColumn column) {
  switch (column) {
    case FileColumn::file:
      return row.file;
    case FileColumn::task:
      return row.part ? row.part->task : std::string();
    case FileColumn::estimator:
      return row.estimator;
    case FileColumn::quality:
      return std::string(word(row.quality.verdict));
    case FileColumn::reasons: {
      std::string all;
      for (const std::string& reason : row.quality.reasons)
        all += (all.empty() ? "" : "; ") + reason;
      return all;
    }
    default:
      return {};
  }
}

std::optional<double> number_of(const StudyRow& row, FileColumn column) {
  const Quality& quality = row.quality;
  const auto count = [](const auto& value) {
    return value ? std::optional(static_cast<double>(*value)) : std::nullopt;
  };
  const auto light = [&](double FaceLight::*member) {
    return quality.light ? std::optional((*quality.light).*member) : std::nullopt;
  };
  const auto end_of = [](const std::optional<PercentileRange>& range,
                         double PercentileRange::*member) {
    return range ? std::optional((*range).*member) : std::nullopt;
  };
  switch (column) {
    case FileColumn::start:
      return row.part ? std::optional(row.part->start_s) : std::nullopt;
    case FileColumn::end:
      return row.part ? std::optional(row.part->end_s) : std::nullopt;
    case FileColumn::face_id:
      return count(row.face_id);
    case FileColumn::frames:
      return static_cast<double>(quality.frames);
    case FileColumn::frames_excluded:
      return static_cast<double>(row.frames_excluded);
    case FileColumn::seconds:
      return row.seconds;
    case FileColumn::valid_frames:
      return static_cast<double>(row.valid_frames);
    case FileColumn::followed:
      return quality.frames > 0 ? std::optional(quality.followed) : std::nullopt;
    case FileColumn::gaps:
      return static_cast<double>(quality.gaps);
    case FileColumn::longest_gap:
      return quality.longest_gap_s;
    case FileColumn::face_px:
      return quality.face_px;
    case FileColumn::yaw_low:
      return end_of(quality.yaw_deg, &PercentileRange::low);
    case FileColumn::yaw_high:
      return end_of(quality.yaw_deg, &PercentileRange::high);
    case FileColumn::pitch_low:
      return end_of(quality.pitch_deg, &PercentileRange::low);
    case FileColumn::pitch_high:
      return end_of(quality.pitch_deg, &PercentileRange::high);
    case FileColumn::fps:
      return quality.fps;
    case FileColumn::fps_spread:
      return quality.fps_spread;
    case FileColumn::brightness:
      return light(&FaceLight::brightness);
    case FileColumn::contrast:
      return light(&FaceLight::contrast);
    case FileColumn::sharpness:
      return light(&FaceLight::sharpness);
    case FileColumn::low_light:
      return quality.light ? std::optional(quality.low_light ? 1.0 : 0.0) : std::nullopt;
    case FileColumn::cuts:
      return count(quality.cuts);
    case FileColumn::changes_of_person:
      return count(quality.changes_of_person);
    case FileColumn::faces_visible:
      return count(quality.faces_visible);
    default:
      return std::nullopt;
  }
}

void file_cells(Line& line, const StudyRow& row, const StudyForm& form) {
  for (int i = 0; i < kFileColumns; ++i) {
    const auto column = static_cast<FileColumn>(i);
    if (!has_column(column, form)) continue;
    const int decimals = file_columns()[static_cast<std::size_t>(i)].decimals;
    if (decimals < 0)
      line.text(text_of(row, column));
    else
      line.number(number_of(row, column), decimals);
    if (column == FileColumn::file)
      for (const std::string& group : row.groups) line.text(group);
  }
}

void unit_cells(Line& line, const UnitNumbers* unit) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(kUnitColumns); ++i)
    line.number(unit != nullptr ? unit->values[i] : std::nullopt, unit_columns()[i].decimals);
}

const UnitNumbers* find_unit(const StudyRow& row, const std::string& name) {
  const auto found = std::find_if(row.units.begin(), row.units.end(),
                                  [&](const UnitNumbers& unit) { return unit.unit == name; });
  return found == row.units.end() ? nullptr : &*found;
}

std::vector<std::string> units_of(const std::vector<StudyRow>& rows) {
  std::set<std::string> units;
  for (const StudyRow& row : rows)
    for (const UnitNumbers& unit : row.units) units.insert(unit.unit);
  return {units.begin(), units.end()};
}

UnitNumbers numbers_of(const AuTable& table, const FaceTrack& face, const AuTrack& au,
                       const EventRules& rules) {
  UnitNumbers result;
  result.unit = au.name;
  const auto set = [&](UnitColumn column, std::optional<double> value) {
    result.values[static_cast<std::size_t>(column)] = value;
  };
  std::vector<double> values;
  std::size_t valid = 0, present = 0;
  std::optional<double> peak_at;
  double peak = 0;
  for (std::size_t row = 0; row < face.frames.size(); ++row) {
    if (face.success[row] == 0) continue;
    const bool has_intensity = !au.intensity.empty() && !std::isnan(au.intensity[row]);
    if (has_intensity) {
      values.push_back(au.intensity[row]);
      if (!peak_at || au.intensity[row] > peak) {
        peak = au.intensity[row];
        peak_at = face.times[row];
      }
    }
    const bool by_presence = !au.presence.empty() && !(rules.threshold && !au.intensity.empty());
    if (by_presence ? std::isnan(au.presence[row]) : !has_intensity) continue;
    ++valid;
    present += is_present(au, row, rules) ? 1 : 0;
  }
  if (!values.empty()) {
    set(UnitColumn::mean, mean_of(values));
    set(UnitColumn::sd, deviation_of(values));
    std::sort(values.begin(), values.end());
    set(UnitColumn::median, quantile(values, 0.5));
    set(UnitColumn::p05, quantile(values, 0.05));
    set(UnitColumn::p95, quantile(values, 0.95));
    set(UnitColumn::peak, peak);
    set(UnitColumn::peak_at, peak_at);
  }
  set(UnitColumn::valid_frames, static_cast<double>(std::max(valid, values.size())));
  if (valid == 0) return result;
  set(UnitColumn::present, static_cast<double>(present) / static_cast<double>(valid));

  const std::vector<AuEvent> events = find_events(table, face, au, rules);
  const auto count = static_cast<double>(events.size());
  set(UnitColumn::events, count);
  if (table.timed)
    set(UnitColumn::events_per_minute, count / (static_cast<double>(valid) * table.step / 60));
  std::vector<double> lengths, rises, falls;
  for (const AuEvent& event : events) {
    lengths.push_back(event.end_s - event.start_s);
    if (!table.timed || std::isnan(event.peak)) continue;
    const auto speed = [&](std::vector<double>& speeds, std::int64_t frame) {
      const std::size_t row = row_of(face, frame);
      const double duration = std::abs(event.peak_s - face.times[row]);
      if (duration > 0 && !std::isnan(au.intensity[row]))
        speeds.push_back((event.peak - au.intensity[row]) / duration);
    };
    speed(rises, event.first);
    speed(falls, event.last);
  }
  if (!lengths.empty()) set(UnitColumn::event_length, mean_of(lengths));
  if (!rises.empty()) set(UnitColumn::onset_speed, mean_of(rises));
  if (!falls.empty()) set(UnitColumn::offset_speed, mean_of(falls));
  return result;
}

bool has_number(const FaceTrack& face, const std::vector<double>& values) {
  for (std::size_t row = 0; row < values.size(); ++row)
    if (face.success[row] != 0 && !std::isnan(values[row])) return true;
  return false;
}

}  // namespace

std::vector<UnitNumbers> unit_numbers(const AuTable& table, const FaceTrack& face,
                                      const EventRules& rules) {
  std::vector<UnitNumbers> all;
  for (const AuTrack& au : face.aus)
    if (has_number(face, au.intensity) || has_number(face, au.presence))
      all.push_back(numbers_of(table, face, au, rules));
  return all;
}

AuTable part_of(const AuTable& table, const TablePart& part) {
  AuTable result;
  result.file = table.file;
  result.timed = table.timed;
  result.step = table.step;
  std::set<std::int64_t> frames, with_face, excluded;
  for (const FaceTrack& face : table.faces) {
    // Times do not decrease.
    const auto at = [&](double time) {
      return std::lower_bound(face.times.begin(), face.times.end(), time) - face.times.begin();
    };
    const auto begin = at(part.start_s), end = std::max(begin, at(part.end_s));
    if (begin == end) continue;
    const auto cut = [&](const auto& values) {
      using Values = std::decay_t<decltype(values)>;
      return values.empty() ? Values() : Values(values.begin() + begin, values.begin() + end);
    };
    FaceTrack& kept = result.faces.emplace_back();
    kept.id = face.id;
    kept.frames = cut(face.frames);
    kept.times = cut(face.times);
    kept.success = cut(face.success);
    kept.excluded = cut(face.excluded);
    kept.landmarks = cut(face.landmarks);
    kept.confidence = cut(face.confidence);
    kept.pitch_rad = cut(face.pitch_rad);
    kept.yaw_rad = cut(face.yaw_rad);
    kept.size_px = cut(face.size_px);
    for (const AuTrack& au : face.aus)
      kept.aus.push_back({au.name, cut(au.intensity), cut(au.presence), cut(au.truth)});
    for (const BlendshapeTrack& shape : face.blendshapes)
      kept.blendshapes.push_back({shape.name, cut(shape.values)});
    for (std::size_t row = 0; row < kept.frames.size(); ++row) {
      frames.insert(kept.frames[row]);
      if (kept.success[row] != 0) with_face.insert(kept.frames[row]);
      if (kept.is_excluded(row)) excluded.insert(kept.frames[row]);
    }
  }
  result.frames = frames.size();
  result.frames_with_face = with_face.size();
  result.frames_excluded = excluded.size();
  return result;
}

std::vector<TablePart> windows_of(const AuTable& table, double length_s) {
  if (!table.timed)
    throw Error(ErrorCode::input,
                fmt::format("{}: expected times for --windows, found a table without useful "
                            "timestamps; leave the option out",
                            table.file.string()));
  std::vector<TablePart> windows;
  const double end = table.end();
  const double first = std::floor(table.begin() / length_s);
  // The last frame may end a rounding error behind a window.
  while (length_s * (first + static_cast<double>(windows.size())) < end - table.step / 2) {
    if (windows.size() == kMostWindows)
      throw Error(ErrorCode::usage,
                  fmt::format("{}: expected windows of which there are at most {}, found that "
                              "{:.3f} s need more; give longer ones",
                              table.file.string(), kMostWindows, end));
    const double k = first + static_cast<double>(windows.size());
    windows.push_back({"", k * length_s, (k + 1) * length_s});
  }
  return windows;
}

std::vector<StudyRow> study_rows(const AuTable& table, const Recording& recording,
                                 const EventRules& rules, const std::optional<TablePart>& part) {
  if (part) {
    const AuTable cut = part_of(table, *part);
    std::vector<StudyRow> rows;
    if (cut.faces.empty()) {
      rows.emplace_back();
      rows.back().file = table.file.string();
      rows.back().quality = quality_of(cut, recording);
    } else {
      rows = study_rows(cut, recording, rules);
    }
    for (StudyRow& row : rows) {
      row.part = part;
      row.is_first_face = !row.face_id || *row.face_id == table.faces.front().id;
      row.seconds = std::max(
          0.0, std::min(part->end_s, table.end()) - std::max(part->start_s, table.begin()));
    }
    return rows;
  }
  const Quality quality = quality_of(table, recording);
  std::vector<StudyRow> rows;
  for (const FaceTrack& face : table.faces) {
    StudyRow& row = rows.emplace_back();
    row.file = table.file.string();
    row.face_id = face.id;
    row.is_first_face = rows.size() == 1;
    row.frames_excluded = table.frames_excluded;
    row.valid_frames = static_cast<std::size_t>(std::count_if(
        face.success.begin(), face.success.end(), [](char success) { return success != 0; }));
    if (table.timed) row.seconds = table.end() - table.begin();
    row.quality = quality;
    row.units = unit_numbers(table, face, rules);
  }
  return rows;
}

PathGroups::PathGroups(const std::string& expression) {
  // std::regex knows no named groups.
  std::string plain;
  bool escaped = false, in_class = false;
  const auto bad = [&](const std::string& problem) {
    throw Error(ErrorCode::usage,
                fmt::format("--by {}: {}; an example: --by '(?<participant>P[0-9]+)_"
                            "(?<condition>[a-z]+)'",
                            expression, problem));
  };
  for (std::size_t i = 0; i < expression.size(); ++i) {
    const char c = expression[i];
    plain += c;
    if (escaped || c == '\\') {
      escaped = !escaped;
      continue;
    }
    if (c == '[') in_class = true;
    if (c == ']') in_class = false;
    if (c != '(' || in_class) continue;
    if (i + 1 >= expression.size() || expression[i + 1] != '?') {
      names_.push_back(fmt::format("group{}", names_.size() + 1));
      continue;
    }
    const std::size_t name = expression.compare(i, 4, "(?P<") == 0 ? i + 4 : i + 3;
    const bool named = expression.compare(i, 4, "(?P<") == 0 ||
                       (expression.compare(i, 3, "(?<") == 0 && i + 3 < expression.size() &&
                        expression[i + 3] != '=' && expression[i + 3] != '!');
    if (!named) continue;
    const std::size_t end = expression.find('>', name);
    if (end == std::string::npos || end == name) bad("expected a name and > behind (?<");
    names_.push_back(expression.substr(name, end - name));
    i = end;
  }
  if (names_.empty()) bad("expected groups in parentheses, found none");
  std::set<std::string> taken;
  for (int i = 0; i < kFileColumns; ++i)
    taken.insert(std::string(file_columns()[static_cast<std::size_t>(i)].name));
  for (const std::string& name : names_)
    if (!taken.insert(name).second)
      bad(fmt::format("the group {} has the name of another column; give it another", name));
  try {
    expression_ = std::regex(plain);
  } catch (const std::regex_error& error) {
    bad(fmt::format("expected a regular expression, found an error: {}", error.what()));
  }
}

bool PathGroups::matches(const std::string& path) const {
  return std::regex_search(path, expression_);
}

std::vector<std::string> PathGroups::of(const std::string& path) const {
  std::vector<std::string> groups(names_.size());
  std::smatch match;
  if (!names_.empty() && std::regex_search(path, match, expression_))
    for (std::size_t i = 0; i < groups.size() && i + 1 < match.size(); ++i)
      groups[i] = match[i + 1].str();
  return groups;
}

std::string wide_table(const std::vector<StudyRow>& rows, const StudyForm& form) {
  const std::vector<std::string> units = units_of(rows);
  std::string table;
  Line line(form.separator);
  file_header(line, form);
  for (const std::string& unit : units)
    for (const StudyColumn& column : unit_columns())
      line.text(fmt::format("{}_{}", unit, column.name));
  line.end(table);
  for (const StudyRow& row : rows) {
    file_cells(line, row, form);
    for (const std::string& unit : units) unit_cells(line, find_unit(row, unit));
    line.end(table);
  }
  return table;
}

std::string long_table(const std::vector<StudyRow>& rows, const StudyForm& form) {
  const std::vector<std::string> units = units_of(rows);
  std::string table;
  Line line(form.separator);
  file_header(line, form);
  line.text(std::string(kUnitColumn));
  for (const StudyColumn& column : unit_columns())
    // `valid_frames` is a column of the face already.
    line.text(std::string(column.name == column_name(FileColumn::valid_frames) ? "unit_valid_frames"
                                                                               : column.name));
  line.end(table);
  for (const StudyRow& row : rows)
    for (const std::string& unit : units) {
      file_cells(line, row, form);
      line.text(unit);
      unit_cells(line, find_unit(row, unit));
      line.end(table);
    }
  return table;
}

std::string condition_table(const std::vector<StudyRow>& rows, const StudyForm& form) {
  const auto participant =
      std::find(form.groups.begin(), form.groups.end(), kParticipant) - form.groups.begin();
  const bool has_participant = participant < static_cast<std::ptrdiff_t>(form.groups.size());
  struct Values {
    std::map<std::string, std::vector<double>> by_participant;
    std::size_t files = 0;
  };
  using Condition = std::vector<std::string>;
  std::map<Condition, std::map<std::string, std::array<Values, kUnitColumns>>> conditions;
  for (const StudyRow& row : rows) {
    if (!row.is_first_face) continue;
    Condition condition;
    for (std::size_t i = 0; i < row.groups.size(); ++i)
      if (!has_participant || i != static_cast<std::size_t>(participant))
        condition.push_back(row.groups[i]);
    if (form.tasks) condition.push_back(row.part ? row.part->task : std::string());
    const std::string who =
        has_participant ? row.groups[static_cast<std::size_t>(participant)] : row.file;
    for (const UnitNumbers& unit : row.units)
      for (std::size_t i = 0; i < unit.values.size(); ++i) {
        if (!unit.values[i]) continue;
        Values& values = conditions[condition][unit.unit][i];
        values.by_participant[who].push_back(*unit.values[i]);
        ++values.files;
      }
  }
  std::string table;
  Line line(form.separator);
  for (std::size_t i = 0; i < form.groups.size(); ++i)
    if (!has_participant || i != static_cast<std::size_t>(participant)) line.text(form.groups[i]);
  if (form.tasks) line.text(std::string(column_name(FileColumn::task)));
  for (const StudyColumn& column : condition_columns()) line.text(std::string(column.name));
  line.end(table);
  for (const auto& [condition, units] : conditions)
    for (const auto& [unit, columns] : units)
      for (std::size_t i = 0; i < columns.size(); ++i) {
        const Values& values = columns[i];
        if (values.files == 0) continue;
        std::vector<double> means;
        for (const auto& [who, all] : values.by_participant) means.push_back(mean_of(all));
        for (const std::string& group : condition) line.text(group);
        line.text(unit);
        line.text(std::string(unit_columns()[i].name));
        line.number(static_cast<double>(means.size()), 0);
        line.number(static_cast<double>(values.files), 0);
        line.number(mean_of(means), condition_columns()[4].decimals);
        line.number(deviation_of(means), condition_columns()[5].decimals);
        std::sort(means.begin(), means.end());
        line.number(quantile(means, 0.5), condition_columns()[6].decimals);
        line.end(table);
      }
  return table;
}

std::string table_cell(const std::string& text, char separator) {
  if (text.find_first_of("\"\r\n") == std::string::npos &&
      text.find(separator) == std::string::npos)
    return text;
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"') result += '"';
    result += c;
  }
  return result + '"';
}

}  // namespace auriga
