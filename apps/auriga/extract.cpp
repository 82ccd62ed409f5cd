// `auriga extract`: videos and pictures in, tables of action units out.
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "auriga/engine.hpp"

#include "commands.hpp"
#include "console.hpp"
#include "extract_options.hpp"
#include "extraction.hpp"
#include "files/manifest.hpp"
#include "inputs.hpp"
#include "run.hpp"
#include "source_ahead.hpp"
#include "tables/summary.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;

// Tables of other models in the folder of results: they would be taken for one study. Those that
// `inputs` will have are made anew.
void warn_of_a_mixture(const ExtractSettings& settings, const std::vector<Input>& inputs,
                       const Setup& setup) {
  std::set<fs::path> replaced;
  for (const Input& input : inputs)
    replaced.insert(manifest_path(settings.output.empty() ? input.table : fs::path(settings.output))
                        .filename());
  const fs::path folder = settings.output.empty() ? fs::path(settings.out_dir)
                                                  : fs::path(settings.output).parent_path();
  std::map<std::string, int> others;
  std::error_code failed;
  for (fs::directory_iterator entry(folder.empty() ? "." : folder, failed), end;
       !failed && entry != end; entry.increment(failed)) {
    const std::string name = entry->path().filename().string();
    if (!name.ends_with(".manifest.json") || replaced.contains(name)) continue;
    const TableOrigin origin = origin_of(entry->path());
    // Landmarks of a table come from whatever made it.
    const bool other_landmarks = origin.landmarker != setup.landmarker &&
                                 origin.landmarker != "table" && setup.landmarker != "table";
    if (!origin.estimator.empty() && (origin.estimator != setup.estimator || other_landmarks))
      ++others[origin.landmarker + " and action units " + origin.estimator];
  }
  for (const auto& [made_with, tables] : others)
    complain(
        "auriga: warning: {} has {} table{} made with {}, this run makes {} and action units {}; "
        "do not put them into one study\n",
        folder.empty() ? "." : folder.string(), tables, tables == 1 ? "" : "s", made_with,
        setup.landmarker, setup.estimator);
}

// `options`: the list over `settings`.
int run(ExtractSettings& settings, const OptionList& options) {
  complete(settings);
  const ExtractInputs found = find_inputs(settings, [&](const std::string& note) {
    if (!settings.quiet) complain("auriga: note: {}\n", note);
  });
  const std::vector<Input>& inputs = found.inputs;
  fs::path summary;
  if (found.many) {
    const Shard shard = settings.shard.empty() ? Shard{} : parse_shard(settings.shard);
    const std::string name =
        shard.count == 1 ? "summary" : fmt::format("summary-{}-of-{}", shard.index, shard.count);
    summary = fs::path(settings.out_dir) / (name + ".csv");
  }
  std::shared_ptr<SourceAhead> ahead;
  if (!settings.isolation.on && !settings.resume && !inputs.empty()) {
    SourceOptions source = settings.source;
    source.threads = settings.threads.workers;
    ahead = std::make_shared<SourceAhead>(inputs.front().path, source);
  }
  const auto prepare = [&](bool first) -> PreparedRun {
    Engine engine = Engine::load(settings.folders, settings.recipe);
    choose_columns(settings, engine.setup());
    if (first && !settings.quiet) {
      warn_of_a_mixture(settings, inputs, engine.setup());
      if (const auto& untold = engine.setup().untold_aus; !untold.empty())
        complain("auriga: note: not told by {}, their cells are empty: {}\n",
                 engine.setup().estimator, untold_text(untold));
    }
    if (!first || !settings.isolation.on) begin_with_baseline(engine, settings);
    if (found.many && !settings.isolation.on) {
      std::error_code ignored;  // a folder that cannot be had is an error of each input
      fs::create_directories(settings.out_dir, ignored);
    }
    require_own_names(settings, inputs, engine.setup(), summary);
    BatchOptions run = batch_options(engine, settings, options, found.jobs);
    run.summary = summary;
    if (ahead)
      run.open = [ahead](const fs::path& path, const SourceOptions& options) {
        return ahead->take(path, options);
      };
    return {std::move(engine), std::move(run)};
  };
  std::vector<RunInput> list;
  for (const Input& input : inputs)
    list.push_back(
        {input.path, input.picture, [&settings, &input] { return make_paths(settings, input); }});
  if (settings.isolation.on) {
    BatchOptions told;
    told.outputs = settings.outputs;
    told.jobs = found.jobs;
    told.reporting = {settings.quiet, settings.json, settings.verbose};
    told.summary = summary;
    return run_isolated(prepare, list, told, settings.isolation, settings.folders.cache);
  }
  const PreparedRun run = prepare(true);
  return run_inputs(run.engine, list, run.options);
}

}  // namespace

Command extract_command() {
  const auto settings = std::make_shared<ExtractSettings>();
  const OptionList options = extract_options(*settings);
  return {"extract", "Action units, landmarks and head pose from videos and pictures", options,
          [settings, options] { return run(*settings, options); }};
}

}  // namespace auriga::app
