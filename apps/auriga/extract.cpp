// `auriga extract`: videos and pictures in, tables of action units out.
#include "auriga/extract.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/core.h>
#include <sys/resource.h>

#include "auriga/error.hpp"

#include "commands.hpp"
#include "output/manifest.hpp"
#include "outputs.hpp"
#include "progress.hpp"
#include "search_path.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::vector<std::string> inputs;
  std::string models, output, out_dir;
  std::string dialect = "openface", aligned_format = "bmp";
  ExtractOptions extract;
  OutputOptions outputs;
  std::optional<float> fx, fy, cx, cy;
  std::vector<std::pair<const CLI::Option*, ColumnGroup>> column_flags;
  bool no_bad_aligned = false, quiet = false, json = false;
};

// The first Ctrl-C ends the run with the rows so far, the second at once.
volatile std::sig_atomic_t interrupted = 0;
extern "C" void on_interrupt(int signal) {
  interrupted = 1;
  std::signal(signal, SIG_DFL);
}

std::string utc_now() {
  return fmt::format(
      "{:%Y-%m-%dT%H:%M:%SZ}",
      fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())));
}

double peak_memory_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;  // ru_maxrss is in KiB
}

bool is_picture(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return extension == ".jpg" || extension == ".jpeg" || extension == ".png" || extension == ".bmp";
}

// The base name of the results: of a folder its own name, of a file its name without the last
// extension.
std::string base_name(const fs::path& input) {
  std::error_code failed;
  const fs::path full = fs::weakly_canonical(input, failed);
  const fs::path& path = failed ? input : full;
  return fs::is_directory(path, failed) ? path.filename().string() : path.stem().string();
}

// Checks what only concerns the command and completes `options`.
void complete(Options& options) {
  const auto bad = [](const std::string& message) { throw Error(ErrorCode::usage, message); };
  if (!options.output.empty() && options.inputs.size() > 1)
    bad("-o names one table but there are " + std::to_string(options.inputs.size()) +
        " inputs; use --out-dir DIR");
  if (options.out_dir.empty()) options.out_dir = "processed";
  options.outputs.dialect = *dialect_from_name(options.dialect);
  options.outputs.aligned_format = *picture_format(options.aligned_format);
  options.outputs.keep_failed_aligned = !options.no_bad_aligned;

  ColumnGroups groups = 0;
  for (const auto& [flag, group] : options.column_flags)
    if (flag->count() > 0) groups |= group;
  require_available(groups);
  if (groups != 0) options.outputs.groups = groups;
  if (options.outputs.dialect == Dialect::pyfaceau) {
    if ((groups & ~kAuColumns) != 0)
      bad("--dialect pyfaceau has only action units; leave the column flags out");
    options.outputs.groups = kAuColumns;
  }
  if (options.fx || options.fy || options.cx || options.cy) {
    if (!(options.fx && options.fy && options.cx && options.cy))
      bad("the camera needs all of --fx, --fy, --cx and --cy, or none");
    options.extract.camera = Camera{*options.fx, *options.fy, *options.cx, *options.cy};
  }
  options.extract.model_folders = model_folders(options.models);
}

OutputPaths paths_for(const Options& options, const fs::path& input) {
  if (!options.output.empty()) return OutputPaths(options.output);
  std::error_code failed;
  fs::create_directories(options.out_dir, failed);
  if (failed)
    throw Error(ErrorCode::output,
                options.out_dir + ": cannot create the folder for results: " + failed.message());
  return OutputPaths(fs::path(options.out_dir) / (base_name(input) + ".csv"));
}

void describe_setup(const Setup& setup, const Options& options, RunManifest& manifest) {
  manifest.auriga_version = version();
  manifest.preset = setup.preset;
  manifest.detector = setup.detector;
  manifest.landmarker = setup.landmarker;
  manifest.estimator = setup.estimator;
  for (const ModelFile& model : setup.models)
    manifest.models.push_back({model.path.string(), model.sha256});
  manifest.execution_provider = {setup.device_requested, setup.device_used,
                                 setup.device_fallback_reason};
  const ExtractOptions& extract = options.extract;
  manifest.options = {{"dialect", options.dialect},
                      {"workers", std::to_string(extract.workers)},
                      {"predictor", extract.predictor},
                      {"au_models", extract.static_aus ? "static" : "dynamic"},
                      {"full_precision", options.outputs.full_precision ? "yes" : "no"}};
  if (extract.redetect_every > 0)
    manifest.options.emplace_back("redetect_every", std::to_string(extract.redetect_every));
  if (!extract.landmarks_csv.empty())
    manifest.options.emplace_back("landmarks", extract.landmarks_csv.string());
  if (extract.accept_altered_models) manifest.options.emplace_back("accept_altered_models", "yes");
}

void describe_stream(const StreamInfo& stream, RunManifest& manifest) {
  manifest.input.format = stream.format;
  manifest.input.width_px = stream.width;
  manifest.input.height_px = stream.height;
  manifest.input.fps = stream.fps;
  if (stream.frames_expected > 0) manifest.input.frames_expected = stream.frames_expected;
}

void extract_video(Extractor& extractor, const Options& options, const std::string& input,
                   const OutputPaths& paths, RunManifest& manifest) {
  std::optional<VideoOutputs> outputs;
  std::optional<Progress> progress;
  std::int64_t frames = 0;
  const VideoResult result = extractor.video(
      input,
      [&](const FrameView& frame) {
        outputs->add(frame);
        progress->update(++frames);
        if (interrupted != 0) extractor.stop();
      },
      [&](const StreamInfo& stream) {
        outputs.emplace(options.outputs, paths, stream);
        progress.emplace(fs::path(input).filename().string(), stream.frames_expected,
                         options.quiet);
      });
  outputs->finish(result.action_units);
  manifest.seconds = progress->seconds();
  if (options.outputs.details) write_details(options.outputs, paths, input, result.stream.camera);

  describe_stream(result.stream, manifest);
  manifest.input.frames_decoded = result.frames;
  manifest.counts = {result.frames, result.faces, result.detector_runs};
  manifest.complete = result.complete;
  manifest.partial_reason = result.partial_reason;
  manifest.warnings = result.warnings;
  manifest.timings_ms = result.stage_ms;
}

void extract_picture(Extractor& extractor, const Options& options, const std::string& input,
                     const OutputPaths& paths, RunManifest& manifest) {
  const auto begin = std::chrono::steady_clock::now();
  const PictureResult picture = extractor.picture(input);
  write_picture_outputs(options.outputs, paths, picture);
  manifest.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (options.outputs.details) write_details(options.outputs, paths, input, picture.stream.camera);

  describe_stream(picture.stream, manifest);
  manifest.input.frames_decoded = 1;
  manifest.counts = {1, static_cast<std::int64_t>(picture.faces.size()), 1};
  manifest.complete = true;
}

void print_summary(const std::string& input, bool picture, const OutputPaths& paths,
                   const RunManifest& manifest) {
  const auto& counts = manifest.counts;
  const auto percent = [&](std::int64_t n) {
    return counts.frames > 0 ? 100.0 * static_cast<double>(n) / static_cast<double>(counts.frames)
                             : 0;
  };
  fmt::print("{}: {}\n", input, manifest.complete ? "done" : "PARTIAL: " + manifest.partial_reason);
  if (picture) {
    fmt::print("  {} faces in {:.2f} s\n", counts.faces_found, manifest.seconds);
  } else {
    fmt::print("  {} frames, face followed in {} ({:.1f} %), detector ran on {} ({:.1f} %)\n",
               counts.frames, counts.faces_found, percent(counts.faces_found), counts.detector_runs,
               percent(counts.detector_runs));
    fmt::print("  {:.1f} s, {:.0f} frames/s, peak memory {:.0f} MB\n", manifest.seconds,
               static_cast<double>(counts.frames) / manifest.seconds, manifest.peak_memory_mb);
    std::string stages;
    for (const auto& [stage, ms] : manifest.timings_ms)
      if (ms > 0)
        stages += fmt::format("{}{} {:.2f}", stages.empty() ? "" : ", ", stage,
                              ms / static_cast<double>(counts.frames));
    fmt::print("  processor time per frame, ms: {}\n", stages);
  }
  const auto& provider = manifest.execution_provider;
  fmt::print("  preset {}: {} + {}, action units {}, networks on {}{}\n", manifest.preset,
             manifest.detector, manifest.landmarker, manifest.estimator, provider.used,
             provider.fallback_reason.empty() ? "" : " (" + provider.fallback_reason + ")");
  for (const std::string& warning : manifest.warnings) fmt::print("  warning: {}\n", warning);
  std::string written;
  for (const std::string& name : manifest.outputs) written += (written.empty() ? "" : ", ") + name;
  fmt::print("  wrote {}, {}\n", written, paths.manifest.string());
}

int run(Options& options) {
  complete(options);
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
  Extractor extractor(options.extract);
  int exit_code = 0;
  std::string reports;  // of --json
  for (const std::string& input : options.inputs) {
    if (interrupted != 0) break;
    try {
      RunManifest manifest;
      describe_setup(extractor.setup(), options, manifest);
      manifest.started_utc = utc_now();
      manifest.input.path = input;
      const bool picture = is_picture(input) && !fs::is_directory(input);
      const OutputPaths paths = paths_for(options, input);
      (picture ? extract_picture : extract_video)(extractor, options, input, paths, manifest);
      std::error_code ignored;
      if (const auto size = fs::file_size(input, ignored); !ignored)
        manifest.input.size_bytes = size;
      manifest.finished_utc = utc_now();
      manifest.peak_memory_mb = peak_memory_mb();
      manifest.outputs = names_of(options.outputs, paths);
      write_manifest(manifest, paths.manifest);
      if (options.json)
        reports += (reports.empty() ? "" : ",\n") + manifest_json(manifest);
      else if (!options.quiet)
        print_summary(input, picture, paths, manifest);
      if (!manifest.complete) {
        if (options.quiet || options.json)
          fmt::print(stderr, "auriga: {}: partial: {}\n", input, manifest.partial_reason);
        exit_code = std::max(exit_code, 1);
      }
    } catch (const Error& error) {
      // One bad file must not cost the results of the others.
      fmt::print(stderr, "auriga: {}\n", error.what());
      exit_code = std::max(exit_code, static_cast<int>(error.code()));
    }
  }
  if (options.json) fmt::print("[{}]\n", reports);
  return exit_code;
}

}  // namespace

Command add_extract(CLI::App& app) {
  auto options = std::make_shared<Options>();
  Options& o = *options;
  CLI::App* command = app.add_subcommand(
      "extract", "Action units, landmarks and head pose from videos and pictures");
  command
      ->add_option("INPUT", o.inputs,
                   "Video files, pictures (.jpg .png: all faces, one table each), or folders of "
                   "pictures (one sequence each)")
      ->required();

  command->add_option("-o,--output", o.output, "Name of the table, for one input")
      ->group("Results");
  command
      ->add_option("--out-dir", o.out_dir,
                   "Folder for the results, named after the inputs (default: processed)")
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
                 "All digits instead of OpenFace's 1 to 3 decimals")
      ->group("Results");
  command
      ->add_flag("--hog", o.outputs.hog,
                 "Also write the appearance features as an OpenFace .hog file")
      ->group("Results");
  command
      ->add_flag("--aligned", o.outputs.aligned,
                 "Also write the aligned faces as a folder of pictures")
      ->group("Results");
  command->add_option("--aligned-format", o.aligned_format, "bmp or png")
      ->check(CLI::IsMember({"bmp", "png"}))
      ->capture_default_str()
      ->group("Results");
  command
      ->add_flag("--no-bad-aligned", o.no_bad_aligned,
                 "No (black) aligned picture where the face was lost")
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
      {kGazeColumns, "Gaze (not part of this version)"}};
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
      ->add_option(
          "--preset", o.extract.preset,
          "pyfaceau: RetinaFace + PFLD + OpenFace's action units (the only one in this version)")
      ->group("Models");
  command->add_option("--detector", o.extract.detector, "Face detector: retinaface")
      ->group("Models");
  command->add_option("--landmarker", o.extract.landmarker, "Landmark detector: pfld")
      ->group("Models");
  command
      ->add_option("--landmarks", o.extract.landmarks_csv,
                   "Take landmarks (x_i, y_i) and success from a CSV of any OpenFace dialect "
                   "instead of detecting")
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
      ->add_option(
          "--fx", o.fx,
          "Focal length, px; all of --fx --fy --cx --cy or none (default: from the frame size)")
      ->group("Camera");
  command->add_option("--fy", o.fy, "Focal length, px")->group("Camera");
  command->add_option("--cx", o.cx, "Optical centre, px")->group("Camera");
  command->add_option("--cy", o.cy, "Optical centre, px")->group("Camera");

  command->add_option("--workers", o.extract.workers, "Threads; never changes the results")
      ->capture_default_str()
      ->group("Speed");
  command
      ->add_option("--device", o.extract.device,
                   "Where the networks run: auto, cpu, coreml, cuda, tensorrt, openvino, xnnpack")
      ->capture_default_str()
      ->group("Speed");
  command->add_option("--predictor", o.extract.predictor, "batched, or sequential to check it")
      ->check(CLI::IsMember({"batched", "sequential"}))
      ->capture_default_str()
      ->group("Speed");
  return [options] { return run(*options); };
}

}  // namespace auriga::app
