#include "openface.hpp"

#include <algorithm>
#include <map>
#include <system_error>
#include <utility>

#include <fmt/core.h>

#include "auriga/error.hpp"
#include "auriga/packs.hpp"

#include "commands.hpp"
#include "console.hpp"
#include "files/part_file.hpp"
#include "run.hpp"
#include "search_path.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;

constexpr int kFacesOfVidMulti = 4;

// Where FaceLandmarkImg is given a folder, each of its pictures, in the order of their names.
// Throws Error(input) for a folder without.
std::vector<OpenFaceInput> pictures_one_by_one(const std::vector<OpenFaceInput>& inputs) {
  std::vector<OpenFaceInput> all;
  for (const OpenFaceInput& input : inputs) {
    std::error_code failed;
    if (!input.folder || !fs::is_directory(input.path, failed)) {
      all.push_back(input);
      continue;
    }
    std::vector<std::string> pictures;
    for (fs::directory_iterator entry(input.path, failed), end; !failed && entry != end;
         entry.increment(failed)) {
      const fs::path ending = entry->path().extension();
      if (ending == ".jpg" || ending == ".jpeg" || ending == ".png" || ending == ".bmp")
        pictures.push_back(entry->path().string());
    }
    if (pictures.empty())
      throw Error(ErrorCode::input,
                  input.path +
                      ": -fdir expects a folder of pictures (.jpg .jpeg .png .bmp), found none in "
                      "it; check the path");
    std::sort(pictures.begin(), pictures.end());
    for (const std::string& picture : pictures) all.push_back({picture, false, ""});
  }
  return all;
}

// Two inputs of the same name would overwrite each other's results without a word.
std::vector<OutputPaths> tables(const std::string& out_dir,
                                const std::vector<OpenFaceInput>& inputs) {
  std::vector<OutputPaths> paths;
  std::map<fs::path, std::string> input_of;
  for (const OpenFaceInput& input : inputs) {
    const fs::path table = openface_table(out_dir, input);
    const auto [other, is_new] = input_of.emplace(table.lexically_normal(), input.path);
    if (!is_new)
      throw Error(ErrorCode::usage, fmt::format("{} and {} would both be written to {}; give them "
                                                "names with -of",
                                                other->second, input.path, table.string()));
    paths.emplace_back(table, ".avi");
  }
  return paths;
}

void require_kind(const OpenFaceInput& input, OpenFaceProgram program) {
  std::error_code ignored;
  const bool folder = fs::is_directory(input.path, ignored);
  if (folder && !input.folder)
    throw Error(ErrorCode::input,
                fmt::format("{}: -f expects a {}, found a folder; give a folder of pictures with "
                            "-fdir",
                            input.path, program == OpenFaceProgram::img ? "picture" : "video"));
  if (!folder && input.folder)
    throw Error(ErrorCode::input,
                input.path + ": -fdir expects a folder of pictures, found " +
                    (fs::exists(input.path, ignored) ? "a file; give a video with -f"
                                                     : "nothing; check the path"));
}

// What a manifest tells of the flags.
std::vector<std::pair<std::string, std::string>> noted(const std::vector<std::string>& words,
                                                       OpenFaceProgram called) {
  std::string line;
  if (called != OpenFaceProgram::feature_extraction)
    line = "--program " + std::string(name_of(called));
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
  return {{"openface", line}};
}

}  // namespace

fs::path find_landmark_model(const std::string& file, const std::vector<fs::path>& folders) {
  std::vector<fs::path> places = {file};
  if (fs::path(file).is_relative())
    for (const fs::path& folder : folders)
      for (const FoundPack& pack : find_packs(folder)) {
        places.push_back(pack.folder / file);
        places.push_back(pack.folder / "model" / file);
      }
  std::string searched;
  for (const fs::path& place : places) {
    std::error_code ignored;
    if (fs::is_regular_file(place, ignored)) return place;
    searched += "\n  " + place.string() + (fs::exists(place, ignored) ? " (no file)" : "");
  }
  throw Error(ErrorCode::model,
              "-mloc " + file + ": expected the main file of a landmark model, found none at" +
                  searched +
                  "\ngive its path, or the folder of the model pack that has it with --models");
}

Folders to_folders(const OpenFaceArguments& arguments) {
  return {model_folders(arguments.models), user_cache_folder(), arguments.accept_altered_models};
}

RecipeChoice to_recipe(const OpenFaceArguments& arguments, const Folders& folders) {
  RecipeChoice recipe;
  recipe.preset = "openface";
  recipe.clm = arguments.clm;
  if (!recipe.clm.model.empty())
    recipe.clm.model = find_landmark_model(recipe.clm.model.string(), folders.models);
  return recipe;
}

SessionOptions to_session(const OpenFaceArguments& arguments) {
  SessionOptions session;
  if (arguments.program == OpenFaceProgram::vid_multi) {
    session.faces = kFacesOfVidMulti;
    session.calibrate = false;
  }
  session.static_aus = arguments.static_aus;
  session.crop = arguments.crop;
  session.focal_px = arguments.focal_px;
  session.centre_px = arguments.centre_px;
  session.watch_turn = !arguments.geometry.rotate;
  return session;
}

OutputOptions to_output_options(const OpenFaceArguments& arguments, bool has_gaze) {
  OutputOptions options;
  options.groups = arguments.groups & ~(has_gaze ? 0u : static_cast<unsigned>(kGazeColumns));
  options.hog = arguments.hog;
  options.aligned = arguments.aligned;
  options.tracked = arguments.tracked;
  options.aligned_format = arguments.aligned_format;
  options.keep_failed_aligned = arguments.keep_failed_aligned;
  options.dialect = arguments.dialect;
  options.unsmoothed = arguments.program == OpenFaceProgram::vid_multi;
  if (arguments.program == OpenFaceProgram::img) options.drawn_picture = arguments.drawn_format;
  options.details = true;
  options.frame_rate_timestamps = true;
  return options;
}

int openface(const std::vector<std::string>& words, OpenFaceProgram called) {
  if (words.empty()) {
    fmt::print(
        "auriga openface takes the flags of OpenFace's FeatureExtraction, for example\n"
        "  auriga openface -f video.mp4 -out_dir results -aus\n"
        "`auriga openface --help` lists them.\n");
    return 0;
  }
  const OpenFaceArguments arguments = read_openface_arguments(words, called);
  if (arguments.help) {
    fmt::print("{}", openface_help());
    return 0;
  }
  const auto say = [](const std::string& text) { complain("auriga: {}\n", text); };
  for (const std::string& note : arguments.notes) say("note: " + note);
  const bool pictures = arguments.program == OpenFaceProgram::img;
  const std::vector<OpenFaceInput> given =
      pictures ? pictures_one_by_one(arguments.inputs) : arguments.inputs;
  const std::vector<OutputPaths> paths = tables(arguments.out_dir, given);
  const Folders folders = to_folders(arguments);
  const Engine engine = Engine::load(folders, to_recipe(arguments, folders));
  const Setup& setup = engine.setup();
  if (arguments.quiet && !setup.note.empty()) say(setup.note);
  if ((arguments.groups & kGazeColumns) != 0 && !setup.has_gaze)
    say("no gaze: the landmark model " + setup.landmarker + " has no eyes");

  BatchOptions run;
  run.outputs = to_output_options(arguments, setup.has_gaze);
  run.reporting.quiet = arguments.quiet;
  run.notes = noted(words, called);
  run.session = to_session(arguments);
  run.source = source_options(arguments.geometry, false);
  run.source.order = PictureOrder::bytes;
  run.threads.workers = arguments.workers;
  std::vector<RunInput> inputs;
  std::vector<PlannedResults> planned;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const OpenFaceInput& input = given[i];
    planned.push_back({input.path, pictures, paths[i]});
    inputs.push_back({input.path, pictures, [&input, &at = paths[i], &arguments] {
                        require_kind(input, arguments.program);
                        create_folders(at.csv.parent_path());
                        return at;
                      }});
  }
  require_own_names(run.outputs, planned, {}, read_by(setup));
  return run_inputs(engine, inputs, run);
}

}  // namespace auriga::app
