// When a person did what: tasks of a session, from a list of one's own or what ELAN and BORIS
// export.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace auriga {

struct Task {
  std::string name;
  double start_s = 0, end_s = 0;  // 0 <= start_s < end_s
  std::string file;               // the video or table that it is about; empty: any
};

// In the order of the file:
// - a table with the columns `task` (or `label`), `start`, `end` and, if there are several videos,
//   `file`;
// - ELAN's own files, .eaf (eaf_tasks.hpp);
// - ELAN's tab-delimited text, with or without column labels: the columns of begin and end times,
//   the annotation last;
// - BORIS' aggregated events (Behavior, Start (s), Stop (s)) or tabular events (Behavior, Behavior
//   type START or STOP, Time); point events are passed over.
// Times are seconds or hh:mm:ss, with a point or a comma before decimals. Throws Error(input) that
// names file and line: other columns (which are missing), no tasks, an end that is not behind its
// start, a START without STOP.
std::vector<Task> read_tasks(const std::filesystem::path& file);

// "75.5", "1:15.5", "0:01:15,5" as seconds; nothing for anything else, negative ones included.
std::optional<double> time_from_text(std::string_view text);

// Whether a task of `file` is about a table: its name with or without endings and folders.
bool is_about(const Task& task, const std::filesystem::path& table);

// Pairs of tasks whose times overlap and tasks that lie outside of begin_s..end_s or reach out, for
// people; empty: none.
std::vector<std::string> task_warnings(const std::vector<Task>& tasks, double begin_s,
                                       double end_s);

}  // namespace auriga
