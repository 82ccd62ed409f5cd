// `auriga palsy`: the tasks of an examination of facial palsy, both sides of the face compared.
#include "tables/palsy.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "auriga/engine.hpp"
#include "auriga/error.hpp"

#include "commands.hpp"
#include "console.hpp"
#include "extract_options.hpp"
#include "extraction.hpp"
#include "files/atomic_file.hpp"
#include "files/json.hpp"
#include "files/manifest.hpp"
#include "files/part_name.hpp"
#include "marks_option.hpp"
#include "own_names.hpp"
#include "run.hpp"
#include "tables/marks.hpp"
#include "viewer/palsy_page.hpp"
#include "viewer/study.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;

struct PalsySettings {
  ExtractSettings extract;
  fs::path tasks;
  bool pictures = true, use_marks = true;
};

// What the marks beside the table say about which frames count.
struct MarksUsed {
  fs::path file;
  std::size_t ranges = 0;  // that exclude frames; 0: nothing to say
  bool obeyed = true;
  std::size_t frames = 0;  // left out

  std::string text() const {
    if (ranges == 0) return {};
    if (obeyed) return left_out_text(frames, ranges, file);
    return fmt::format("{} excluded range{} of {} not applied (--no-marks)", ranges,
                       ranges == 1 ? "" : "s", file.string());
  }
};

// Results besides those of `auriga extract`.
struct PalsyPaths {
  explicit PalsyPaths(const fs::path& table)
      : tasks(beside(table, "_tasks.csv")),
        wide(beside(table, "_tasks_wide.csv")),
        page(beside(table, "_palsy.html")) {}
  fs::path tasks, wide, page;

 private:
  static fs::path beside(fs::path table, const char* ending) {
    table.replace_extension();
    table += ending;
    return table;
  }
};

// Tasks of this video, all of which are known.
std::vector<Task> tasks_of(const PalsySettings& settings, const fs::path& table) {
  std::vector<Task> tasks = read_tasks(settings.tasks);
  std::erase_if(tasks, [&](const Task& task) { return !is_about(task, table); });
  if (tasks.empty())
    throw Error(ErrorCode::input,
                fmt::format("{}: expected tasks of {}, found those of other files only; correct "
                            "the column `file`",
                            settings.tasks.string(), table.stem().string()));
  for (const Task& task : tasks) try {
      palsy_task(task);
    } catch (const Error& error) {
      throw Error(error.code(), settings.tasks.string() + ": " + error.what());
    }
  return tasks;
}

// The manifest is of the run that has made the tables, which a later one with --resume and other
// marks leaves as they are.
void note_marks(const fs::path& manifest, const MarksUsed& marks) {
  constexpr std::string_view kMember = "left_out";
  std::ifstream file(manifest, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::optional<Json> known = Json::parse(text);
  if (!known || known->as_object() == nullptr) return;
  Json::Object members = *known->as_object();
  std::erase_if(members, [&](const Json::Member& one) { return one.name == kMember; });
  if (marks.ranges > 0)
    members.push_back({std::string(kMember), Json::object({{"marks", marks.file.string()},
                                                           {"obeyed", marks.obeyed},
                                                           {"frames_excluded", marks.frames},
                                                           {"excluded_ranges", marks.ranges}})});
  const std::string noted = Json::object(std::move(members)).text() + '\n';
  if (noted != text) write_file(manifest, noted);
}

void write_results(const PalsySettings& settings, const std::vector<Task>& tasks,
                   const OutputPaths& paths) {
  const std::optional<PersonSide>& weaker = settings.extract.outputs.side_options.affected;
  const std::optional<std::size_t> affected =
      weaker ? std::optional(static_cast<std::size_t>(*weaker == PersonSide::right)) : std::nullopt;
  SideTracks tracks = read_side_tracks(paths.sides);
  const Excluded excluded(marks_of(paths.csv));
  MarksUsed marks{marks_path(paths.csv), excluded.size(), settings.use_marks};
  if (marks.obeyed) marks.frames = exclude(tracks, excluded);
  note_marks(paths.manifest, marks);
  const Palsy palsy = measure_palsy(tracks, tasks, affected);
  PalsyPage page{.name = paths.csv.stem().string(),
                 .palsy = palsy,
                 .pictures = {},
                 .pictures_problem = {},
                 .affected = affected,
                 .mirrored = settings.extract.outputs.side_options.mirrored,
                 .left_out = marks.text(),
                 .estimator = estimator_of(paths.csv),
                 .version = version()};
  if (!settings.pictures) {
    page.pictures_problem = "--no-pictures";
  } else {
    const Study study = find_study({paths.csv}, {});
    const StudyResult& result = study.results.front();
    if (result.video.empty()) {
      page.pictures_problem = result.video_problem;
    } else {
      try {
        page.pictures =
            pictures_of(palsy, paths.csv, result.video, result.video_options, page.mirrored);
      } catch (const Error& error) {
        // A page without pictures would say of the video what is the machine's.
        if (error.code() == ErrorCode::machine) throw;
        page.pictures_problem = error.what();
      }
    }
  }
  const PalsyPaths own(paths.csv);
  const std::pair<const fs::path*, std::string> files[] = {
      {&own.tasks, palsy_long_csv(palsy)},
      {&own.wide, palsy_wide_csv(palsy, paths.csv.stem().string())},
      {&own.page, palsy_html(page)}};
  AbandonedParts abandoned;
  for (const auto& [path, text] : files) {
    abandoned.remove(*path);
    write_file(*path, text);
  }

  if (settings.extract.quiet) return;
  if (marks.ranges > 0) fmt::print("{}\n", marks.text());
  for (const std::string& warning : palsy.warnings) complain("auriga: warning: {}\n", warning);
  for (const PalsyResult& result : palsy.results)
    fmt::print("{:<3} {:<20} {:>8.2f} s  {}{}\n", result.task->code, result.task->name,
               result.start_s, name_of(result.status),
               result.by.empty() ? std::string() : ", by " + result.by);
  fmt::print("wrote {}\nNot a medical device.\n", own.page.string());
}

int run(PalsySettings& settings, const OptionList& options) {
  ExtractSettings& extract = settings.extract;
  extract.outputs.sides = extract.outputs.sides.value_or(SidesMode::crop);
  complete(extract);
  const ExtractInputs found = find_inputs(extract, [&](const std::string& note) {
    if (!extract.quiet) complain("auriga: note: {}\n", note);
  });
  if (found.many || found.inputs.front().picture)
    throw Error(ErrorCode::usage,
                fmt::format("auriga palsy expects one video, found {}; call it for each video",
                            found.many ? std::to_string(found.inputs.size()) + " inputs"
                                       : std::string("a picture")));
  const Input& input = found.inputs.front();
  const OutputPaths paths = paths_of(extract, input);
  const std::vector<Task> tasks = tasks_of(settings, paths.csv);
  const Engine engine = Engine::load(extract.folders, extract.recipe);
  choose_columns(extract, engine.setup());
  require_own_names(extract, found.inputs, engine.setup(), {});
  const PalsyPaths own(paths.csv);
  OwnNames names;
  names.add_input(input.path, "the input " + input.path);
  names.add_input(settings.tasks, "--tasks " + settings.tasks.string());
  names.add_input(marks_path(paths.csv), "the marks " + marks_path(paths.csv).string());
  for (const fs::path* path :
       {&paths.csv, &paths.sides, &paths.manifest, &own.tasks, &own.wide, &own.page})
    names.add_result(*path, "a result");

  const BatchOptions batch = batch_options(engine, extract, options, found.jobs);
  make_paths(extract, input);
  const int code =
      run_inputs(engine, {{input.path, false, [&] { return make_paths(extract, input); }}}, batch);
  std::error_code failed;
  if (code > 1 || !fs::exists(paths.sides, failed)) return code;
  write_results(settings, tasks, paths);
  return code;
}

}  // namespace

Command palsy_command() {
  const auto settings = std::make_shared<PalsySettings>();
  ExtractSettings& extract = settings->extract;
  const OptionList all = extract_options(extract);
  OptionList options = {
      {.flag = "VIDEO",
       .group = "Options",
       .help = "Video of one person who does the tasks",
       .setting = texts(extract.inputs),
       .required = true},
      {.flag = "--tasks",
       .group = "Options",
       .help = "Which task was done when: a table task,start,end, ELAN's .eaf or an export of "
               "ELAN or BORIS; names BL RE ES ET BK SS BS SE SO FR WN PL BC LT",
       .more = "[What they mean](clinic.md#tasks); times are seconds or hh:mm:ss",
       .label = "FILE",
       .effect = Effect::output,
       .setting = text(settings->tasks),
       .required = true,
       .is_file = true},
      {.flag = "-o,--output",
       .group = "Options",
       .help = "Folder for the results: `NAME_tasks.csv`, `NAME_tasks_wide.csv`, "
               "`NAME_palsy.html`, and what extract --sides writes",
       .label = "DIR",
       .setting = text(extract.out_dir),
       .required = true},
      {.flag = "--no-pictures",
       .group = "Options",
       .help = "The page without pictures of the face",
       .effect = Effect::output,
       .setting = no(settings->pictures)},
      no_marks_option(settings->use_marks, "Options")};
  // The tables, which --resume leaves as they are, do not depend on it.
  options.back().effect = Effect::run;
  OptionList shared =
      rows_of(all, {"--affected", "--mirrored", "--sides", "--models", "--preset", "--landmarker",
                    "--au", "--all-aus", "--rotate", "--workers", "--resume", "--quiet"});
  for (OptionRow& row : shared) {
    row.group = "Options";
    row.excludes.clear();
    if (row.flag == "--affected")
      row.help = "The person's weaker side: quotients are that side by the other in per cent";
    if (row.flag == "--mirrored") row.help = "The recording is a mirror image";
    if (row.flag == "--sides")
      row.help =
          "What is mirrored: crop, the aligned face; frame, the whole picture, three times "
          "as slow";
    options.push_back(std::move(row));
  }
  return {"palsy", "The tasks of an examination of facial palsy: both sides compared, no grades",
          options, [settings, options] { return run(*settings, options); }};
}

}  // namespace auriga::app
