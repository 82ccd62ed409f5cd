// `auriga bench`: where the time goes on this machine, and whether the fast kernels are right.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "auriga/error.hpp"
#include "auriga/extract.hpp"
#include "auriga/machine.hpp"

#include "bench_kernels.hpp"
#include "bench_report.hpp"
#include "bench_run.hpp"
#include "commands.hpp"
#include "inputs.hpp"
#include "process.hpp"
#include "search_path.hpp"

namespace auriga::app {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::string video, models, workers;
  ExtractOptions extract;
  std::int64_t frames = 200, warm_up = 24;
  bool kernels = false, json = false;
};

struct Report {
  ClipRun stages;  // with one worker
  std::vector<WorkerRun> runs;
  std::vector<std::string> advice;
  bool equal = true;  // the tables of all runs
};

// What else there are models for.
std::vector<std::string> other_presets(const ExtractOptions& options, const std::string& used) {
  std::vector<std::string> found;
  for (const char* preset : {"openface", "pyfaceau", "open"}) {
    if (preset == used) continue;
    ExtractOptions other;
    other.model_folders = options.model_folders;
    other.accept_altered_models = options.accept_altered_models;
    other.preset = preset;
    try {
      const Extractor extractor(other);
      found.emplace_back(preset);
    } catch (const Error&) {  // its models are not here
    }
  }
  return found;
}

Report bench_video(const Options& options) {
  const std::vector<Input> inputs = find_inputs({options.video}, false);
  if (inputs.size() != 1 || inputs.front().picture)
    throw Error(ErrorCode::usage,
                fmt::format("{}: bench expects one video, or a folder of pictures as one sequence; "
                            "found {}",
                            options.video,
                            inputs.size() == 1 ? "a picture" : "a folder of several videos"));
  const int cores = cores_allowed();
  const std::vector<int> counts = parse_worker_list(
      options.workers.empty() ? std::to_string(std::min(cores, 256)) : options.workers);
  ExtractOptions extract = options.extract;
  extract.model_folders = model_folders(options.models);
  const std::string& video = inputs.front().path;

  extract.most_frames = std::max<std::int64_t>(options.warm_up, kBatchFrames);
  run_clip(extract, video, 1, 0);  // files into memory, processor out of its sleep
  extract.most_frames = options.warm_up + options.frames;
  const double memory_mb = available_memory_mb();
  Report report;
  for (const int workers : counts) {
    ClipRun clip = run_clip(extract, video, workers, options.warm_up);
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
  findings.predictor = extract.predictor;
  findings.other_presets = other_presets(extract, report.stages.setup.preset);
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

  fmt::print("\n  {:>7} {:>9} {:>9} {:>11} {:>16}\n", "workers", "frames/s", "speed-up",
             "efficiency", "peak memory, MB");
  for (const WorkerRun& run : report.runs) {
    const double faster = run.frames_per_second / report.runs.front().frames_per_second;
    fmt::print("  {:>7} {:9.1f} {:9.2f} {:9.0f} % {:16.0f}\n", run.workers, run.frames_per_second,
               faster, 100 * faster / run.workers, run.peak_memory_mb);
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
  json["stages"] = Json::array();
  for (const StageTime& stage : clip.stages)
    json["stages"].push_back({{"stage", stage.name},
                              {"mean_ms", stage.ms.mean},
                              {"median_ms", stage.ms.median},
                              {"p95_ms", stage.ms.p95},
                              {"min_ms", stage.ms.min},
                              {"max_ms", stage.ms.max},
                              {"share_percent", 100 * stage.share},
                              {"bottleneck", stage.class_name()}});
  json["all_stages_ms"] = total_ms(clip);
  json["process_ms"] = clip.process_ms;
  json["end_ms"] = Json::object();
  for (const auto& [name, ms] : clip.end_ms) json["end_ms"][name] = ms;
  json["frames_per_second"] = clip.run.frames_per_second;
  json["peak_memory_mb"] = clip.run.peak_memory_mb;
  json["seconds"] = clip.seconds;
  json["workers"] = Json::array();
  for (const WorkerRun& run : report.runs) {
    const double faster = run.frames_per_second / report.runs.front().frames_per_second;
    json["workers"].push_back({{"workers", run.workers},
                               {"frames_per_second", run.frames_per_second},
                               {"speed_up", faster},
                               {"efficiency", faster / run.workers},
                               {"peak_memory_mb", run.peak_memory_mb},
                               {"table_sha256", run.sha256}});
  }
  json["tables_equal"] = report.equal;
  json["advice"] = report.advice;
  return json;
}

bool all_equal(const std::vector<KernelResult>& results) {
  return std::all_of(results.begin(), results.end(),
                     [](const KernelResult& one) { return one.equal(); });
}

void print_kernels(const std::vector<KernelResult>& results) {
  fmt::print("\nkernels on made-up input, {}, processor time of one call, ms\n", instruction_set());
  fmt::print("  {:<50} {:>9} {:>9} {:>7} {:>10} {:>9}\n", "fast and plain version", "plain", "fast",
             "times", "max diff.", "allowed");
  for (const KernelResult& one : results)
    fmt::print("  {:<50} {:9.4f} {:9.4f} {:7.1f} {:10.2g} {:9.2g}  {}\n", one.name, one.plain_ms,
               one.fast_ms, one.plain_ms / one.fast_ms, one.difference, one.tolerance,
               one.equal() ? "" : "DIFFERS; please report it");
}

Json json_of(const std::vector<KernelResult>& results) {
  Json list = Json::array();
  for (const KernelResult& one : results)
    list.push_back({{"kernel", one.name},
                    {"plain_ms", one.plain_ms},
                    {"fast_ms", one.fast_ms},
                    {"times_faster", one.plain_ms / one.fast_ms},
                    {"max_difference", one.difference},
                    {"tolerance", one.tolerance},
                    {"equal", one.equal()}});
  return list;
}

int run(const Options& options) {
  if (options.video.empty() && !options.kernels)
    throw Error(ErrorCode::usage, "auriga bench expects a VIDEO, or --kernels, or both");
  Json json;
  json["auriga_version"] = version();
  json["machine"] = {{"processor", processor_name()},
                     {"cores", cores_allowed()},
                     {"instruction_set", instruction_set()},
                     {"available_memory_mb", available_memory_mb()}};
  if (!options.json)
    fmt::print("auriga {}; {}, {} core{}, {}\n", version(), processor_name(), cores_allowed(),
               cores_allowed() == 1 ? "" : "s", instruction_set());
  bool good = true;
  try {
    if (!options.video.empty()) {
      const Report report = bench_video(options);
      good = report.equal && report.stages.complete;
      if (!options.json) print_report(options.video, report);
      json["video"] = json_of(report);
      json["video"]["input"] = options.video;
    }
  } catch (const Interrupted&) {
    fmt::print(stderr, "auriga: interrupted\n");
    return 1;
  }
  if (options.kernels) {
    std::vector<KernelResult> results;
    for (const Kernel& kernel : kernels()) results.push_back(measure(kernel));
    good = good && all_equal(results);
    if (!options.json) print_kernels(results);
    json["kernels"] = json_of(results);
  }
  if (options.json) fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
  return good ? 0 : 1;
}

}  // namespace

Command add_bench(CLI::App& app) {
  auto options = std::make_shared<Options>();
  Options& o = *options;
  CLI::App* command = app.add_subcommand("bench", "Where the time goes on this machine");
  command->add_option("VIDEO", o.video, "Video, or folder of pictures as one sequence");
  command->add_option("--frames", o.frames, "Frames that are measured; a shorter video as it is")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  command
      ->add_option("--warm-up", o.warm_up,
                   "Frames before them that do not count, in steps of 8; of a short video half of "
                   "it at most")
      ->check(CLI::Range(0, 1000000))
      ->capture_default_str();
  command->add_option("--workers", o.workers,
                      "Numbers of threads to compare, e.g. 1,2,4; 1 always is among them (default: "
                      "1 and the cores that the process may use)");
  command->add_flag("--kernels", o.kernels,
                    "Also, or without VIDEO only: the fast kernels against plain versions, speed "
                    "and largest difference; needs no models");
  command->add_flag("--json", o.json, "Print JSON instead of tables");
  command->add_option("--models", o.models,
                      "Folder that is or holds model packs (default: see docs/models.md)");
  command->add_option("--preset", o.extract.preset, "As in `auriga extract`");
  command->add_option("--landmarker", o.extract.landmarker, "As in `auriga extract`");
  command->add_option("--au", o.extract.au, "As in `auriga extract`");
  command->add_option("--multi-face", o.extract.faces, "As in `auriga extract`");
  command->add_option("--device", o.extract.device, "As in `auriga extract`")
      ->capture_default_str();
  command->add_option("--predictor", o.extract.predictor, "As in `auriga extract`")
      ->capture_default_str();
  command->add_flag("--accept-altered-models", o.extract.accept_altered_models,
                    "As in `auriga extract`");
  return [options] { return run(*options); };
}

}  // namespace auriga::app
