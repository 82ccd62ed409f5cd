// Tasks of an examination of facial palsy, measured on both sides of the face. Quotients and
// differences only: grades are for clinicians.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "files/columns.hpp"
#include "tables/marks.hpp"
#include "tables/tasks.hpp"

namespace auriga {

enum class PalsyGroup { rest, brow, eye, nose, mouth };

// A task that is known.
struct PalsyTask {
  std::string_view code, name;
  PalsyGroup group;
  // What is asked for, the most telling first. Those that a table does not tell are left out.
  std::vector<std::string_view> units;
  // A distance that stands for them where the first is not told, and whether it grows (1) or
  // shrinks (-1); empty: without the unit the task is not measurable.
  std::string_view instead;
  int direction;
  // Units that should rest meanwhile: movement there is synkinesis.
  std::vector<std::string_view> resting;
};
const std::vector<PalsyTask>& palsy_tasks();

// Throws Error(input) for a task whose name is none of theirs, however it is written (re, RE): it
// lists the known ones.
const PalsyTask& palsy_task(const Task& task);

// What a table of sides (`auriga extract --sides`) has of its first face, or of the one with most
// rows; by row.
struct SideTracks {
  std::filesystem::path file;
  std::vector<std::int64_t> frames;  // from 1
  std::vector<double> times;         // s
  std::vector<char> success;         // the face was followed, and the row is not excluded
  std::vector<char> excluded;        // by exclude(); empty: no row is
  std::vector<std::string> quality;  // of the yaw; empty without success
  // Left and right of units (AU12) and distances (brow_height); NaN where there is none. Only of
  // columns that have a number in some row.
  std::map<std::string, std::array<std::vector<double>, 2>, std::less<>> of;
};
// Throws Error(input) for a table that is none of sides, naming the columns that are missing.
SideTracks read_side_tracks(const std::filesystem::path& file);
// Takes rows out: they count as those in which the face is lost. Returns how many.
std::size_t exclude(SideTracks& tracks, const Excluded& excluded);

inline constexpr double kLeastActivation = 1;  // intensity, or mm: less is not performed
inline constexpr double kHeld = 0.75;          // of the peak
inline constexpr double kClosed = 2;           // AU45 on both sides: a blink

struct SideValue {
  double left, right;  // NaN: cannot be told
};

// A unit or a distance during a task.
struct PalsyMeasure {
  std::string measure;  // AU12, brow_height
  std::string unit;     // intensity, mm, deg
  bool asked = true;    // false: should rest
  SideValue peak, peak_s, change;
  double ratio, percent_difference;     // smaller by larger change; what is missing of the larger
  std::string weaker;                   // left or right; empty: the same, or cannot be told
  SideValue onset_per_s, offset_per_s;  // between a quarter and three quarters of the change
  double delay_s;      // how much later the left reaches half of its change than the right
  SideValue coupling;  // of a unit that should rest: its change by that of what was asked
};

enum class PalsyStatus {
  performed,
  not_performed,   // less than kLeastActivation on both sides
  not_measurable,  // these models tell nothing that the task shows in
  no_face,
  excluded,     // by marks, all of its frames
  turned_away,  // the face was never seen from near enough to the front
  outside       // the video does not have these times
};
std::string_view name_of(PalsyStatus status);

struct PalsyResult {
  const PalsyTask* task = nullptr;
  int repetition = 1;  // of tasks of one name
  double start_s = 0, end_s = 0;
  PalsyStatus status = PalsyStatus::outside;
  std::string by;  // units that tell it, AU01+AU02, or the distance that does instead; empty: none
  std::int64_t peak_frame = 0;  // of both sides together; of BL the median frame; 0: none
  double peak_s = 0;
  std::size_t frames = 0, held = 0;  // rows with a face in the task; of them those that count
  std::string quality;               // of the yaw at the peak
  std::vector<PalsyMeasure> measures;
};

// A quotient that clinicians grade by eye, by the side: what is called so in eFACE.
struct PalsyQuotient {
  std::string part, name, from;  // static, dynamic or synkinesis; what; by which task and measure
  SideValue value;
  double percent;  // affected by healthy, or smaller by larger; of synkinesis NaN
};

struct Palsy {
  std::vector<PalsyResult> results;
  std::vector<PalsyQuotient> quotients;
  std::vector<std::string> warnings;  // whole sentences
};
// docs/clinic.md has the formulas. `affected`: 0 left, 1 right, nothing: not known. Throws
// Error(input) as palsy_task() does.
Palsy measure_palsy(const SideTracks& tracks, const std::vector<Task>& tasks,
                    std::optional<std::size_t> affected);

// Tables, with a header: a row for each task and measure, and for each quotient; one row with
// everything. Numbers that cannot be told are empty cells. `name`: of the video.
std::string palsy_long_csv(const Palsy& palsy);
std::string palsy_wide_csv(const Palsy& palsy, const std::string& name);

}  // namespace auriga
