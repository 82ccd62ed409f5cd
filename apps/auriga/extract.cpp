// `auriga extract`: videos and pictures in, tables of action units out.
#include "auriga/extract.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "auriga/error.hpp"
#include "auriga/machine.hpp"

#include "commands.hpp"
#include "extract_options.hpp"
#include "inputs.hpp"
#include "outputs.hpp"
#include "run.hpp"
#include "search_path.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;

// Checks what only concerns the command and completes `settings`.
void complete(ExtractSettings& settings) {
  const auto bad = [](const std::string& message) { throw Error(ErrorCode::usage, message); };
  if (!settings.output.empty() && !settings.shard.empty())
    bad("--shard is for several inputs, whose results lie in --out-dir DIR");
  if (settings.out_dir.empty()) settings.out_dir = "processed";
  if (settings.outputs.dialect == Dialect::pyfaceau) {
    if ((settings.outputs.groups & ~kAuColumns) != 0)
      bad("--dialect pyfaceau has only action units; leave the column flags out");
    settings.outputs.groups = kAuColumns;
  }
  const auto pair = [&](std::optional<float> x, std::optional<float> y, const char* names) {
    if (x.has_value() != y.has_value()) bad(std::string("the camera needs both of ") + names);
    return x ? std::optional(std::array<float, 2>{*x, *y}) : std::nullopt;
  };
  settings.session.focal_px = pair(settings.fx, settings.fy, "--fx and --fy");
  settings.session.centre_px = pair(settings.cx, settings.cy, "--cx and --cy");
  settings.folders.models = model_folders(settings.models);
  // The jobs share the threads; one without a thread would only need memory.
  int& workers = settings.threads.workers;
  if (workers == 0) workers = std::min(cores_allowed(), kMostWorkers);
  settings.jobs = std::min(settings.jobs, workers);
}

// Options of the list (hidden rows) that auriga/extract.hpp cannot carry out.
void refuse_what_has_no_effect(const ExtractSettings& settings) {
  if (!settings.baseline.empty() || !settings.save_baseline.empty())
    throw Error(ErrorCode::usage, "--baseline and --save-baseline are not part of this version");
}

// The columns asked for, or all that there are with these models.
void choose_columns(ExtractSettings& settings, const Setup& setup) {
  ColumnGroups& groups = settings.outputs.groups;
  const ColumnGroups missing = setup.has_gaze ? ColumnGroups{0} : kGazeColumns;
  if ((groups & missing) != 0)
    throw Error(ErrorCode::usage,
                "-gaze needs a landmarker that finds eyes: --landmarker clnf or ceclm (--preset "
                "openface) or mesh (--preset open), not " +
                    setup.landmarker);
  if (settings.outputs.mesh && setup.landmarker != "mesh")
    throw Error(
        ErrorCode::usage,
        "--mesh needs the landmarker that finds it: --landmarker mesh (--preset open), not " +
            setup.landmarker);
  if (groups == 0) groups = kAllColumns & ~missing;
}

OutputPaths paths_for(const ExtractSettings& settings, const Input& input) {
  if (!settings.output.empty()) return OutputPaths(settings.output);
  const fs::path table = settings.out_dir / input.table;
  std::error_code failed;
  fs::create_directories(table.parent_path(), failed);
  if (failed)
    throw Error(ErrorCode::output,
                table.parent_path().string() +
                    ": cannot create the folder for results: " + failed.message());
  return OutputPaths(table);
}

// `options`: the list over `settings`.
int run(ExtractSettings& settings, const OptionList& options) {
  refuse_what_has_no_effect(settings);
  complete(settings);
  std::vector<Input> inputs = find_inputs(settings.inputs, settings.keep_folders);
  if (!settings.output.empty() && inputs.size() > 1)
    throw Error(ErrorCode::usage, "-o names one table but there are " +
                                      std::to_string(inputs.size()) + " inputs; use --out-dir DIR");
  const bool many = inputs.size() > 1;
  const Shard shard = settings.shard.empty() ? Shard{} : parse_shard(settings.shard);
  inputs = inputs_of(shard, std::move(inputs));

  const int jobs = std::clamp(settings.jobs, 1, std::max(1, static_cast<int>(inputs.size())));
  settings.threads.workers /= jobs;
  const ExtractOptions extract =
      to_extract_options(settings.folders, settings.recipe, settings.session, settings.threads);
  std::vector<std::unique_ptr<Extractor>> extractors;
  // The first tells what is wrong with options or models, the others load at the same time.
  const auto load = [&] { return std::make_unique<Extractor>(extract); };
  extractors.push_back(load());
  std::vector<std::future<std::unique_ptr<Extractor>>> others;
  for (int i = 1; i < jobs; ++i) others.push_back(std::async(std::launch::async, load));
  for (auto& other : others) extractors.push_back(other.get());
  choose_columns(settings, extractors.front()->setup());

  RunOptions run;
  run.outputs = settings.outputs;
  run.reporting = {settings.quiet, settings.json};
  run.notes = noted(options);
  run.workers = settings.threads.workers;
  run.resume = settings.resume;
  if (many) {
    const std::string name =
        shard.count == 1 ? "summary" : fmt::format("summary-{}-of-{}", shard.index, shard.count);
    run.summary = fs::path(settings.out_dir) / (name + ".csv");
    std::error_code ignored;  // a folder that cannot be had is an error of each input
    fs::create_directories(settings.out_dir, ignored);
  }
  std::vector<PlannedResults> planned;
  for (const Input& input : inputs)
    planned.push_back(
        {input.path, OutputPaths(settings.output.empty() ? settings.out_dir / input.table
                                                         : fs::path(settings.output))});
  require_own_names(settings.outputs, planned, run.summary);
  std::vector<RunInput> list;
  for (const Input& input : inputs)
    list.push_back(
        {input.path, input.picture, [&settings, &input] { return paths_for(settings, input); }});
  return run_inputs(list, extractors, run);
}

}  // namespace

Command extract_command() {
  const auto settings = std::make_shared<ExtractSettings>();
  const OptionList options = extract_options(*settings);
  return {"extract", "Action units, landmarks and head pose from videos and pictures", options,
          [settings, options] { return run(*settings, options); }};
}

}  // namespace auriga::app
