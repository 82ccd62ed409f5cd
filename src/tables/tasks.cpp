#include "tables/tasks.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <map>
#include <utility>

#include <fmt/core.h>

#include "auriga/error.hpp"

#include "files/joined.hpp"
#include "tables/csv_reader.hpp"
#include "tables/eaf_tasks.hpp"

namespace auriga {

namespace fs = std::filesystem;

namespace {

constexpr double kLongest_s = 1e7;
constexpr std::size_t kMostTasks = 100000, kLineBytes = 100000, kShownTasks = 3;

// Whether it is hh:mm:ss.mmm, as ELAN writes times by itself.
bool is_clock_time(std::string_view text) {
  return std::count(text.begin(), text.end(), ':') == 2 && time_from_text(text);
}

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  for (std::size_t begin = 0; begin <= line.size();) {
    const std::size_t end = std::min(line.find('\t', begin), line.size());
    cells.push_back(line.substr(begin, end - begin));
    begin = end + 1;
  }
  return cells;
}

std::string first_line(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string line(kLineBytes, '\0');
  stream.read(line.data(), static_cast<std::streamsize>(line.size()));
  line.resize(static_cast<std::size_t>(stream.gcount()));
  if (line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
  return line.substr(0, line.find_first_of("\r\n"));
}

class Tasks {
 public:
  explicit Tasks(fs::path file) : file_(std::move(file)) {}

  void add(std::size_t line, std::string name, std::optional<double> start,
           std::optional<double> end, const std::string& found, std::string about = {}) {
    if (name.empty()) fail(line, "expected the name of a task, found none; name it");
    if (!start || !end || *end > kLongest_s)
      fail(line,
           fmt::format("expected times in seconds or hh:mm:ss, found {}; correct them", found));
    if (!(*end > *start))
      fail(line,
           fmt::format("expected task {} to end behind its start, found {}; correct the times",
                       name, found));
    if (tasks_.size() == kMostTasks)
      fail(line, fmt::format("expected at most {} tasks, found more; is this a list of tasks?",
                             kMostTasks));
    tasks_.push_back({std::move(name), *start, *end, std::move(about)});
  }

  std::vector<Task> all() && {
    if (tasks_.empty())
      throw Error(
          ErrorCode::input,
          fmt::format("{}: expected tasks, a row each, found none; write task,start,end and "
                      "a row for each",
                      file_.string()));
    return std::move(tasks_);
  }

  [[noreturn]] void fail(std::size_t line, const std::string& problem) const {
    throw Error(ErrorCode::input, fmt::format("{}, line {}: {}", file_.string(), line, problem));
  }

 private:
  fs::path file_;
  std::vector<Task> tasks_;
};

// ELAN's text without column labels.
std::vector<Task> read_unlabelled(const fs::path& file) {
  Tasks tasks(file);
  std::ifstream stream(file, std::ios::binary);
  std::string line;
  for (std::size_t number = 1; std::getline(stream, line); ++number) {
    if (line.size() > kLineBytes)
      tasks.fail(number, "expected tab-delimited text, found a longer line");
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty()) continue;
    const std::vector<std::string> cells = cells_of(line);
    std::vector<std::string> times;
    for (const std::string& cell : cells)
      if (is_clock_time(cell)) times.push_back(cell);
    if (times.size() < 2)
      tasks.fail(number, "expected begin and end times as hh:mm:ss.mmm between tabs, found " +
                             std::to_string(times.size()) + "; export both from ELAN");
    tasks.add(number, cells.back(), time_from_text(times[0]), time_from_text(times[1]),
              times[0] + " to " + times[1]);
  }
  // Otherwise a part of the tasks would pass for all of them.
  if (stream.bad()) tasks.fail(1, "the list cannot be read to its end; check the disk");
  return std::move(tasks).all();
}

// The first column whose name is one of these, or begins with one of these and a blank.
std::optional<std::size_t> find(const CsvReader& table, std::initializer_list<const char*> names) {
  const auto lower = [](std::string text) {
    for (char& c : text)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
  };
  for (const char* name : names)
    for (std::size_t i = 0; i < table.columns().size(); ++i) {
      const std::string column = lower(table.columns()[i]);
      if (column == name || column.starts_with(std::string(name) + ' ')) return i;
    }
  return std::nullopt;
}

// START and STOP of a behaviour in rows of their own.
std::vector<Task> read_starts_and_stops(CsvReader& table, Tasks tasks, std::size_t name,
                                        std::size_t type, std::size_t time) {
  struct Open {
    double start;
    std::size_t line;
  };
  std::map<std::string, Open> open;
  while (table.next()) {
    if (table.empty_row()) continue;
    const std::string behaviour(table.text(name)), kind(table.text(type)), at(table.text(time));
    const std::optional<double> seconds = time_from_text(at);
    if (kind == "POINT") continue;
    if (kind != "START" && kind != "STOP") table.fail(type, "START, STOP or POINT");
    if (!seconds) table.fail(time, "a time in seconds or hh:mm:ss");
    const auto begun = open.find(behaviour);
    if (kind == "START") {
      if (begun != open.end())
        tasks.fail(table.line(), fmt::format("expected {} to stop before it starts again (line {})",
                                             behaviour, begun->second.line));
      open[behaviour] = {*seconds, table.line()};
      continue;
    }
    if (begun == open.end())
      tasks.fail(table.line(), fmt::format("expected a START of {} before its STOP, found none; "
                                           "correct the observation",
                                           behaviour));
    tasks.add(begun->second.line, behaviour, begun->second.start, seconds, "a STOP at " + at);
    open.erase(begun);
  }
  if (!open.empty())
    tasks.fail(open.begin()->second.line,
               fmt::format("expected a STOP of {} behind its START, found none; correct the "
                           "observation",
                           open.begin()->first));
  return std::move(tasks).all();
}

std::string_view stem_of(std::string_view name) {
  const std::size_t dot = name.find('.', 1);
  return name.substr(0, dot);
}

}  // namespace

std::optional<double> time_from_text(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  double seconds = 0;
  for (int parts = 1;; ++parts) {
    const std::size_t colon = text.find(':');
    std::string part(text.substr(0, colon));
    const bool last = colon == std::string_view::npos;
    std::replace(part.begin(), part.end(), ',', '.');
    double value = 0;
    const auto [end, error] =
        std::from_chars(part.data(), part.data() + part.size(), value, std::chars_format::fixed);
    if (error != std::errc() || end != part.data() + part.size() || !std::isfinite(value) ||
        value < 0 || part.front() == '-')
      return std::nullopt;
    if (!last && part.find('.') != std::string::npos) return std::nullopt;
    if (parts > 1 && value >= 60) return std::nullopt;
    seconds = 60 * seconds + value;
    if (last) return seconds;
    if (parts == 3) return std::nullopt;
    text.remove_prefix(colon + 1);
  }
}

std::vector<Task> read_tasks(const fs::path& file) {
  if (file.extension() == ".eaf") return read_eaf_tasks(file);
  const std::vector<std::string> labels = cells_of(first_line(file));
  if (std::count_if(labels.begin(), labels.end(),
                    [](const std::string& cell) { return is_clock_time(cell); }) >= 2)
    return read_unlabelled(file);
  CsvReader table(file);
  Tasks tasks(file);
  std::optional<std::size_t> name = find(table, {"task", "label", "behavior", "annotation"});
  const std::optional<std::size_t> type = find(table, {"behavior type"}),
                                   time = find(table, {"time"});
  const std::optional<std::size_t> start = find(table, {"start", "begin time"}),
                                   end = find(table, {"end", "stop", "end time"});
  if (name && type && time && !start)
    return read_starts_and_stops(table, std::move(tasks), *name, *type, *time);
  // With a column per tier ELAN has no other name for the annotation.
  if (!name && find(table, {"begin time"}) && !table.columns().empty())
    name = table.columns().size() - 1;
  std::vector<std::string> missing;
  if (!name) missing.emplace_back("task");
  if (!start) missing.emplace_back("start");
  if (!end) missing.emplace_back("end");
  if (!missing.empty())
    throw Error(ErrorCode::input,
                fmt::format("{}: expected the columns task, start and end, or an export of ELAN or "
                            "BORIS, found no {}; name the columns so",
                            file.string(), joined(missing, ", ")));
  const auto about = find(table, {"file"});
  while (table.next()) {
    if (table.empty_row()) continue;
    const std::string from(table.text(*start)), to(table.text(*end));
    tasks.add(table.line(), std::string(table.text(*name)), time_from_text(from),
              time_from_text(to), from + " to " + to,
              about ? std::string(table.text(*about)) : std::string());
  }
  return std::move(tasks).all();
}

bool is_about(const Task& task, const fs::path& table) {
  if (task.file.empty()) return true;
  const std::string named = fs::path(task.file).filename().string();
  const std::string name = table.filename().string();
  return stem_of(named) == stem_of(name);
}

std::vector<std::string> task_warnings(const std::vector<Task>& tasks, double begin_s,
                                       double end_s) {
  std::vector<std::string> outside, overlaps, warnings;
  for (const Task& task : tasks)
    if (task.start_s < begin_s - 1e-3 || task.end_s > end_s + 1e-3)
      outside.push_back(
          fmt::format("{} ({:.3f} to {:.3f} s)", task.name, task.start_s, task.end_s));
  std::vector<const Task*> ascending;
  for (const Task& task : tasks) ascending.push_back(&task);
  std::stable_sort(ascending.begin(), ascending.end(),
                   [](const Task* a, const Task* b) { return a->start_s < b->start_s; });
  for (std::size_t i = 1; i < ascending.size(); ++i)
    if (ascending[i]->start_s < ascending[i - 1]->end_s)
      overlaps.push_back(fmt::format("{} and {} (from {:.3f} s)", ascending[i - 1]->name,
                                     ascending[i]->name, ascending[i]->start_s));
  const auto shown = [](std::vector<std::string> all) {
    const std::size_t count = all.size();
    all.resize(std::min(count, kShownTasks));
    return joined(all, ", ") +
           (count > all.size() ? fmt::format(" and {} more", count - all.size()) : "");
  };
  if (!outside.empty())
    warnings.push_back(
        fmt::format("not all of these tasks lies in the video, {:.3f} to {:.3f} s: {}", begin_s,
                    end_s, shown(outside)));
  if (!overlaps.empty())
    warnings.push_back("tasks overlap, their frames count in each: " + shown(overlaps));
  return warnings;
}

}  // namespace auriga
