#include <algorithm>
#include <cctype>
#include <cstddef>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "parity/result_table.hpp"
#include "parity/rounding.hpp"
#include "parity/sections.hpp"
#include "support/golden.hpp"
#include "tables/agreement.hpp"
#include "tables/matched_tables.hpp"

namespace auriga::parity {
namespace {

namespace fs = std::filesystem;

// Differences between builds of the reference itself: the worst of its variants.
struct NoiseFloor {
  double landmarks_rms = 0, landmarks_max = 0;
  double au_mean = 0, au_p99 = 0, au_max = 0, au_mean_r = 1, au_least_r = 1, au_classes = 1;
  double pose_rad = 0, pose_mm = 0, gaze = 0;

  void worsen(const NoiseFloor& other) {
    for (double NoiseFloor::*high :
         {&NoiseFloor::landmarks_rms, &NoiseFloor::landmarks_max, &NoiseFloor::au_mean,
          &NoiseFloor::au_p99, &NoiseFloor::au_max, &NoiseFloor::pose_rad, &NoiseFloor::pose_mm,
          &NoiseFloor::gaze})
      this->*high = std::max(this->*high, other.*high);
    for (double NoiseFloor::*low :
         {&NoiseFloor::au_mean_r, &NoiseFloor::au_least_r, &NoiseFloor::au_classes})
      this->*low = std::min(this->*low, other.*low);
  }
};

// By video, from the Markdown table: | variant | video | eleven figures |. The mean correlation
// stands before the least one, in brackets, in one cell.
std::map<std::string, NoiseFloor> read_noise_floor(const fs::path& file) {
  std::map<std::string, NoiseFloor> floors;
  std::istringstream lines(test::read_text(file));
  for (std::string line; std::getline(lines, line);) {
    for (char& c : line)
      if (c == '(' || c == ')') c = '|';
    std::vector<std::string> cells;
    std::istringstream row(line);
    for (std::string cell; std::getline(row, cell, '|');) {
      const std::size_t first = cell.find_first_not_of(' ');
      if (first == std::string::npos) continue;
      cells.push_back(cell.substr(first, cell.find_last_not_of(' ') + 1 - first));
    }
    if (cells.size() != 13 || !std::isdigit(static_cast<unsigned char>(cells[0][0]))) continue;
    NoiseFloor floor;
    double* const figures[] = {&floor.landmarks_rms, &floor.landmarks_max, &floor.au_mean,
                               &floor.au_p99,        &floor.au_max,        &floor.au_mean_r,
                               &floor.au_least_r,    &floor.au_classes,    &floor.pose_rad,
                               &floor.pose_mm,       &floor.gaze};
    for (std::size_t i = 0; i < 11; ++i) *figures[i] = std::stod(cells[2 + i]);
    floors[cells[1]].worsen(floor);
  }
  if (floors.empty()) throw std::runtime_error(file.string() + " has no table of figures");
  return floors;
}

// A frame and how far its landmarks are apart.
struct FrameDifference {
  std::size_t row = 0;
  double rms = 0, max = 0;
  double success_a = 0, success_b = 0, confidence_a = 0, confidence_b = 0;
};

// Those without equal success first, then by how far their landmarks are apart.
std::vector<FrameDifference> by_frame(const MatchedTables& tables) {
  std::vector<FrameDifference> frames;
  const std::size_t x = tables.find("x_0").value(), y = tables.find("y_0").value(),
                    confidence = tables.find("confidence").value(),
                    success = tables.find("success").value();
  for (std::size_t row = 0; row < tables.rows(); ++row) {
    Differences points;
    for (std::size_t i = 0; i < kLandmarks; ++i)
      points.add_distance(tables.a(row, x + i) - tables.b(row, x + i),
                          tables.a(row, y + i) - tables.b(row, y + i));
    frames.push_back({row, points.rms(), points.max(), tables.a(row, success),
                      tables.b(row, success), tables.a(row, confidence),
                      tables.b(row, confidence)});
  }
  std::stable_sort(
      frames.begin(), frames.end(), [](const FrameDifference& a, const FrameDifference& b) {
        const bool a_unequal = a.success_a != a.success_b, b_unequal = b.success_a != b.success_b;
        return a_unequal != b_unequal ? a_unequal : a.rms > b.rms;
      });
  return frames;
}

// One action unit over all videos.
struct OverVideos {
  double sum = 0, cells = 0;  // of differences, or of equal cells
  double worst = 0;           // mean of the worst video
  std::string worst_video;
  std::optional<double> least_r;
  std::string least_r_video;
};

void add_difference(OverVideos& unit, const ColumnComparison& column, const std::string& video) {
  unit.sum += column.mean_abs_difference * static_cast<double>(column.n);
  unit.cells += static_cast<double>(column.n);
  if (unit.worst_video.empty() || column.mean_abs_difference > unit.worst) {
    unit.worst = column.mean_abs_difference;
    unit.worst_video = video;
  }
  if (column.pearson_r && (!unit.least_r || *column.pearson_r < *unit.least_r)) {
    unit.least_r = column.pearson_r;
    unit.least_r_video = video;
  }
}

void add_agreement(OverVideos& unit, const ColumnComparison& column, const std::string& video) {
  const double equal = column.class_agreement.value_or(0);
  unit.sum += equal * static_cast<double>(column.n);
  unit.cells += static_cast<double>(column.n);
  if (unit.worst_video.empty() || equal < unit.worst) {
    unit.worst = equal;
    unit.worst_video = video;
  }
}

// Of the columns whose names begin and end like this, digits between: over the rows with success in
// both tables.
struct ColumnsTogether {
  double mean = 0, max = 0;
};
ColumnsTogether columns_together(const MatchedTables& tables, const std::string& prefix,
                                 const std::vector<std::string>& suffixes = {}) {
  const std::size_t success = tables.find("success").value();
  std::vector<bool> rows(tables.rows());
  for (std::size_t row = 0; row < tables.rows(); ++row)
    rows[row] = tables.a(row, success) == 1 && tables.b(row, success) == 1;
  ColumnsTogether together;
  double cells = 0;
  for (std::size_t i = 0; i < tables.columns().size(); ++i) {
    const std::string& name = tables.columns()[i];
    if (!name.starts_with(prefix)) continue;
    const std::string rest = name.substr(prefix.size());
    const bool asked = suffixes.empty()
                           ? rest.find_first_not_of("0123456789") == std::string::npos
                           : std::find(suffixes.begin(), suffixes.end(), rest) != suffixes.end();
    if (!asked) continue;
    const ColumnComparison column = compare_column(tables, i, rows);
    together.mean += column.mean_abs_difference * static_cast<double>(column.n);
    together.max = std::max(together.max, column.max_abs_difference);
    cells += static_cast<double>(column.n);
  }
  if (cells == 0) throw std::runtime_error("no columns " + prefix);
  together.mean /= cells;
  return together;
}

std::string video_table(const std::string& name, const MatchedTables& tables, const Agreement& a,
                        const NoiseFloor* floor, const NoiseFloor& worst_floor, Bounds& bounds) {
  MarkdownTable table({"`" + name + "`", "auriga", "noise floor", "bound", "kept"});
  const auto of_floor = [&](double NoiseFloor::*figure) {
    return floor != nullptr ? number(floor->*figure) : "";
  };
  const auto at_most = [&](const std::string& what, double measured, double NoiseFloor::*figure,
                           double bound) {
    table.add({what, number(measured), of_floor(figure), number(bound),
               bounds.at_most(name + ", " + what, measured, bound)});
  };
  const auto only = [&](const std::string& what, const std::string& measured,
                        const std::string& noise) {
    table.add({what, measured, noise, "", ""});
  };
  table.add({fmt::format("frames with equal success, of {}", a.rows),
             optional_percent(a.success_equal), "", "99.5 %",
             bounds.at_least(name + ", success", a.success_equal.value_or(0), 0.995)});
  at_most("landmarks, root mean square, px", a.landmarks_px.rms, &NoiseFloor::landmarks_rms, 0.15);
  only("landmarks, largest distance, px", number(a.landmarks_px.max),
       of_floor(&NoiseFloor::landmarks_max));
  only("eye landmarks, root mean square and largest, px",
       number(a.eye_landmarks_px.rms) + ", " + number(a.eye_landmarks_px.max), "");
  at_most("AU_r, mean difference", a.intensities.mean, &NoiseFloor::au_mean, 0.02);
  only("AU_r, 99 % within", number(a.intensities.p99), of_floor(&NoiseFloor::au_p99));
  only("AU_r, largest difference", number(a.intensities.max), of_floor(&NoiseFloor::au_max));
  only("AU_r, correlation, mean and least of the units",
       optional_number(a.mean_pearson_r) + ", " + optional_number(a.least_pearson_r),
       floor != nullptr ? number(floor->au_mean_r) + ", " + number(floor->au_least_r) : "");
  table.add({"AU_c equal", optional_percent(a.presences_equal),
             floor != nullptr ? percent(floor->au_classes) : "", "98.5 %",
             bounds.at_least(name + ", AU_c", a.presences_equal.value_or(0), 0.985)});
  at_most("head rotation, mean difference, rad", a.pose_rad.mean, &NoiseFloor::pose_rad,
          2 * worst_floor.pose_rad);
  at_most("head position, mean difference, mm", a.pose_mm.mean, &NoiseFloor::pose_mm,
          2 * worst_floor.pose_mm);
  at_most("gaze vectors, mean difference", a.gaze.mean, &NoiseFloor::gaze, 2 * worst_floor.gaze);
  const auto together = [&](const std::string& what, const std::string& prefix,
                            const std::vector<std::string>& suffixes = {}) {
    const ColumnsTogether columns = columns_together(tables, prefix, suffixes);
    only(what + ", mean and largest difference", number(columns.mean) + ", " + number(columns.max),
         "");
  };
  together("gaze angles, rad", "gaze_angle_", {"x", "y"});
  together("3-D landmarks, depth, mm", "Z_");
  together("3-D eye landmarks, depth, mm", "eye_lmk_Z_");
  together("parameters of the shape: scale", "p_scale", {""});
  together("angles, rad", "p_r", {"x", "y", "z"});
  together("modes", "p_");
  together("confidence", "confidence", {""});
  together("timestamp, s", "timestamp", {""});
  return table.text();
}

}  // namespace

VideoSections videos(const fs::path& data, Bounds& bounds) {
  const auto floors = read_noise_floor(data / "golden/noise_floor.md");
  NoiseFloor worst_floor;
  for (const auto& [video, floor] : floors) worst_floor.worsen(floor);

  const Engine engine = reference_engine(data);

  const test::TemporaryFolder folder;
  VideoSections sections;
  MarkdownTable largest({"video", "frame", "success, auriga and reference", "confidence",
                         "landmarks to the reference, rms and largest, px",
                         "to our own nudged runs, rms and largest, px", "success there"});
  MarkdownTable nudges({"video", "root mean square, px", "worst frame, rms and largest, px"});
  std::map<std::string, OverVideos> intensities, presences;
  const struct {
    const char *file, *golden;
    bool static_aus;
  } runs[] = {{"2015-10-15-15-14.avi", "2015-10-15-15-14", false},
              {"video01.mp4", "video01", false},
              {"changeLighting.wmv", "changeLighting", false},
              {"multi_face.avi", "multi_face", false},
              {"video01.mp4", "video01_static", true}};
  for (const auto& run : runs) {
    const std::string name = run.golden;
    const fs::path ours = folder.path() / (name + ".csv"),
                   theirs = data / "golden/csv" / (name + ".csv");
    SessionOptions options;
    options.static_aus = run.static_aus;
    write_table(engine, data / "videos" / run.file, ours, options);
    const MatchedTables tables(ours, theirs);
    bounds.at_least(name + ", rows in both tables", static_cast<double>(tables.rows()),
                    static_cast<double>(std::max(tables.rows_a(), tables.rows_b())));
    bounds.at_most(
        name + ", columns in one table only",
        static_cast<double>(tables.columns_only_a().size() + tables.columns_only_b().size()), 0);
    const Agreement agreed = agreement(tables);
    const auto floor = floors.find(fs::path(run.file).stem().string());
    sections.videos +=
        video_table(name, tables, agreed, floor == floors.end() ? nullptr : &floor->second,
                    worst_floor, bounds) +
        "\n";
    for (const ColumnComparison& column : agreed.by_intensity)
      add_difference(intensities[column.name], column, name);
    for (const ColumnComparison& column : agreed.by_presence)
      add_agreement(presences[column.name], column, name);
    if (run.static_aus) continue;  // the landmarks of the other run
    const NudgedVideo nudged = nudged_runs(data, data / "videos" / run.file);
    const std::vector<FrameDifference> frames = by_frame(tables);
    for (std::size_t i = 0; i < std::min<std::size_t>(4, frames.size()); ++i) {
      const FrameDifference& frame = frames[i];
      const NudgedFrame& own = nudged.frames.at(frame.row);  // one face: a row per frame
      largest.add({"`" + name + "`", std::to_string(frame.row + 1),
                   fmt::format("{}, {}", frame.success_a, frame.success_b),
                   fmt::format("{:.2f}, {:.2f}", frame.confidence_a, frame.confidence_b),
                   fmt::format("{}, {}", number(frame.rms), number(frame.max)),
                   fmt::format("{}, {}", number(own.rms), number(own.max)),
                   fmt::format("{} of {}", own.successes, kNudgedRuns)});
    }
    const auto farthest =
        std::max_element(nudged.frames.begin(), nudged.frames.end(),
                         [](const NudgedFrame& a, const NudgedFrame& b) { return a.rms < b.rms; });
    nudges.add({"`" + name + "`", number(nudged.rms),
                fmt::format("{}, {} in frame {}", number(farthest->rms), number(farthest->max),
                            farthest - nudged.frames.begin() + 1)});
  }

  MarkdownTable of_units({"unit", "AU_r, mean difference", "in the worst video", "AU_r, least r",
                          "AU_c equal", "in the worst video"});
  for (const auto& [column, equal] : presences) {
    const std::string unit = column.substr(0, column.find('_'));
    std::vector<std::string> cells = {unit, "", "", ""};
    if (const auto found = intensities.find(unit + "_r"); found != intensities.end()) {
      const OverVideos& r = found->second;
      cells = {unit, number(r.sum / r.cells), number(r.worst) + " " + r.worst_video,
               optional_number(r.least_r) + " " + r.least_r_video};
    }
    cells.push_back(percent(equal.sum / equal.cells));
    cells.push_back(percent(equal.worst) + " " + equal.worst_video);
    of_units.add(cells);
  }
  sections.action_units = of_units.text();
  sections.largest = largest.text();
  sections.nudges = nudges.text();
  return sections;
}

}  // namespace auriga::parity
