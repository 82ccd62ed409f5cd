// `auriga summary` of several tables, and its tables for statistics programs.
#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "auriga/error.hpp"

#include "console.hpp"
#include "drawing/encode.hpp"
#include "drawing/study_picture.hpp"
#include "event_files.hpp"
#include "files/atomic_file.hpp"
#include "files/manifest.hpp"
#include "files/natural_order.hpp"
#include "files/part_name.hpp"
#include "files/table_name.hpp"
#include "own_names.hpp"
#include "summary_options.hpp"
#include "tables/marks.hpp"
#include "tables/study.hpp"
#include "tables/summary.hpp"
#include "tables/tasks.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;

// Not hidden, and not the table of sides that lies beside another.
bool is_table_name(const fs::path& file) {
  return may_be_table(file) && !file.filename().string().starts_with('.') &&
         !table_stem(file.filename()).string().ends_with("_sides");
}

// The tables that were given, those of folders in the order in which people count.
std::vector<FoundTable> find_tables(const std::vector<std::string>& given) {
  std::vector<FoundTable> tables;
  std::set<fs::path> seen;
  const auto add = [&](const fs::path& table, const fs::path& below) {
    std::error_code failed;
    const fs::path full = fs::weakly_canonical(table, failed);
    if (failed || seen.insert(full).second) tables.push_back({table, below});
  };
  for (const std::string& one : given) {
    std::error_code failed;
    if (!fs::is_directory(one, failed)) {
      add(one, {});
      continue;
    }
    std::vector<fs::path> found;
    fs::recursive_directory_iterator entry(one, failed);
    const fs::recursive_directory_iterator end;
    if (failed)
      throw Error(ErrorCode::input, fmt::format("{}: cannot read the folder: {}; check its "
                                                "permissions",
                                                one, failed.message()));
    for (; entry != end; entry.increment(failed)) {
      if (failed) break;
      std::error_code ignored;
      if (entry->is_regular_file(ignored) && is_table_name(entry->path()))
        found.push_back(entry->path());
    }
    std::sort(found.begin(), found.end(), [](const fs::path& a, const fs::path& b) {
      return natural_less(a.native(), b.native());
    });
    const std::size_t before = tables.size();
    for (const fs::path& file : found)
      if (is_about_faces(file)) add(file, file.parent_path().lexically_relative(one));
    if (tables.size() == before)
      throw Error(ErrorCode::input,
                  fmt::format("{}: expected tables with action units in the folder, found none "
                              "among {} .csv and .tsv files; check the path",
                              one, found.size()));
  }
  return tables;
}

// "10s", "500ms", "1.5min", "10" in s.
double window_length(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string unit(end, text.data() + text.size());
  const double factor = unit.empty() || unit == "s" ? 1
                        : unit == "ms"              ? 0.001
                        : unit == "min"             ? 60
                                                    : 0;
  if (error != std::errc() || factor == 0 || !(value * factor >= 0.001) ||
      !std::isfinite(value * factor))
    throw Error(ErrorCode::usage,
                fmt::format("--windows expects a length of time from 1ms on, such as 10s, 500ms or "
                            "1min, found '{}'",
                            text));
  return value * factor;
}

char separator_of(const std::string& output) {
  if (may_be_table(output) && !is_compressed(output)) return has_tabs(output) ? '\t' : ',';
  const std::string ending = fs::path(output).extension().string();
  throw Error(ErrorCode::usage,
              fmt::format("-o {}: expected a name that ends in .csv or .tsv{}", output,
                          ending == ".parquet" ? "; Python writes Parquet, docs/python.md says how"
                          : ending == ".xlsx"  ? "; spreadsheets open .csv"
                                               : ""));
}

fs::path conditions_path(const fs::path& output) {
  fs::path path = output;
  path.replace_filename(output.stem().string() + "_by" + output.extension().string());
  return path;
}

// Labels with a length, of the marks beside a table.
std::vector<Task> tasks_of_marks(const AuTable& table) {
  std::vector<Task> tasks;
  for (const Mark& mark : marks_of(table.file)) {
    if (mark.kind != MarkKind::label) continue;
    Task task{mark.label, mark.start_s.value_or(0), mark.end_s.value_or(0), {}};
    if (!mark.start_s) {
      // Frames only: the times of the rows.
      const FaceTrack& face = table.faces.front();
      const auto at = [&](std::int64_t frame) {
        const auto row = std::lower_bound(face.frames.begin(), face.frames.end(), frame);
        return row == face.frames.end()
                   ? table.end()
                   : face.times[static_cast<std::size_t>(row - face.frames.begin())];
      };
      task.start_s = at(*mark.first);
      task.end_s = at(*mark.last + 1);
    }
    if (task.end_s > task.start_s && !task.name.empty()) tasks.push_back(std::move(task));
  }
  return tasks;
}

class Study {
 public:
  explicit Study(const SummaryOptions& options) : options_(options) {
    for (const auto& [flag, given] : {std::pair{"--truth", !options.truth.empty()},
                                      std::pair{"--video", !options.video.empty()},
                                      std::pair{"--face", options.face.has_value()}})
      if (given)
        throw Error(ErrorCode::usage,
                    fmt::format("{} is about one table, and without -o; leave it out", flag));
    if (!options.output.empty()) form_.separator = separator_of(options.output);
    if (!options.by.empty()) groups_ = PathGroups(options.by);
    form_.groups = groups_.names();
    form_.parts = !options.windows.empty() || !options.tasks.empty();
    form_.tasks = !options.tasks.empty();
    if (!options.windows.empty()) window_s_ = window_length(options.windows);
    by_marks_ = options.tasks == "marks";
    if (!options.tasks.empty() && !by_marks_) tasks_ = read_tasks(options.tasks);
    for (const auto& [flag, given] :
         {std::pair{"--long", options.long_form}, std::pair{"--by", !options.by.empty()},
          std::pair{"--windows", !options.windows.empty()},
          std::pair{"--tasks", !options.tasks.empty()}})
      if (given && options.output.empty())
        throw Error(
            ErrorCode::usage,
            fmt::format("{} is about the table of numbers: expected -o FILE as well", flag));
  }

  int run() {
    const std::vector<FoundTable> tables = find_tables(options_.tables);
    std::vector<fs::path> events(tables.size());
    if (!options_.events.empty()) events = event_files(options_.events, tables);
    require_own_names(tables, events);
    for (std::size_t i = 0; i < tables.size(); ++i)
      if (!tried([&] { add(tables[i].path, events[i]); })) ++failed_;
    if (failed_ == tables.size()) return exit_code_;
    if (estimators_.size() > 1) {
      std::string all;
      for (const auto& [name, count] : estimators_)
        all += fmt::format("{}{} ({})", all.empty() ? "" : ", ", name, count);
      complain("auriga: warning: tables of several estimators, whose numbers do not compare: {}\n",
               all);
    }
    if (options_.json)
      fmt::print("[{}]\n", json_);
    else
      tell_tables();
    write();
    return exit_code_;
  }

 private:
  // Whether it worked; else the error is told.
  template <typename Work>
  bool tried(Work work) {
    try {
      work();
      return true;
    } catch (const Error& error) {
      complain("auriga: {}\n", error.what());
      exit_code_ = std::max(exit_code_, static_cast<int>(error.code()));
      return false;
    }
  }

  void require_own_names(const std::vector<FoundTable>& tables,
                         const std::vector<fs::path>& events) const {
    OwnNames names;
    for (const auto& [table, below] : tables) {
      names.add_input(table, "the table " + table.string());
      names.add_input(marks_path(table), "the marks " + marks_path(table).string());
    }
    if (!options_.tasks.empty() && !by_marks_)
      names.add_input(options_.tasks, "--tasks " + options_.tasks);
    if (!options_.picture.empty()) names.add_result(options_.picture, "the picture");
    for (std::size_t i = 0; i < tables.size(); ++i)
      if (!events[i].empty())
        names.add_result(events[i], "the events of " + tables[i].path.string());
    if (options_.output.empty()) return;
    names.add_result(options_.output, "the table of numbers");
    if (!options_.by.empty())
      names.add_result(conditions_path(options_.output), "the table of averages");
  }

  std::vector<TablePart> parts_of(const AuTable& table) {
    if (window_s_ > 0) return windows_of(table, window_s_);
    std::vector<Task> tasks;
    if (by_marks_)
      tasks = tasks_of_marks(table);
    else
      for (const Task& task : tasks_)
        if (is_about(task, table.file)) tasks.push_back(task);
    if (!table.timed)
      throw Error(ErrorCode::input,
                  fmt::format("{}: expected times for --tasks, found a table without useful "
                              "timestamps; leave it out",
                              table.file.string()));
    for (const std::string& warning : task_warnings(tasks, table.begin(), table.end()))
      complain("auriga: warning: {}: {}\n", table.file.string(), warning);
    if (tasks.empty())
      complain("auriga: warning: {}: none of the tasks is about it\n", table.file.string());
    std::vector<TablePart> parts;
    for (const Task& task : tasks) parts.push_back({task.name, task.start_s, task.end_s});
    return parts;
  }

  void add(const fs::path& file, const fs::path& events) {
    const AuTable table = counted_table(file, options_);
    const Recording recording = recording_of(file);
    const std::string estimator = estimator_of(file);
    if (!groups_.names().empty() && !groups_.matches(file.string()))
      complain("auriga: warning: {}: --by does not match the path; its groups are empty\n",
               file.string());
    std::vector<StudyRow> rows;
    if (form_.parts) {
      for (const TablePart& part : parts_of(table))
        for (StudyRow& row : study_rows(table, recording, options_.rules(), part))
          rows.push_back(std::move(row));
    } else {
      rows = study_rows(table, recording, options_.rules());
    }
    for (StudyRow& row : rows) {
      row.groups = groups_.of(file.string());
      row.estimator = estimator;
    }
    if (!estimator.empty()) ++estimators_[estimator];
    if (options_.json)
      json_ += (json_.empty() ? "" : ",\n") + summary_json(table, estimator, options_.rules());
    told_.push_back(table_line(table, quality_of(table, recording)));
    if (table.excluded_ranges > 0) {
      ++tables_with_exclusions_;
      frames_excluded_ += table.frames_excluded;
    }
    rows_.insert(rows_.end(), std::make_move_iterator(rows.begin()),
                 std::make_move_iterator(rows.end()));
    // The table counts, whatever becomes of its events.
    if (!events.empty() &&
        tried([&] { write_events(table, options_.rules(), options_.events, events); }))
      ++events_written_;
  }

  // In short, for people.
  static std::string table_line(const AuTable& table, const Quality& quality) {
    std::string text =
        fmt::format("{}: {} frames, a face in {:.1f} %, quality {}", table.file.string(),
                    quality.frames, 100 * quality.followed, word(quality.verdict));
    for (std::size_t i = 0; i < quality.reasons.size(); ++i)
      text += (i == 0 ? ": " : "; ") + quality.reasons[i];
    if (table.excluded_ranges > 0)
      text += fmt::format(" ({} frames left out by {})", table.frames_excluded,
                          marks_path(table.file).filename().string());
    return text;
  }

  void tell_tables() const {
    for (const std::string& line : told_) fmt::print("{}\n", line);
    if (frames_excluded_ > 0)
      fmt::print("marks leave out {} frames of {} table{}; --no-marks counts them\n",
                 frames_excluded_, tables_with_exclusions_,
                 tables_with_exclusions_ == 1 ? "" : "s");
    if (failed_ > 0) fmt::print("{} tables could not be read\n", failed_);
  }

  void write() const {
    std::vector<std::string> written;
    if (!options_.output.empty()) {
      AbandonedParts().remove(options_.output);
      write_file(options_.output,
                 options_.long_form ? long_table(rows_, form_) : wide_table(rows_, form_));
      written.push_back(fmt::format(
          "{}: {} of {} tables", options_.output,
          options_.long_form ? "units" : fmt::format("{} rows", rows_.size()), told_.size()));
    }
    if (!options_.output.empty() && !options_.by.empty()) {
      const fs::path conditions = conditions_path(options_.output);
      AbandonedParts().remove(conditions);
      write_file(conditions, condition_table(rows_, form_));
      written.push_back(conditions.string() + ": averages per condition");
    }
    if (events_written_ > 0)
      written.push_back(fmt::format("{}: the events of {} of {} tables", options_.events,
                                    events_written_, told_.size()));
    if (!options_.picture.empty()) {
      AbandonedParts().remove(options_.picture);
      AtomicFile picture(options_.picture);
      picture.write(encode_png(study_picture(rows_)));
      picture.commit();
      written.push_back(options_.picture);
    }
    if (!options_.json)
      for (const std::string& one : written) fmt::print("wrote {}\n", one);
  }

  const SummaryOptions& options_;
  StudyForm form_;
  PathGroups groups_;
  double window_s_ = 0;  // 0: no windows
  bool by_marks_ = false;
  std::vector<Task> tasks_;
  std::vector<StudyRow> rows_;
  std::vector<std::string> told_;
  std::string json_;
  std::map<std::string, int> estimators_;
  std::size_t failed_ = 0, events_written_ = 0, frames_excluded_ = 0, tables_with_exclusions_ = 0;
  int exit_code_ = 0;
};

}  // namespace

int summarise_study(const SummaryOptions& options) { return Study(options).run(); }

}  // namespace auriga::app
