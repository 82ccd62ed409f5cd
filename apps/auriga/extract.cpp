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

#include "base/sha256.hpp"
#include "commands.hpp"
#include "inputs.hpp"
#include "outputs.hpp"
#include "run.hpp"
#include "search_path.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;

constexpr int kMostWorkers = 256;

struct Options {
  std::vector<std::string> inputs;
  std::string models, output, out_dir;
  std::string dialect = "openface", aligned_format = "bmp", calibration = "per-face";
  ExtractOptions extract;
  OutputOptions outputs;
  std::optional<float> fx, fy, cx, cy;
  std::vector<std::pair<const CLI::Option*, ColumnGroup>> column_flags;
  bool no_bad_aligned = false, quiet = false, json = false;
  bool resume = false, keep_folders = false;
  std::string shard;
  int jobs = 1, workers = 0;  // workers 0: all cores
};

// Checks what only concerns the command and completes `options`.
void complete(Options& options) {
  const auto bad = [](const std::string& message) { throw Error(ErrorCode::usage, message); };
  if (!options.output.empty() && !options.shard.empty())
    bad("--shard is for several inputs, whose results lie in --out-dir DIR");
  if (options.out_dir.empty()) options.out_dir = "processed";
  options.outputs.dialect = *dialect_from_name(options.dialect);
  options.outputs.aligned_format = *picture_format(options.aligned_format);
  options.outputs.keep_failed_aligned = !options.no_bad_aligned;

  ColumnGroups groups = 0;
  for (const auto& [flag, group] : options.column_flags)
    if (flag->count() > 0) groups |= group;
  options.outputs.groups = groups;  // completed by choose_columns
  if (options.outputs.dialect == Dialect::pyfaceau) {
    if ((groups & ~kAuColumns) != 0)
      bad("--dialect pyfaceau has only action units; leave the column flags out");
    options.outputs.groups = kAuColumns;
  }
  const auto pair = [&](std::optional<float> x, std::optional<float> y, const char* names) {
    if (x.has_value() != y.has_value()) bad(std::string("the camera needs both of ") + names);
    return x ? std::optional(std::array<float, 2>{*x, *y}) : std::nullopt;
  };
  options.extract.focal_px = pair(options.fx, options.fy, "--fx and --fy");
  options.extract.centre_px = pair(options.cx, options.cy, "--cx and --cy");
  options.extract.calibrate = options.calibration == "per-face";
  options.extract.model_folders = model_folders(options.models);
  // The jobs share the threads; one without a thread would only need memory.
  if (options.workers == 0) options.workers = std::min(cores_allowed(), kMostWorkers);
  options.jobs = std::min(options.jobs, options.workers);
}

// The columns asked for, or all that there are with these models.
void choose_columns(Options& options, const Setup& setup) {
  ColumnGroups& groups = options.outputs.groups;
  const ColumnGroups missing = setup.has_gaze ? ColumnGroups{0} : kGazeColumns;
  if ((groups & missing) != 0)
    throw Error(ErrorCode::usage,
                "-gaze needs a landmarker that finds eyes: --landmarker clnf or ceclm (--preset "
                "openface) or mesh (--preset open), not " +
                    setup.landmarker);
  if (options.outputs.mesh && setup.landmarker != "mesh")
    throw Error(
        ErrorCode::usage,
        "--mesh needs the landmarker that finds it: --landmarker mesh (--preset open), not " +
            setup.landmarker);
  if (groups == 0) groups = kAllColumns & ~missing;
}

OutputPaths paths_for(const Options& options, const Input& input) {
  if (!options.output.empty()) return OutputPaths(options.output);
  const fs::path table = options.out_dir / input.table;
  std::error_code failed;
  fs::create_directories(table.parent_path(), failed);
  if (failed)
    throw Error(ErrorCode::output,
                table.parent_path().string() +
                    ": cannot create the folder for results: " + failed.message());
  return OutputPaths(table);
}

std::string flags_of(ColumnGroups groups) {
  std::string flags;
  for (const ColumnGroup group : kColumnGroups)
    if ((groups & group) != 0)
      flags += (flags.empty() ? "" : " ") + std::string(column_flag(group));
  return flags;
}

// What a manifest tells of the options: all that the results depend on.
std::vector<std::pair<std::string, std::string>> noted(const Options& options) {
  const ExtractOptions& extract = options.extract;
  std::vector<std::pair<std::string, std::string>> notes = {
      {"dialect", options.dialect},
      {"predictor", extract.predictor},
      {"au_models", extract.static_aus || !extract.calibrate ? "static" : "dynamic"},
      {"full_precision", options.outputs.full_precision ? "yes" : "no"},
      {"columns", flags_of(options.outputs.groups)}};
  const auto note = [&](bool asked, const char* name, std::string value) {
    if (asked) notes.emplace_back(name, std::move(value));
  };
  note(extract.redetect_every > 0, "redetect_every", std::to_string(extract.redetect_every));
  if (!extract.landmarks_csv.empty()) {
    notes.emplace_back("landmarks", extract.landmarks_csv.string());
    notes.emplace_back("landmarks_sha256", sha256_of_file(extract.landmarks_csv));
  }
  note(extract.accept_altered_models, "accept_altered_models", "yes");
  note(extract.faces > 1, "multi_face", std::to_string(extract.faces));
  note(extract.faces > 1, "calibration", extract.calibrate ? "per-face" : "none");
  note(extract.validate, "validate", "yes");
  note(extract.all_aus, "all_aus", "yes");
  note(!extract.clm.model.empty(), "landmark_model", extract.clm.model.string());
  const auto pair = [](const std::array<float, 2>& xy) {
    return fmt::format("{} {}", xy[0], xy[1]);
  };
  if (extract.focal_px) notes.emplace_back("focal_px", pair(*extract.focal_px));
  if (extract.centre_px) notes.emplace_back("centre_px", pair(*extract.centre_px));
  note(options.outputs.aligned, "aligned_format", options.aligned_format);
  note(options.no_bad_aligned, "no_bad_aligned", "yes");
  note(extract.clm.wild, "wild", "yes");
  note(extract.clm.mended, "mended", "yes");
  return notes;
}

int run(Options& options) {
  complete(options);
  std::vector<Input> inputs = find_inputs(options.inputs, options.keep_folders);
  if (!options.output.empty() && inputs.size() > 1)
    throw Error(ErrorCode::usage, "-o names one table but there are " +
                                      std::to_string(inputs.size()) + " inputs; use --out-dir DIR");
  const bool many = inputs.size() > 1;
  const Shard shard = options.shard.empty() ? Shard{} : parse_shard(options.shard);
  inputs = inputs_of(shard, std::move(inputs));

  const int jobs = std::clamp(options.jobs, 1, std::max(1, static_cast<int>(inputs.size())));
  options.extract.workers = options.workers / jobs;
  std::vector<std::unique_ptr<Extractor>> extractors;
  // The first tells what is wrong with options or models, the others load at the same time.
  const auto load = [&] { return std::make_unique<Extractor>(options.extract); };
  extractors.push_back(load());
  std::vector<std::future<std::unique_ptr<Extractor>>> others;
  for (int i = 1; i < jobs; ++i) others.push_back(std::async(std::launch::async, load));
  for (auto& other : others) extractors.push_back(other.get());
  choose_columns(options, extractors.front()->setup());

  RunOptions run;
  run.outputs = options.outputs;
  run.reporting = {options.quiet, options.json};
  run.notes = noted(options);
  run.workers = options.extract.workers;
  run.resume = options.resume;
  if (many) {
    const std::string name =
        shard.count == 1 ? "summary" : fmt::format("summary-{}-of-{}", shard.index, shard.count);
    run.summary = fs::path(options.out_dir) / (name + ".csv");
    std::error_code ignored;  // a folder that cannot be had is an error of each input
    fs::create_directories(options.out_dir, ignored);
  }
  std::vector<PlannedResults> planned;
  for (const Input& input : inputs)
    planned.push_back(
        {input.path, OutputPaths(options.output.empty() ? options.out_dir / input.table
                                                        : fs::path(options.output))});
  require_own_names(options.outputs, planned, run.summary);
  std::vector<RunInput> list;
  for (const Input& input : inputs)
    list.push_back(
        {input.path, input.picture, [&options, &input] { return paths_for(options, input); }});
  return run_inputs(list, extractors, run);
}

}  // namespace

Command add_extract(CLI::App& app) {
  auto options = std::make_shared<Options>();
  Options& o = *options;
  CLI::App* command = app.add_subcommand(
      "extract", "Action units, landmarks and head pose from videos and pictures");
  command
      ->add_option(
          "INPUT", o.inputs,
          "Video files, pictures (.jpg .png: all faces, one table each), folders of videos, "
          "or folders of pictures (one sequence each)")
      ->required();

  command->add_option("-o,--output", o.output, "Name of the table, for one input")
      ->group("Results");
  command
      ->add_option("--out-dir", o.out_dir,
                   "Folder for the results, named after the inputs (default: processed)")
      ->excludes("-o")
      ->group("Results");
  command
      ->add_flag("--keep-folders", o.keep_folders,
                 "Results lie below --out-dir as deep as the inputs below the folder that they "
                 "have in common")
      ->excludes("-o")
      ->group("Results");
  command
      ->add_option("--dialect", o.dialect,
                   "Form of the table: openface (2.2), openface-spaced (2.0, 2.1), pyfaceau")
      ->check(CLI::IsMember({"openface", "openface-spaced", "pyfaceau"}))
      ->capture_default_str()
      ->group("Results");
  command
      ->add_flag("--full-precision", o.outputs.full_precision,
                 "All digits instead of OpenFace's 1 to 6 decimals")
      ->group("Results");
  command
      ->add_flag("--hog", o.outputs.hog,
                 "Also write the appearance features as an OpenFace .hog file")
      ->group("Results");
  command
      ->add_flag("--aligned", o.outputs.aligned,
                 "Also write the aligned faces as a folder of pictures")
      ->group("Results");
  command->add_option("--aligned-format", o.aligned_format, "bmp, png or jpg")
      ->check(CLI::IsMember({"bmp", "png", "jpg"}))
      ->capture_default_str()
      ->group("Results");
  command
      ->add_flag("--no-bad-aligned", o.no_bad_aligned,
                 "No (black) aligned picture where the face was lost")
      ->group("Results");
  command
      ->add_flag("--tracked", o.outputs.tracked,
                 "Also write the video with landmarks, head box and gaze drawn, as an .avi")
      ->group("Results");
  command
      ->add_flag("--mesh", o.outputs.mesh,
                 "Also write the 478 points of the face mesh as _mesh.csv (with --landmarker mesh)")
      ->group("Results");
  command->add_flag("--details", o.outputs.details, "Also write OpenFace's _of_details.txt")
      ->group("Results");
  command
      ->add_flag("--json", o.json, "Print the run manifests as a JSON array instead of a summary")
      ->group("Results");
  command->add_flag("--quiet", o.quiet, "No progress and no summary")->group("Results");

  // OpenFace writes these with one dash (-aus); both forms are understood.
  const std::pair<ColumnGroup, const char*> columns[] = {
      {kAuColumns, "Action units AUxx_r (0..5) and AUxx_c (0 or 1)"},
      {kPoseColumns, "Head pose: pose_Tx .. pose_Tz in mm, pose_Rx .. pose_Rz in rad"},
      {kLandmarks2dColumns, "68 landmarks in pixels: x_i, y_i"},
      {kLandmarks3dColumns, "68 landmarks in mm, camera coordinates: X_i, Y_i, Z_i"},
      {kShapeColumns, "Parameters of the shape model: p_scale, p_rx .. p_ty, p_i"},
      {kGazeColumns,
       "Gaze vectors and angles (rad), 56 eye landmarks in px and mm; not with pfld"}};
  for (const auto& [group, help] : columns)
    o.column_flags.emplace_back(
        command->add_flag("-" + std::string(column_flag(group)), help)
            ->group("Columns (with a single dash as in OpenFace; none given = all there are)"),
        group);

  command
      ->add_option("--models", o.models,
                   "Folder that is or holds model packs (default: see docs/models.md)")
      ->group("Models");
  command
      ->add_option("--preset", o.extract.preset,
                   "openface: MTCNN + CE-CLM, or CLNF where its files are missing; pyfaceau: "
                   "RetinaFace + PFLD; both with OpenFace's action units; open: BlazeFace + face "
                   "mesh + open action units, no files of OpenFace (default: the first of them "
                   "whose files are there)")
      ->group("Models");
  command
      ->add_option("--detector", o.extract.detector,
                   "Face detector: mtcnn (for clnf, ceclm), retinaface (for pfld), blazeface (for "
                   "mesh)")
      ->group("Models");
  command
      ->add_option("--landmarker", o.extract.landmarker,
                   "Landmark detector: clnf, ceclm, pfld, mesh")
      ->group("Models");
  command
      ->add_option("--au", o.extract.au,
                   "What tells the action units: openface, or open (with mesh, and its default)")
      ->group("Models");
  command
      ->add_flag("--all-aus", o.extract.all_aus,
                 "Also the action units that the open estimator tells without support by "
                 "measurement (docs/accuracy.md)")
      ->group("Models");
  command
      ->add_option("--landmark-model", o.extract.clm.model,
                   "Main file of a landmark model of OpenFace (its -mloc)")
      ->group("Models");
  command
      ->add_option("--landmarks", o.extract.landmarks_csv,
                   "Take landmarks (x_i, y_i) and success from a CSV of any OpenFace dialect "
                   "instead of detecting")
      ->group("Models");
  command
      ->add_flag("--wild", o.extract.clm.wild,
                 "Larger search areas for difficult pictures (OpenFace's -wild; clnf, ceclm)")
      ->group("Models");
  command
      ->add_flag("--mended", o.extract.clm.mended,
                 "Without the defects of OpenFace's search that are repeated otherwise "
                 "(docs/parity.md; clnf, ceclm)")
      ->group("Models");
  command
      ->add_flag("--validate", o.extract.validate,
                 "Let OpenFace's validator judge the landmarks of pfld and mesh, too")
      ->group("Models");
  command
      ->add_option("--multi-face", o.extract.faces,
                   "Faces to follow at the same time in a video, 1 to 16: one row per frame and "
                   "face, with a stable face_id")
      ->capture_default_str()
      ->group("Models");
  command
      ->add_option("--calibration", o.calibration,
                   "per-face: the neutral face of every face_id is learnt; none: every frame by "
                   "itself with the static models, as OpenFace does for several faces")
      ->check(CLI::IsMember({"per-face", "none"}))
      ->capture_default_str()
      ->group("Models");
  command
      ->add_flag("--au-static", o.extract.static_aus,
                 "Models without calibration to the person (OpenFace's -au_static)")
      ->group("Models");
  command
      ->add_option("--redetect-every", o.extract.redetect_every,
                   "Frames between two checks of the followed face by the detector")
      ->check(CLI::PositiveNumber)
      ->group("Models");
  command
      ->add_flag("--accept-altered-models", o.extract.accept_altered_models,
                 "Use model files even if they are not the published ones")
      ->group("Models");
  command
      ->add_option("--fx", o.fx,
                   "Focal length, px; both of --fx --fy or none (default: from the frame size)")
      ->group("Camera");
  command->add_option("--fy", o.fy, "Focal length, px")->group("Camera");
  command->add_option("--cx", o.cx, "Optical centre, px; both or none (default: the middle)")
      ->group("Camera");
  command->add_option("--cy", o.cy, "Optical centre, px")->group("Camera");

  command
      ->add_option("--workers", o.workers,
                   "Threads, 1 to 256; never changes the results (default: the cores that the "
                   "process may use)")
      ->check(CLI::Range(1, kMostWorkers))
      ->group("Speed");
  command
      ->add_option("--in-flight", o.extract.batches_in_flight,
                   "Batches of frames, 24 MB at most each, under way at a time; never changes the "
                   "results (default: one more than threads)")
      ->check(CLI::Range(1, 4096))
      ->group("Speed");
  command
      ->add_option(
          "--jobs", o.jobs,
          "Inputs at a time, which share the threads, and not more than these; the models are "
          "loaded for each")
      ->check(CLI::Range(1, kMostWorkers))
      ->capture_default_str()
      ->group("Many inputs");
  command
      ->add_flag("--resume", o.resume,
                 "Leave out inputs whose complete results are there, made from the same input with "
                 "the same options, models and version")
      ->group("Many inputs");
  command
      ->add_option("--shard", o.shard,
                   "I/N: of all inputs every N-th, beginning with the I-th; for N machines")
      ->group("Many inputs");
  command
      ->add_option(
          "--device", o.extract.device,
          "Where the networks run: auto, cpu, coreml, cuda, tensorrt, openvino, xnnpack; some "
          "with an option, e.g. cuda:1 (docs/hardware.md)")
      ->capture_default_str()
      ->group("Speed");
  command->add_option("--predictor", o.extract.predictor, "batched, or sequential to check it")
      ->check(CLI::IsMember({"batched", "sequential"}))
      ->capture_default_str()
      ->group("Speed");
  return [options] { return run(*options); };
}

}  // namespace auriga::app
