#include "tables/palsy.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/core.h>

#include "auriga/error.hpp"

#include "files/joined.hpp"
#include "files/palsy_columns.hpp"
#include "tables/csv_reader.hpp"

namespace auriga {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr SideValue kNone{kUnknown, kUnknown};
// How far before and after a task a movement is followed, s.
constexpr double kAround_s = 1;

double median(std::vector<double> values) {
  std::erase_if(values, [](double v) { return std::isnan(v); });
  if (values.empty()) return kUnknown;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

bool is_unit(std::string_view measure) { return measure.starts_with("AU"); }

std::string unit_of(std::string_view measure) {
  if (is_unit(measure)) return "intensity";
  for (const SideMeasureColumns& columns : side_measures())
    if (columns.stem == measure) return std::string(columns.unit);
  return {};
}

double& side(SideValue& value, std::size_t which) { return which == 0 ? value.left : value.right; }
double side(const SideValue& value, std::size_t which) {
  return which == 0 ? value.left : value.right;
}

// What a face does when it rests, by measure and side.
class Baseline {
 public:
  Baseline(const SideTracks& tracks, const std::vector<std::size_t>& rows) {
    for (const auto& [name, values] : tracks.of)
      for (const std::size_t which : {0, 1}) {
        std::vector<double> some;
        for (const std::size_t row : rows) some.push_back(values[which][row]);
        of_[name][which] = median(std::move(some));
      }
  }
  double of(std::string_view measure, std::size_t which) const {
    const auto found = of_.find(measure);
    return found == of_.end() ? kUnknown : found->second[which];
  }

 private:
  std::map<std::string, std::array<double, 2>, std::less<>> of_;
};

class Examination {
 public:
  Examination(const SideTracks& tracks, const std::vector<Task>& tasks) : tracks_(tracks) {
    std::vector<std::size_t> rest, between;
    bool any_rest = false;
    for (const Task& task : tasks)
      if (palsy_task(task).group == PalsyGroup::rest) {
        any_rest = true;
        for (const std::size_t row : resting_rows(rows_of(task))) rest.push_back(row);
      }
    for (std::size_t row = 0; row < tracks.frames.size(); ++row) {
      const double time = tracks.times[row];
      if (seen(row) && std::none_of(tasks.begin(), tasks.end(), [&](const Task& task) {
            return time >= task.start_s && time < task.end_s;
          }))
        between.push_back(row);
    }
    if (rest.empty()) {
      rest = resting_rows(between);
      warnings_.push_back(fmt::format(
          "{}: the resting face is the median of the {} frames between the tasks",
          any_rest ? "no frame of the task BL counts" : "there is no task BL", rest.size()));
      if (rest.empty())
        warnings_.back() =
            "there is no frame of a resting face, neither in a task BL nor between "
            "the tasks: nothing that compares with rest is told";
    }
    baseline_.emplace(tracks, rest);
  }

  std::vector<std::string> warnings() && { return std::move(warnings_); }

  PalsyResult measure(const Task& task) const {
    PalsyResult result;
    result.task = &palsy_task(task);
    result.start_s = task.start_s;
    result.end_s = task.end_s;
    const std::vector<std::size_t> all = rows_within(task);
    if (all.empty()) return result;
    const auto is_followed = [&](std::size_t row) { return tracks_.success[row] != 0; };
    std::vector<std::size_t> rows = rows_of(task);
    result.frames = static_cast<std::size_t>(std::count_if(all.begin(), all.end(), is_followed));
    if (result.frames == 0) {
      result.status = PalsyStatus::no_face;
      return result;
    }
    if (rows.empty()) {
      result.status = PalsyStatus::turned_away;
      return result;
    }
    if (result.task->group == PalsyGroup::rest) return at_rest(std::move(result), rows);

    const std::vector<Asked> asked = asked_of(*result.task);
    if (asked.empty()) {
      result.status = PalsyStatus::not_measurable;
      return result;
    }
    for (const Asked& one : asked) result.by += (result.by.empty() ? "" : "+") + one.measure;
    if (result.task->group != PalsyGroup::eye)
      std::erase_if(rows, [&](std::size_t row) { return is_blink(row); });
    const std::vector<std::size_t> held = held_rows(rows, asked);
    result.held = held.size();
    result.status = PalsyStatus::not_performed;
    if (held.empty()) return result;
    const auto peak = std::max_element(held.begin(), held.end(), [&](auto a, auto b) {
      return together(a, asked) < together(b, asked);
    });
    result.peak_frame = tracks_.frames[*peak];
    result.peak_s = tracks_.times[*peak];
    result.quality = tracks_.quality[*peak];

    SideValue sum{0, 0};
    for (const Asked& one : asked) {
      PalsyMeasure measure = of_asked(one, task, held);
      for (const std::size_t which : {0, 1})
        side(sum, which) += std::max(0.0, side(measure.change, which));
      if (std::max(measure.change.left, measure.change.right) >= kLeastActivation)
        result.status = PalsyStatus::performed;
      result.measures.push_back(std::move(measure));
    }
    if (result.status != PalsyStatus::performed) return result;
    for (const std::string_view unit : result.task->resting)
      if (tracks_.of.contains(unit)) result.measures.push_back(of_resting(unit, held, sum));
    return result;
  }

 private:
  struct Asked {
    std::string measure;
    int direction;
  };

  double value(std::string_view measure, std::size_t which, std::size_t row) const {
    const auto found = tracks_.of.find(measure);
    return found == tracks_.of.end() ? kUnknown : found->second[which][row];
  }
  bool seen(std::size_t row) const {
    return tracks_.success[row] != 0 && tracks_.quality[row] != "beyond";
  }
  std::vector<std::size_t> rows_within(const Task& task) const {
    std::vector<std::size_t> rows;
    for (std::size_t row = 0; row < tracks_.frames.size(); ++row)
      if (tracks_.times[row] >= task.start_s && tracks_.times[row] < task.end_s)
        rows.push_back(row);
    return rows;
  }
  std::vector<std::size_t> rows_of(const Task& task) const {
    std::vector<std::size_t> rows = rows_within(task);
    std::erase_if(rows, [&](std::size_t row) { return !seen(row); });
    return rows;
  }
  bool is_blink(std::size_t row) const {
    return value("AU45", 0, row) >= kClosed && value("AU45", 1, row) >= kClosed;
  }
  // Without blinks, and without smiles: AU06 and AU12, mean of both sides.
  std::vector<std::size_t> resting_rows(std::vector<std::size_t> rows) const {
    std::erase_if(rows, [&](std::size_t row) {
      double smile = 0;
      for (const char* unit : {"AU06", "AU12"}) {
        const double both = (value(unit, 0, row) + value(unit, 1, row)) / 2;
        if (!std::isnan(both)) smile += both;
      }
      return smile >= kLeastActivation || is_blink(row);
    });
    return rows;
  }

  std::vector<Asked> asked_of(const PalsyTask& task) const {
    std::vector<Asked> asked;
    if (!task.units.empty() && tracks_.of.contains(task.units.front())) {
      for (const std::string_view unit : task.units)
        if (tracks_.of.contains(unit)) asked.push_back({std::string(unit), 1});
    } else if (!task.instead.empty() && tracks_.of.contains(task.instead)) {
      asked.push_back({std::string(task.instead), task.direction});
    }
    return asked;
  }

  // How far it has moved from rest, in the direction that is asked for.
  double change(const Asked& asked, std::size_t which, std::size_t row) const {
    return asked.direction *
           (value(asked.measure, which, row) - baseline_->of(asked.measure, which));
  }
  double together(std::size_t row, const std::vector<Asked>& asked) const {
    double sum = 0;
    for (const Asked& one : asked)
      for (const std::size_t which : {0, 1}) sum += change(one, which, row) / 2;
    return sum;
  }
  std::vector<std::size_t> held_rows(std::vector<std::size_t> rows,
                                     const std::vector<Asked>& asked) const {
    std::erase_if(rows, [&](std::size_t row) { return std::isnan(together(row, asked)); });
    double peak = 0;
    for (const std::size_t row : rows) peak = std::max(peak, together(row, asked));
    std::erase_if(
        rows, [&](std::size_t row) { return !(peak > 0) || together(row, asked) < kHeld * peak; });
    return rows;
  }

  PalsyMeasure empty(std::string_view measure, bool asked) const {
    return {std::string(measure),
            unit_of(measure),
            asked,
            kNone,
            kNone,
            kNone,
            kUnknown,
            kUnknown,
            {},
            kNone,
            kNone,
            kUnknown,
            kNone};
  }

  static void compare(PalsyMeasure& measure) {
    const auto [left, right] = measure.change;
    if (std::isnan(left) || std::isnan(right)) return;
    const double larger = std::max({left, right, 0.0}),
                 smaller = std::max(std::min(left, right), 0.0);
    if (larger < kLeastActivation) return;
    measure.ratio = smaller / larger;
    measure.percent_difference = 100 * (1 - measure.ratio);
    if (left != right) measure.weaker = left < right ? "left" : "right";
  }

  PalsyMeasure of_asked(const Asked& asked, const Task& task,
                        const std::vector<std::size_t>& held) const {
    PalsyMeasure measure = empty(asked.measure, true);
    SideValue half_s = kNone;
    for (const std::size_t which : {0, 1}) {
      std::optional<std::size_t> peak;
      for (const std::size_t row : held) {
        const double here = change(asked, which, row);
        if (!std::isnan(here) && (!peak || here > change(asked, which, *peak))) peak = row;
      }
      if (!peak) continue;
      side(measure.peak, which) = value(asked.measure, which, *peak);
      side(measure.peak_s, which) = tracks_.times[*peak];
      const double most = change(asked, which, *peak);
      side(measure.change, which) = most;
      if (most < kLeastActivation) continue;
      const auto crossing = [&](double share, int step) {
        return crosses(asked, which, *peak, share * most, step, task);
      };
      const double rise = crossing(0.75, -1) - crossing(0.25, -1);
      const double fall = crossing(0.25, 1) - crossing(0.75, 1);
      if (rise > 0) side(measure.onset_per_s, which) = 0.5 * most / rise;
      if (fall > 0) side(measure.offset_per_s, which) = 0.5 * most / fall;
      side(half_s, which) = crossing(0.5, -1);
    }
    measure.delay_s = half_s.left - half_s.right;
    compare(measure);
    return measure;
  }

  // When, going from the peak, the change first falls below `level`: between two frames on the
  // straight line. NaN where it does not before the time round the task or a gap ends.
  double crosses(const Asked& asked, std::size_t which, std::size_t peak, double level, int step,
                 const Task& task) const {
    for (std::size_t row = peak;; row += static_cast<std::size_t>(step)) {
      if (step < 0 ? row == 0 : row + 1 == tracks_.frames.size()) return kUnknown;
      const std::size_t next = row + static_cast<std::size_t>(step);
      const double time = tracks_.times[next];
      if (time < task.start_s - kAround_s || time > task.end_s + kAround_s) return kUnknown;
      const double above = change(asked, which, row), below = change(asked, which, next);
      if (std::isnan(below)) return kUnknown;
      if (below < level)
        return time + (tracks_.times[row] - time) * (level - below) / (above - below);
    }
  }

  PalsyMeasure of_resting(std::string_view unit, const std::vector<std::size_t>& held,
                          const SideValue& asked) const {
    PalsyMeasure measure = empty(unit, false);
    for (const std::size_t which : {0, 1}) {
      std::vector<double> values;
      for (const std::size_t row : held) values.push_back(value(unit, which, row));
      side(measure.peak, which) = median(std::move(values));
      const double moved = side(measure.peak, which) - baseline_->of(unit, which);
      side(measure.change, which) = moved;
      if (side(asked, which) >= kLeastActivation && !std::isnan(moved))
        side(measure.coupling, which) = std::max(0.0, moved) / side(asked, which);
    }
    return measure;
  }

  PalsyResult at_rest(PalsyResult result, const std::vector<std::size_t>& rows) const {
    const std::vector<std::size_t> rest = resting_rows(rows);
    result.held = rest.size();
    result.status = rest.empty() ? PalsyStatus::not_performed : PalsyStatus::performed;
    if (rest.empty()) return result;
    double nearest = std::numeric_limits<double>::max();
    for (const std::size_t row : rest) {
      double away = 0;
      for (const auto& [name, values] : tracks_.of)
        for (const std::size_t which : {0, 1}) {
          const double off = std::abs(values[which][row] - baseline_->of(name, which));
          if (!std::isnan(off)) away += off;
        }
      if (away >= nearest) continue;
      nearest = away;
      result.peak_frame = tracks_.frames[row];
      result.peak_s = tracks_.times[row];
      result.quality = tracks_.quality[row];
    }
    const Baseline here(tracks_, rest);
    for (const auto& [name, values] : tracks_.of) {
      PalsyMeasure measure = empty(name, true);
      measure.peak = {here.of(name, 0), here.of(name, 1)};
      measure.change = measure.peak;  // compared as they are
      // Heights of lips and angles are no amounts.
      const auto columns =
          std::find_if(side_measures().begin(), side_measures().end(),
                       [&](const SideMeasureColumns& one) { return one.stem == name; });
      if (columns == side_measures().end() || columns->has_ratio) compare(measure);
      measure.change = kNone;
      result.measures.push_back(std::move(measure));
    }
    return result;
  }

  const SideTracks& tracks_;
  std::optional<Baseline> baseline_;
  std::vector<std::string> warnings_;
};

double percent_of(const SideValue& value, std::optional<std::size_t> affected) {
  const double one = affected ? side(value, *affected) : std::min(value.left, value.right);
  const double other = affected ? side(value, 1 - *affected) : std::max(value.left, value.right);
  return other >= kLeastActivation ? 100 * std::max(one, 0.0) / other : kUnknown;
}

struct QuotientRow {
  const char *part, *name;
  std::vector<const char*> tasks;
  std::vector<const char*> measures;  // the first that there is; empty: what was asked for
};
const std::vector<QuotientRow>& quotient_rows() {
  static const std::vector<QuotientRow> rows = {
      {"static", "brow at rest", {"BL"}, {"brow_height"}},
      {"static", "palpebral fissure at rest", {"BL"}, {"fissure_height"}},
      {"static", "oral commissure at rest", {"BL"}, {"commissure_excursion"}},
      {"dynamic", "brow elevation", {"RE"}, {}},
      {"dynamic", "gentle eye closure", {"ES"}, {}},
      {"dynamic", "full eye closure", {"ET"}, {"AU45", "fissure_height"}},
      {"dynamic", "oral commissure movement with smile", {"BS", "SS"}, {}},
      {"dynamic", "nasolabial movement with snarl", {"WN"}, {}},
      {"dynamic", "lower lip movement", {"LT", "SE"}, {}},
      {"dynamic", "pucker", {"PL"}, {}},
      {"synkinesis", "ocular", {"BS", "SS", "PL", "SE", "SO"}, {"AU45"}},
      {"synkinesis", "midfacial", {"ET", "ES"}, {"AU12"}},
      {"synkinesis", "mentalis", {"BS", "SS", "ET", "ES"}, {"AU17"}},
  };
  return rows;
}

std::vector<PalsyQuotient> quotients_of(const std::vector<PalsyResult>& results,
                                        std::optional<std::size_t> affected) {
  std::vector<PalsyQuotient> quotients;
  for (const QuotientRow& row : quotient_rows()) {
    PalsyQuotient quotient{row.part, row.name, "", kNone, kUnknown};
    for (const char* code : row.tasks) {
      const auto result = std::find_if(results.begin(), results.end(), [&](const PalsyResult& one) {
        return one.task->code == code && one.status == PalsyStatus::performed;
      });
      if (result == results.end()) continue;
      const bool coupling = quotient.part == "synkinesis";
      for (const PalsyMeasure& measure : result->measures) {
        if (measure.asked == coupling) continue;
        if (!row.measures.empty() &&
            std::none_of(row.measures.begin(), row.measures.end(),
                         [&](const char* name) { return measure.measure == name; }))
          continue;
        quotient.from = std::string(code) + " " + measure.measure;
        quotient.value = coupling                    ? measure.coupling
                         : quotient.part == "static" ? measure.peak
                                                     : measure.change;
        if (!coupling) quotient.percent = percent_of(quotient.value, affected);
        break;
      }
      if (!quotient.from.empty()) break;
    }
    if (quotient.from.empty()) quotient.from = "not measured";
    quotients.push_back(std::move(quotient));
  }
  return quotients;
}

std::string cell(double value, int decimals = 3) {
  return std::isfinite(value) ? fmt::format("{:.{}f}", value, decimals) : std::string();
}

// The numbers of a measure, in the order of kPalsyColumns.
std::vector<std::string> cells_of(const PalsyMeasure& m) {
  return {cell(m.peak.left),
          cell(m.peak.right),
          cell(m.peak_s.left),
          cell(m.peak_s.right),
          cell(m.change.left),
          cell(m.change.right),
          cell(m.ratio),
          cell(m.percent_difference, 1),
          m.weaker,
          cell(m.onset_per_s.left),
          cell(m.onset_per_s.right),
          cell(m.offset_per_s.left),
          cell(m.offset_per_s.right),
          cell(m.delay_s),
          cell(m.coupling.left),
          cell(m.coupling.right),
          cell(m.coupling.left - m.coupling.right)};
}

std::string label_of(const PalsyResult& result) {
  return std::string(result.task->code) +
         (result.repetition > 1 ? std::to_string(result.repetition) : std::string());
}

// Of a name for a column: words with underscores.
std::string column_of(std::string text) {
  std::replace(text.begin(), text.end(), ' ', '_');
  return text;
}

std::string quoted_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string safe = "\"";
  for (const char c : text) safe += c == '"' ? std::string("\"\"") : std::string(1, c);
  return safe + '"';
}

}  // namespace

const std::vector<PalsyTask>& palsy_tasks() {
  static const std::vector<std::string_view> with_eyes = {"AU12", "AU14", "AU17", "AU25"};
  static const std::vector<std::string_view> with_mouth = {"AU01", "AU17", "AU45"};
  static const std::vector<std::string_view> with_brows = {"AU12", "AU25", "AU45"};
  static const std::vector<PalsyTask> tasks = {
      {"BL", "baseline", PalsyGroup::rest, {}, "", 1, {}},
      {"RE", "raise eyebrows", PalsyGroup::brow, {"AU01", "AU02"}, "brow_height", 1, with_brows},
      {"ES", "close eyes softly", PalsyGroup::eye, {"AU45"}, "fissure_height", -1, with_eyes},
      {"ET",
       "close eyes tightly",
       PalsyGroup::eye,
       {"AU45", "AU07"},
       "fissure_height",
       -1,
       with_eyes},
      {"BK", "blink", PalsyGroup::eye, {"AU45"}, "fissure_height", -1, with_eyes},
      {"SS", "soft smile", PalsyGroup::mouth, {"AU12"}, "commissure_excursion", 1, with_mouth},
      {"BS",
       "big smile",
       PalsyGroup::mouth,
       {"AU12", "AU25", "AU07"},
       "commissure_excursion",
       1,
       with_mouth},
      {"SE", "say eee", PalsyGroup::mouth, {"AU20", "AU25"}, "commissure_excursion", 1, with_mouth},
      {"SO", "say ooo", PalsyGroup::mouth, {"AU25", "AU26"}, "dental_show", 1, with_mouth},
      {"FR", "frown", PalsyGroup::brow, {"AU04"}, "brow_height", -1, with_brows},
      {"WN", "wrinkle nose", PalsyGroup::nose, {"AU09"}, "upper_lip_height", -1, {"AU45", "AU17"}},
      {"PL",
       "pucker lips",
       PalsyGroup::mouth,
       {"AU17"},
       "commissure_midline",
       -1,
       {"AU01", "AU45"}},
      {"BC", "puff cheeks", PalsyGroup::mouth, {"AU23"}, "", 1, with_mouth},
      {"LT", "show lower teeth", PalsyGroup::mouth, {"AU15"}, "lower_lip_height", 1, with_mouth},
  };
  return tasks;
}

const PalsyTask& palsy_task(const Task& task) {
  std::string code = task.name;
  for (char& c : code)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  std::vector<std::string> known;
  for (const PalsyTask& one : palsy_tasks()) {
    if (one.code == code) return one;
    known.push_back(fmt::format("{} {}", one.code, one.name));
  }
  throw Error(ErrorCode::input,
              fmt::format("task {} ({:.3f} to {:.3f} s): expected one of {}; correct its name",
                          task.name, task.start_s, task.end_s, joined(known, ", ")));
}

SideTracks read_side_tracks(const std::filesystem::path& file) {
  CsvReader table(file, {"yaw_quality", "mm_by"});
  std::vector<std::string> missing;
  const auto find = [&](std::string_view name) {
    const auto found = table.find(name);
    if (!found) missing.emplace_back(name);
    return found.value_or(0);
  };
  const std::size_t frame = find(kFrameColumn), time = find(kTimestampColumn),
                    success = find(kSuccessColumn), quality = find("yaw_quality");
  const std::optional<std::size_t> face = table.find(kFaceIdColumn);
  struct Pair {
    std::string name;
    std::size_t columns[2];
  };
  std::vector<Pair> pairs;
  for (const std::string& name : table.columns()) {
    const std::string left = std::string(kLeftEnding);
    for (const std::string& ending :
         {left + std::string(kIntensityEnding), left + "_mm", left + "_deg"}) {
      if (!name.ends_with(ending)) continue;
      const std::string stem = name.substr(0, name.size() - ending.size());
      const auto right = table.find(stem + std::string(kRightEnding) + ending.substr(left.size()));
      if (right) pairs.push_back({stem, {*table.find(name), *right}});
    }
  }
  if (pairs.empty()) missing.emplace_back("AU01_left_r and others of both sides");
  if (!missing.empty())
    throw Error(ErrorCode::input,
                fmt::format("{}: expected a table of both sides, found no column {}; `auriga "
                            "extract --sides` writes one, NAME_sides.csv",
                            file.string(), joined(missing, ", ")));
  std::map<std::int64_t, SideTracks> faces;
  while (table.next()) {
    if (table.empty_row()) continue;
    SideTracks& tracks = faces[face ? table.integer(*face) : 0];
    tracks.frames.push_back(table.integer(frame));
    tracks.times.push_back(table.number(time).value_or(0));
    tracks.success.push_back(table.number(success).value_or(0) > 0.5);
    tracks.quality.emplace_back(table.text(quality));
    for (const Pair& pair : pairs)
      for (const std::size_t which : {0, 1})
        tracks.of[pair.name][which].push_back(table.number(pair.columns[which]).value_or(kUnknown));
  }
  if (faces.empty())
    throw Error(ErrorCode::input,
                fmt::format("{}: expected rows, found none; was the video empty?", file.string()));
  const auto seen = [](const auto& one) {
    return std::count(one.second.success.begin(), one.second.success.end(), 1);
  };
  auto first = std::max_element(faces.begin(), faces.end(),
                                [&](const auto& a, const auto& b) { return seen(a) < seen(b); });
  SideTracks tracks = std::move(first->second);
  tracks.file = file;
  std::erase_if(tracks.of, [](const auto& one) {
    return std::all_of(one.second.begin(), one.second.end(), [](const auto& values) {
      return std::all_of(values.begin(), values.end(), [](double v) { return std::isnan(v); });
    });
  });
  return tracks;
}

std::string_view name_of(PalsyStatus status) {
  switch (status) {
    case PalsyStatus::performed:
      return "performed";
    case PalsyStatus::not_performed:
      return "not performed";
    case PalsyStatus::not_measurable:
      return "not measurable with these models";
    case PalsyStatus::no_face:
      return "no face";
    case PalsyStatus::turned_away:
      return "head turned too far";
    case PalsyStatus::outside:
      break;
  }
  return "outside the video";
}

Palsy measure_palsy(const SideTracks& tracks, const std::vector<Task>& tasks,
                    std::optional<std::size_t> affected) {
  Palsy palsy;
  Examination examination(tracks, tasks);
  std::map<std::string_view, int> repetitions;
  for (const Task& task : tasks) {
    PalsyResult result = examination.measure(task);
    result.repetition = ++repetitions[result.task->code];
    palsy.results.push_back(std::move(result));
  }
  palsy.quotients = quotients_of(palsy.results, affected);
  palsy.warnings = std::move(examination).warnings();
  if (!tracks.times.empty())
    for (std::string& warning : task_warnings(tasks, 0, tracks.times.back() + 0.1))
      palsy.warnings.push_back(std::move(warning));
  return palsy;
}

std::string palsy_long_csv(const Palsy& palsy) {
  std::vector<std::string> columns(kPalsyKeyColumns.begin(), kPalsyKeyColumns.end());
  columns.insert(columns.end(), kPalsyColumns.begin(), kPalsyColumns.end());
  std::string text = joined(columns, ",") + '\n';
  const std::size_t numbers = kPalsyColumns.size();
  const auto line = [&](std::vector<std::string> cells) {
    cells.resize(columns.size());
    for (std::string& one : cells) one = quoted_cell(one);
    text += joined(cells, ",") + '\n';
  };
  for (const PalsyResult& result : palsy.results) {
    const std::vector<std::string> key = {
        std::string(result.task->code),
        std::to_string(result.repetition),
        cell(result.start_s),
        cell(result.end_s),
        std::string(name_of(result.status)),
        result.peak_frame > 0 ? std::to_string(result.peak_frame) : std::string(),
        result.peak_frame > 0 ? cell(result.peak_s) : std::string(),
        std::to_string(result.held),
        result.quality};
    if (result.measures.empty()) {
      line(key);
      continue;
    }
    for (const PalsyMeasure& measure : result.measures) {
      std::vector<std::string> cells = key;
      cells.push_back(result.task->group == PalsyGroup::rest ? "rest"
                      : measure.asked                        ? "asked"
                                                             : "should rest");
      cells.push_back(measure.measure);
      cells.push_back(measure.unit);
      const std::vector<std::string> values = cells_of(measure);
      cells.insert(cells.end(), values.begin(), values.end());
      line(std::move(cells));
    }
  }
  for (const PalsyQuotient& quotient : palsy.quotients) {
    std::vector<std::string> cells(kPalsyKeyColumns.size());
    cells[4] = quotient.from == "not measured" ? "not measured" : "performed";
    cells[9] = quotient.part;
    cells[10] = quotient.name + (cells[4] == "performed" ? " (" + quotient.from + ")" : "");
    cells[11] = quotient.part == "static" ? "mm"
                : quotient.part == "synkinesis"
                    ? "quotient"
                    : unit_of(quotient.from.substr(std::min<std::size_t>(quotient.from.size(), 3)));
    std::vector<std::string> values(numbers);
    values[0] = cell(quotient.value.left);
    values[1] = cell(quotient.value.right);
    if (std::isfinite(quotient.percent)) values[6] = cell(quotient.percent / 100);
    cells.insert(cells.end(), values.begin(), values.end());
    line(std::move(cells));
  }
  return text;
}

std::string palsy_wide_csv(const Palsy& palsy, const std::string& name) {
  std::vector<std::string> columns = {"file"}, cells = {quoted_cell(name)};
  for (const PalsyResult& result : palsy.results) {
    const std::string label = label_of(result);
    columns.push_back(label + "_status");
    cells.emplace_back(name_of(result.status));
    for (const PalsyMeasure& measure : result.measures) {
      const std::vector<std::string> values = cells_of(measure);
      for (std::size_t i = 0; i < values.size(); ++i) {
        const std::string_view column = kPalsyColumns[i];
        const bool of_coupling = column.find("coupling") != std::string_view::npos;
        const bool level = column == "left" || column == "right";
        const bool of_rest = level || column == "ratio";
        const bool of_resting = level || of_coupling || column.ends_with("_change");
        // What a measure of its kind has; others would be empty for everybody.
        if (result.task->group == PalsyGroup::rest ? !of_rest
            : measure.asked                        ? of_coupling
                                                   : !of_resting)
          continue;
        columns.push_back(label + '_' + measure.measure + '_' + std::string(column));
        cells.push_back(values[i]);
      }
    }
  }
  for (const PalsyQuotient& quotient : palsy.quotients) {
    const std::string stem = column_of(quotient.part + " " + quotient.name);
    columns.push_back(stem + "_left");
    cells.push_back(cell(quotient.value.left));
    columns.push_back(stem + "_right");
    cells.push_back(cell(quotient.value.right));
    if (quotient.part == "synkinesis") continue;
    columns.push_back(stem + "_percent");
    cells.push_back(cell(quotient.percent, 1));
  }
  return joined(columns, ",") + '\n' + joined(cells, ",") + '\n';
}

}  // namespace auriga
