#include "extraction.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <system_error>
#include <utility>

#include "auriga/calibration.hpp"
#include "auriga/error.hpp"
#include "auriga/run.hpp"

#include "process.hpp"
#include "search_path.hpp"
#include "tables/tasks.hpp"
#include "upright.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// A table under the name of something else would be opened as that, and found damaged.
void check_ending(const std::string& output) {
  std::string ending = lower(fs::path(output).extension().string());
  std::error_code ignored;
  if (ending == ".gz") {
    const std::string inner = fs::path(lower(output)).replace_extension().extension().string();
    if (inner == ".csv" || inner == ".tsv") return;
    ending = inner + ending;
  }
  if (ending.empty() || ending == ".csv" || ending == ".tsv" || ending == ".txt" ||
      (fs::exists(output, ignored) && !fs::is_regular_file(output, ignored)))
    return;
  throw Error(
      ErrorCode::usage,
      output +
          ": -o expects the name of a table of text, .csv, .tsv, .csv.gz, .tsv.gz or .txt, "
          "found " +
          ending +
          (ending == ".xlsx" || ending == ".xls" || ending == ".ods"
               ? "; write a .csv, which spreadsheets open"
           : ending == ".parquet"
               ? "; Python writes Parquet: auriga.extract(VIDEO).to_pandas().to_parquet(FILE), "
                 "docs/python.md"
               : "; name it .csv"));
}

// Whether a turned video is turned: landmarks and action units of the face mesh are those of a
// stranger face then. OpenFace's tables stay OpenFace's.
bool turns_upright(const Engine& engine, const ExtractSettings& settings) {
  return settings.session.watch_turn && engine.setup().landmarker == "mesh";
}

// What is known of the person: from a file, or learnt from a video or a picture of the neutral
// face.
Calibration read_baseline(const Engine& engine, const ExtractSettings& settings) {
  const fs::path& file = settings.baseline;
  const std::string ending = lower(file.extension().string());
  if (ending == ".json") return read_calibration(file);
  if (ending == ".csv" || ending == ".txt")
    throw Error(ErrorCode::usage,
                file.string() +
                    ": --baseline expects a file of --save-baseline, a video or a "
                    "picture, found a table, which does not have the features that a "
                    "neutral face is known by");
  SourceOptions options = settings.source;
  if (!is_video_input(file)) options.fps = 0;
  options.start_s = options.end_s = 0;
  options.every = 1;
  std::optional<Session> session;
  const UprightRun run = run_upright(
      file, options, turns_upright(engine, settings), [&](Source& source, bool stop_when_turned) {
        SessionOptions neutral = settings.session;
        neutral.shown_neutral = true;
        session.emplace(engine, neutral);
        return auriga::run(source, *session, {},
                           {.threads = settings.threads, .stop_when_turned = stop_when_turned});
      });
  if (run.report.faces == 0)
    throw Error(ErrorCode::input,
                file.string() + ": --baseline expects the face of the person, found none in " +
                    std::to_string(run.report.frames) + " frames");
  return session->calibration();
}

std::optional<double> time_option(const char* flag, const std::string& text) {
  if (text.empty()) return std::nullopt;
  const std::optional<double> seconds = time_from_text(text);
  if (!seconds)
    throw Error(ErrorCode::usage, std::string(flag) +
                                      " expects a time in seconds or hh:mm:ss, such as 12.5 or "
                                      "1:02:30, found '" +
                                      text + "'");
  return seconds;
}

std::string tracked_ending(const ExtractSettings& settings) {
  return settings.tracked_format == VideoFormat::avi ? "_tracked.avi" : "_tracked.mp4";
}

}  // namespace

void complete(ExtractSettings& settings) {
  const auto bad = [](const std::string& message) { throw Error(ErrorCode::usage, message); };
  if (!settings.output.empty()) check_ending(settings.output);
  if (!settings.output.empty() && !settings.shard.empty())
    bad("--shard is for several inputs, whose results lie in --out-dir DIR");
  if (settings.out_dir.empty()) settings.out_dir = "processed";
  if (settings.outputs.dialect == Dialect::pyfaceau) {
    if ((settings.outputs.groups & ~kAuColumns) != 0)
      bad("--dialect pyfaceau has only action units; leave the column flags out");
    if (settings.outputs.blendshapes)
      bad("--dialect pyfaceau has only action units; leave --blendshapes out");
    settings.outputs.groups = kAuColumns;
  }
  const auto pair = [&](std::optional<float> x, std::optional<float> y, const char* names) {
    if (x.has_value() != y.has_value()) bad(std::string("the camera needs both of ") + names);
    return x ? std::optional(std::array<float, 2>{*x, *y}) : std::nullopt;
  };
  settings.session.focal_px = pair(settings.fx, settings.fy, "--fx and --fy");
  settings.session.centre_px = pair(settings.cx, settings.cy, "--cx and --cy");
  if (!settings.outputs.sides &&
      (settings.outputs.side_options.mirrored || settings.outputs.side_options.affected))
    bad(std::string(settings.outputs.side_options.mirrored ? "--mirrored" : "--affected") +
        " is about the table of --sides; give --sides as well");
  if (settings.outputs.sides == SidesMode::frame && settings.session.faces > 1)
    bad("--sides frame follows one face; use --sides crop with --multi-face");
  if (settings.geometry.rotate) settings.session.watch_turn = false;
  check(settings.session, !settings.recipe.landmarks_csv.empty());
  settings.source = settings.recipe.landmarks_csv.empty()
                        ? source_options(settings.geometry, true)
                        : source_options_of_table(settings.recipe.landmarks_csv, settings.geometry);
  settings.source.start_s = time_option("--start", settings.start).value_or(0);
  settings.source.end_s = time_option("--end", settings.end).value_or(0);
  settings.source.every = settings.every;
  if (!settings.end.empty() && !(settings.source.end_s > settings.source.start_s))
    bad("--end " + settings.end + ": expected a time behind --start, which is " +
        (settings.start.empty() ? "0" : settings.start));
  if (settings.outputs.min_confidence.value_or(0) > 1) bad("--min-confidence expects 0 to 1");
  settings.folders.models = model_folders(settings.models);
  if (settings.use_cache) settings.folders.cache = user_cache_folder();
  const bool calibrated = settings.session.calibrate && !settings.session.static_aus;
  for (const auto& [file, flag] : {std::pair{&settings.baseline, "--baseline"},
                                   std::pair{&settings.outputs.baseline, "--save-baseline"}}) {
    if (file->empty()) continue;
    if (settings.session.faces > 1)
      bad(std::string(flag) + " is about one person and cannot be combined with --multi-face");
    if (!calibrated)
      bad(std::string(flag) +
          " has no use where nobody is calibrated (--au-static, --calibration none)");
  }
  // The jobs share the threads; one without a thread would only need memory.
  int& workers = settings.threads.workers;
  if (workers == 0) workers = std::min(cores_given(), kMostWorkers);
  settings.jobs = std::min(settings.jobs, workers);
}

ExtractInputs find_inputs(ExtractSettings& settings,
                          const std::function<void(const std::string&)>& note) {
  FoundInputs found = find_inputs(settings.inputs, {settings.keep_folders, settings.recursive});
  for (const std::string& one : found.notes) note(one);
  std::vector<Input> inputs = std::move(found.inputs);
  if (!settings.output.empty() && inputs.size() > 1)
    throw Error(ErrorCode::usage, "-o names one table but there are " +
                                      std::to_string(inputs.size()) + " inputs; use --out-dir DIR");
  if (!settings.outputs.baseline.empty() && (inputs.size() > 1 || inputs.front().picture))
    throw Error(ErrorCode::usage,
                "--save-baseline is for one video of one person, found " +
                    (inputs.size() > 1 ? std::to_string(inputs.size()) + " inputs"
                                       : "a picture; a picture can be given as --baseline"));
  for (const auto& [flag, given] :
       {std::pair{"--fps", settings.source.fps > 0}, std::pair{"--start", !settings.start.empty()},
        std::pair{"--end", !settings.end.empty()}})
    for (const Input& input : inputs)
      if (given && !is_video_input(input.path))
        throw Error(ErrorCode::usage,
                    input.path + ": " + flag +
                        " expects videos, found pictures, which have no times to go "
                        "by; leave it out");
  ExtractInputs result;
  result.many = inputs.size() > 1;
  const Shard shard = settings.shard.empty() ? Shard{} : parse_shard(settings.shard);
  result.inputs = inputs_of(shard, std::move(inputs));
  result.jobs = std::clamp(settings.jobs, 1, std::max(1, static_cast<int>(result.inputs.size())));
  settings.threads.workers /= result.jobs;
  return result;
}

void begin_with_baseline(const Engine& engine, ExtractSettings& settings) {
  if (settings.baseline.empty()) return;
  Calibration baseline = read_baseline(engine, settings);
  settings.session.calibrations = {std::move(baseline)};
  try {
    Session(engine, settings.session);
  } catch (const Error& error) {
    throw Error(error.code(),
                "--baseline " + settings.baseline.string() + ": " + std::string(error.what()));
  }
}

void choose_columns(ExtractSettings& settings, const Setup& setup) {
  ColumnGroups& groups = settings.outputs.groups;
  const ColumnGroups missing = setup.has_gaze ? ColumnGroups{0} : kGazeColumns;
  if ((groups & missing) != 0)
    throw Error(ErrorCode::usage,
                "-gaze needs a landmarker that finds eyes: --landmarker clnf or ceclm (--preset "
                "openface) or mesh (--preset open), not " +
                    setup.landmarker);
  if (settings.outputs.mesh && !setup.has_mesh)
    throw Error(
        ErrorCode::usage,
        "--mesh needs the landmarker that finds it: --landmarker mesh (--preset open), not " +
            setup.landmarker);
  if (settings.outputs.blendshapes && !setup.has_mesh)
    throw Error(
        ErrorCode::usage,
        "--blendshapes needs the face mesh: --landmarker mesh (--preset open), not " +
            (setup.landmarker == "table" ? std::string("a table of landmarks") : setup.landmarker));
  if (settings.outputs.blendshapes && !setup.has_blendshapes)
    throw Error(ErrorCode::usage,
                "--blendshapes needs face_blendshapes.onnx, which the model pack open lacks here; "
                "`auriga models fetch open` or, in a source checkout, `./dev setup` gets it");
  if (groups == 0) groups = kAllColumns & ~missing;
}

BatchOptions batch_options(const Engine& engine, const ExtractSettings& settings,
                           const OptionList& options, int jobs) {
  BatchOptions run;
  run.outputs = settings.outputs;
  run.outputs.file_column = true;
  run.session = settings.session;
  run.source = settings.source;
  run.threads = settings.threads;
  run.jobs = jobs;
  run.reporting = {settings.quiet, settings.json, settings.verbose};
  run.notes = noted(options);
  run.resume = settings.resume;
  run.turn_upright = turns_upright(engine, settings);
  return run;
}

OutputPaths paths_of(const ExtractSettings& settings, const Input& input) {
  return OutputPaths(
      settings.output.empty() ? settings.out_dir / input.table : fs::path(settings.output),
      tracked_ending(settings));
}

OutputPaths make_paths(const ExtractSettings& settings, const Input& input) {
  OutputPaths paths = paths_of(settings, input);
  const fs::path folder = paths.csv.parent_path();
  if (folder.empty()) return paths;
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed)
    throw Error(ErrorCode::output,
                folder.string() + ": cannot create the folder for results: " + failed.message());
  return paths;
}

void require_own_names(const ExtractSettings& settings, const std::vector<Input>& inputs,
                       const Setup& setup, const fs::path& summary) {
  std::vector<PlannedResults> planned;
  for (const Input& input : inputs)
    planned.push_back({input.path, input.picture, paths_of(settings, input)});
  std::vector<ReadFile> read = read_by(setup);
  for (const auto& [flag, path] : {std::pair{"--landmarks", settings.recipe.landmarks_csv},
                                   std::pair{"--baseline", settings.baseline}})
    if (!path.empty()) read.push_back({flag, path});
  require_own_names(settings.outputs, planned, summary, read);
}

}  // namespace auriga::app
