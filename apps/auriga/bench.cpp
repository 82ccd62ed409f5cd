// `auriga bench`: where the time goes on this machine.
#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "auriga/engine.hpp"
#include "auriga/error.hpp"
#include "auriga/machine.hpp"

#include "bench_live.hpp"
#include "bench_report.hpp"
#include "bench_run.hpp"
#include "commands.hpp"
#include "console.hpp"
#include "extract_options.hpp"
#include "files/json.hpp"
#include "inputs.hpp"
#include "process.hpp"
#include "search_path.hpp"

namespace auriga::app {
namespace {

struct Options {
  std::string video, models, workers;
  Folders folders;
  RecipeChoice recipe;
  SessionOptions session;
  std::int64_t frames = 200, warm_up = 24;
  bool json = false, live = false;
};

struct Report {
  ClipRun stages;  // with one worker
  std::vector<WorkerRun> runs;
  std::vector<std::string> advice;
  bool equal = true;  // the tables of all runs
};

// What else there are models for.
std::vector<std::string> other_presets(const Folders& folders, const std::string& used) {
  std::vector<std::string> found;
  for (const RecipeInfo& recipe : Engine::available(folders))
    if (recipe.missing.empty() && recipe.name != used) found.push_back(recipe.name);
  return found;
}

Report bench_video(const Options& options) {
  const std::vector<Input> inputs = find_inputs({options.video}, {}).inputs;
  if (inputs.size() != 1 || inputs.front().picture)
    throw Error(ErrorCode::usage,
                fmt::format("{}: bench expects one video, or a folder of pictures as one sequence; "
                            "found {}",
                            options.video,
                            inputs.size() == 1 ? "a picture" : "a folder of several videos"));
  const int cores = cores_given();
  const std::vector<int> counts = parse_worker_list(
      options.workers.empty() ? std::to_string(std::min(cores, 256)) : options.workers);
  Folders folders = options.folders;
  folders.models = model_folders(options.models);
  folders.cache = user_cache_folder();
  const Engine engine = Engine::load(folders, options.recipe);
  const std::string& video = inputs.front().path;

  // Files into memory, processor out of its sleep.
  run_clip(engine, options.session, video, 1, 0,
           std::max<std::int64_t>(options.warm_up, kBatchFrames));
  const double memory_mb = available_memory_mb();
  Report report;
  for (const int workers : counts) {
    ClipRun clip = run_clip(engine, options.session, video, workers, options.warm_up,
                            options.warm_up + options.frames);
    clip.run.decoded_per_second = decoded_per_second(video, workers, clip.warm_up, clip.frames);
    report.runs.push_back(clip.run);
    if (workers == 1) report.stages = std::move(clip);
  }
  report.equal = std::all_of(report.runs.begin(), report.runs.end(), [&](const WorkerRun& run) {
    return run.sha256 == report.runs.front().sha256;
  });

  Findings findings;
  findings.stages = report.stages.stages;
  findings.runs = report.runs;
  findings.detector_share =
      static_cast<double>(report.stages.detector_runs) / static_cast<double>(report.stages.frames);
  findings.waiting = 1000 / report.stages.run.frames_per_second / report.stages.process_ms;
  findings.cores = cores;
  findings.memory_mb = memory_mb;
  findings.predictor = options.recipe.predictor;
  findings.other_presets = other_presets(folders, report.stages.setup.preset);
  report.advice = advice(findings);
  return report;
}

double total_ms(const ClipRun& clip) {
  double total = 0;
  for (const StageTime& stage : clip.stages) total += stage.ms.mean;
  return total;
}

void print_report(const std::string& video, const Report& report) {
  const ClipRun& clip = report.stages;
  const Setup& setup = clip.setup;
  fmt::print("{}: {} x {}, {}\n", video, clip.stream.width, clip.stream.height, clip.stream.format);
  fmt::print("  {} frames measured after {} to warm up; face followed in {} of all {}{}\n",
             clip.frames - clip.warm_up, clip.warm_up, clip.faces, clip.frames,
             clip.complete ? "" : "; PARTIAL: " + clip.partial_reason);
  fmt::print("  preset {}: {} + {}, action units {}, networks on {}\n", setup.preset,
             setup.detector, setup.landmarker, setup.estimator, setup.device_used);
  if (!setup.note.empty()) fmt::print("  note: {}\n", setup.note);

  fmt::print("\nprocessor time per frame, ms, one worker\n");
  fmt::print("  {:<10} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}\n", "stage", "mean", "median", "p95",
             "min", "max", "share");
  for (const StageTime& stage : clip.stages) {
    const Summary& ms = stage.ms;
    fmt::print("  {:<10} {:8.3f} {:8.3f} {:8.3f} {:8.3f} {:8.3f} {:6.1f} %  {}\n", stage.name,
               ms.mean, ms.median, ms.p95, ms.min, ms.max, 100 * stage.share, stage.class_name());
  }
  fmt::print("  {:<10} {:8.3f} {:>42.1f} %\n", "all", total_ms(clip), 100.0);
  fmt::print("  the whole process {:.3f}; what is in no stage is the work between them\n",
             clip.process_ms);
  std::string end;
  for (const auto& [name, ms] : clip.end_ms)
    end += fmt::format("{}{} {:.1f} ms", end.empty() ? "" : ", ", name, ms);
  fmt::print("  besides, once at the end: {}\n", end);

  fmt::print("\n  {:>7} {:>9} {:>9} {:>11} {:>16} {:>15}\n", "workers", "frames/s", "speed-up",
             "efficiency", "peak memory, MB", "decoding alone");
  for (const WorkerRun& run : report.runs) {
    const double faster = run.frames_per_second / report.runs.front().frames_per_second;
    fmt::print("  {:>7} {:9.1f} {:9.2f} {:9.0f} % {:16.0f} {:>15}\n", run.workers,
               run.frames_per_second, faster, 100 * faster / run.workers, run.peak_memory_mb,
               run.decoded_per_second > 0 ? fmt::format("{:.1f}", run.decoded_per_second) : "");
  }
  if (report.runs.size() > 1)
    fmt::print("  {}\n", report.equal ? "the tables of all runs have the same bytes, SHA-256 " +
                                            report.runs.front().sha256.substr(0, 16)
                                      : "THE TABLES DIFFER; please report it");
  for (const std::string& one : report.advice) fmt::print("\n- {}", one);
  fmt::print("{}", report.advice.empty() ? "" : "\n");
}

Json json_of(const Report& report) {
  const ClipRun& clip = report.stages;
  Json json;
  json["width_px"] = clip.stream.width;
  json["height_px"] = clip.stream.height;
  json["format"] = clip.stream.format;
  json["complete"] = clip.complete;
  json["partial_reason"] = clip.partial_reason;
  json["preset"] = clip.setup.preset;
  json["detector"] = clip.setup.detector;
  json["landmarker"] = clip.setup.landmarker;
  json["estimator"] = clip.setup.estimator;
  json["networks_on"] = clip.setup.device_used;
  json["frames"] = clip.frames;
  json["warm_up"] = clip.warm_up;
  json["measured"] = clip.frames - clip.warm_up;
  json["faces"] = clip.faces;
  json["detector_runs"] = clip.detector_runs;
  Json stages = Json::array();
  for (const StageTime& stage : clip.stages)
    stages.add(Json::object({{"stage", stage.name},
                             {"mean_ms", stage.ms.mean},
                             {"median_ms", stage.ms.median},
                             {"p95_ms", stage.ms.p95},
                             {"min_ms", stage.ms.min},
                             {"max_ms", stage.ms.max},
                             {"share_percent", 100 * stage.share},
                             {"bottleneck", stage.class_name()}}));
  json["stages"] = stages;
  json["all_stages_ms"] = total_ms(clip);
  json["process_ms"] = clip.process_ms;
  json["end_ms"] = Json::object();
  for (const auto& [name, ms] : clip.end_ms) json["end_ms"][name] = ms;
  json["frames_per_second"] = clip.run.frames_per_second;
  json["peak_memory_mb"] = clip.run.peak_memory_mb;
  json["seconds"] = clip.seconds;
  Json workers = Json::array();
  for (const WorkerRun& run : report.runs) {
    const double faster = run.frames_per_second / report.runs.front().frames_per_second;
    workers.add(Json::object({{"workers", run.workers},
                              {"frames_per_second", run.frames_per_second},
                              {"speed_up", faster},
                              {"efficiency", faster / run.workers},
                              {"peak_memory_mb", run.peak_memory_mb},
                              {"decoded_per_second", run.decoded_per_second},
                              {"table_sha256", run.sha256}}));
  }
  json["workers"] = workers;
  json["tables_equal"] = report.equal;
  json["advice"] = report.advice;
  return json;
}

LiveLatency measure_live(const Options& options) {
  Folders folders = options.folders;
  folders.models = model_folders(options.models);
  folders.cache = user_cache_folder();
  const Engine engine = Engine::load(folders, options.recipe);
  return live_latency(engine, options.session, options.video, options.warm_up,
                      options.warm_up + options.frames);
}

void print_latency(const std::string& video, const LiveLatency& latency) {
  fmt::print(
      "{}: {} x {}, one frame at a time at {:.4g} frames/s, {} frames after {} to warm up, face in "
      "{}\n  preset {}: {} + {}, action units {}\n",
      video, latency.width, latency.height, latency.fps, latency.ms.size(), latency.warm_up,
      latency.faces, latency.setup.preset, latency.setup.detector, latency.setup.landmarker,
      latency.setup.estimator);
  for (const auto& [what, values] :
       {std::pair("from a frame at hand to its packet on its way", &latency.ms),
        std::pair("of it processor time", &latency.processor_ms)})
    fmt::print("  {}, ms: median {:.2f}, 99 % {:.2f}, most {:.2f}\n", what, quantile(*values, 0.5),
               quantile(*values, 0.99), quantile(*values, 1));
}

Json json_of(const LiveLatency& latency) {
  return Json::object({{"width_px", latency.width},
                       {"height_px", latency.height},
                       {"frames_per_second", latency.fps},
                       {"warm_up", latency.warm_up},
                       {"measured", latency.ms.size()},
                       {"faces", latency.faces},
                       {"preset", latency.setup.preset},
                       {"landmarker", latency.setup.landmarker},
                       {"estimator", latency.setup.estimator},
                       {"median_ms", quantile(latency.ms, 0.5)},
                       {"p99_ms", quantile(latency.ms, 0.99)},
                       {"max_ms", quantile(latency.ms, 1)},
                       {"processor_median_ms", quantile(latency.processor_ms, 0.5)},
                       {"processor_p99_ms", quantile(latency.processor_ms, 0.99)}});
}

std::string instruction_set() {
  const std::string_view word = isa_word(isa_in_use());  // v4 is short for x86-64-v4
  return fmt::format("{} ({}{})", isa_title(isa_in_use()), word.starts_with('v') ? "x86-64-" : "",
                     word);
}

int run(const Options& options) {
  if (options.video.empty()) throw Error(ErrorCode::usage, "auriga bench expects a VIDEO");
  Json json;
  json["auriga_version"] = version();
  json["machine"] = Json::object({{"processor", processor_name()},
                                  {"cores", cores_given()},
                                  {"instruction_set", instruction_set()},
                                  {"available_memory_mb", available_memory_mb()}});
  if (!options.json)
    fmt::print("auriga {}; {}, {} core{}, {}\n", version(), processor_name(), cores_given(),
               cores_given() == 1 ? "" : "s", instruction_set());
  if (options.live) {
    const LiveLatency latency = measure_live(options);
    if (!options.json) print_latency(options.video, latency);
    json["live"] = json_of(latency);
    json["live"]["input"] = options.video;
    if (options.json) fmt::print("{}\n", json.text());
    return 0;
  }
  bool good = true;
  try {
    const Report report = bench_video(options);
    good = report.equal && report.stages.complete;
    if (!options.json) print_report(options.video, report);
    json["video"] = json_of(report);
    json["video"]["input"] = options.video;
  } catch (const Interrupted&) {
    complain("auriga: interrupted\n");
    return 1;
  }
  if (options.json) fmt::print("{}\n", json.text());
  return good ? 0 : 1;
}

// A flag that this command does not have.
Setting refused(const char* message) {
  Setting setting;
  setting.set = [message](const std::string&) -> bool { throw Error(ErrorCode::usage, message); };
  setting.value = [] { return std::string("no"); };
  setting.standard = "no";
  return setting;
}

OptionList bench_options(Options& o) {
  OptionList rows = {
      {.flag = "VIDEO",
       .group = "Options",
       .help = "Video, or folder of pictures as one sequence",
       .setting = text(o.video)},
      {.flag = "--frames",
       .group = "Options",
       .help = "Frames that are measured; a shorter video as it is",
       .setting = whole(o.frames, 1, 1000000)},
      {.flag = "--warm-up",
       .group = "Options",
       .help =
           "Frames before them that do not count, in steps of 8; of a short video half of it at "
           "most",
       .setting = whole(o.warm_up, 0, 1000000)},
      {.flag = "--workers",
       .group = "Options",
       .help = "Numbers of threads to compare, e.g. 1,2,4; 1 always is among them (default: 1 and "
               "the cores that the process may use)",
       .label = "LIST",
       .effect = Effect::speed,
       .setting = text(o.workers)},
      {.flag = "--kernels",
       .group = "Options",
       .help = "The fast kernels against plain versions",
       .setting = refused("--kernels is ./dev bench --kernels now"),
       .hidden = true},
      {.flag = "--live",
       .group = "Options",
       .help = "Instead: how long `auriga live` takes from a frame at hand to its packet on its "
               "way, frames coming at the rate of the video",
       .more = "On one thread, without decoding; median, 99 % and most",
       .setting = yes(o.live)},
      {.flag = "--json",
       .group = "Options",
       .help = "Print JSON instead of tables",
       .setting = yes(o.json)},
      models_option(o.models)};
  // Those of `auriga extract`.
  OptionList shared = rows_of(
      recipe_options(o.folders, o.recipe),
      {"--preset", "--landmarker", "--au", "--device", "--predictor", "--accept-altered-models"});
  shared.insert(shared.begin() + 3, faces_option(o.session));
  for (OptionRow& row : shared) row.group = "As in `auriga extract`";
  std::move(shared.begin(), shared.end(), std::back_inserter(rows));
  return rows;
}

}  // namespace

Command bench_command() {
  const auto options = std::make_shared<Options>();
  return {"bench", "Where the time goes on this machine", bench_options(*options),
          [options] { return run(*options); }};
}

}  // namespace auriga::app
