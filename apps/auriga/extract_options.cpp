#include "extract_options.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/core.h>

namespace auriga::app {
namespace {

constexpr const char* kResults = "Results";
constexpr const char* kColumns =
    "Columns (with a single dash as in OpenFace; none given = all there are)";
constexpr const char* kModels = "Models";
constexpr const char* kCamera = "Camera";
constexpr const char* kSpeed = "Speed";
constexpr const char* kManyInputs = "Many inputs";
constexpr const char* kIsolation = "Inputs that are not trusted";

bool always() { return true; }

void append(OptionList& to, OptionList rows) {
  std::move(rows.begin(), rows.end(), std::back_inserter(to));
}

std::string flags_of(ColumnGroups groups) {
  std::string flags;
  for (const ColumnGroup group : kColumnGroups)
    if ((groups & group) != 0)
      flags += (flags.empty() ? "" : " ") + std::string(column_flag(group));
  return flags;
}

Setting columns(ColumnGroups& to, ColumnGroup group) {
  Setting setting{OptionForm::flag};
  setting.set = [&to, group](const std::string& text) {
    if (text == "yes") to |= group;
    if (text == "no") to &= ~group;
    return text == "yes" || text == "no";
  };
  setting.value = [&to] { return flags_of(to); };
  setting.standard = setting.value();
  return setting;
}

// Half of a pair; what is noted are both halves.
Setting half(std::optional<float>& to, const std::optional<float>& x,
             const std::optional<float>& y) {
  Setting setting = real(to);
  setting.value = [&x, &y] {
    const auto shown = [](const std::optional<float>& one) {
      return one ? fmt::format("{}", *one) : std::string();
    };
    return x || y ? shown(x) + ' ' + shown(y) : std::string();
  };
  return setting;
}

// The models that are used: those without calibration also where nothing is calibrated.
Setting static_models(SessionOptions& session) {
  Setting setting = yes(session.static_aus);
  setting.value = [&session] {
    return std::string(session.static_aus || !session.calibrate ? "static" : "dynamic");
  };
  setting.standard = setting.value();
  return setting;
}

Setting sides(std::optional<SidesMode>& to) {
  Setting setting{OptionForm::text, {"crop", "frame"}};
  setting.alone = "crop";
  setting.set = [&to](const std::string& text) {
    if (text != "crop" && text != "frame") return false;
    to = text == "crop" ? SidesMode::crop : SidesMode::frame;
    return true;
  };
  setting.value = [&to] {
    return std::string(!to ? "" : *to == SidesMode::crop ? "crop" : "frame");
  };
  return setting;
}

Setting affected(std::optional<PersonSide>& to) {
  Setting setting{OptionForm::text, {"left", "right"}};
  setting.set = [&to](const std::string& text) {
    if (text != "left" && text != "right") return false;
    to = text == "left" ? PersonSide::left : PersonSide::right;
    return true;
  };
  setting.value = [&to] {
    return std::string(!to ? "" : *to == PersonSide::left ? "left" : "right");
  };
  return setting;
}

// One of two flags of which neither need be given.
Setting either(std::optional<bool>& to, bool given) {
  Setting setting{OptionForm::flag};
  setting.set = [&to, given](const std::string& text) {
    if (text == "yes") to = given;
    if (text == "no" && to == given) to.reset();
    return text == "yes" || text == "no";
  };
  setting.value = [&to] { return std::string(!to ? "" : *to ? "yes" : "no"); };
  setting.standard = setting.value();
  return setting;
}

OptionList place_options(ExtractSettings& s) {
  return {
      {.flag = "INPUT",
       .group = "Options",
       .help = "Video files, pictures (.jpg .png .bmp .tif .webp .avif: all faces, one table "
               "each), folders of videos, or folders of pictures (one sequence each); @FILE: a "
               "list of these, a line each; patterns in quotes, e.g. 'P*/cam1.mp4'",
       .setting = texts(s.inputs),
       .required = true},
      {.flag = "-o,--output",
       .group = kResults,
       .help = "Name of the table, for one input: .csv, .tsv (tabs), .csv.gz",
       .more = "Python writes Parquet (docs/python.md)",
       .label = "FILE",
       .setting = text(s.output),
       .excludes = {"--out-dir", "--keep-folders"}},
      {.flag = "--out-dir",
       .group = kResults,
       .help = "Folder for the results, named after the inputs (default: processed)",
       .label = "DIR",
       .setting = text(s.out_dir)},
      {.flag = "--keep-folders",
       .group = kResults,
       .help = "Results lie below --out-dir as deep as the inputs below the folder that they "
               "have in common",
       .more = "For inputs of the same name in several folders",
       .setting = yes(s.keep_folders)},
      {.flag = "--no-recursive",
       .group = kManyInputs,
       .help = "Of a folder only what lies in it itself, not in its folders",
       .more = "Else results lie below --out-dir as deep as the videos below the folder",
       .setting = no(s.recursive)},
  };
}

OptionList output_options(ExtractSettings& s) {
  OutputOptions& outputs = s.outputs;
  return {
      {.flag = "--dialect",
       .group = kResults,
       .help = "Form of the table: openface (2.2), openface-spaced (2.0, 2.1), pyfaceau",
       .more = "`openface` is byte for byte the form of 2.2, `openface-spaced` has blanks after "
               "commas, `pyfaceau` has 20 columns, full precision and frames from 0",
       .effect = Effect::output,
       .setting = word<Dialect>(outputs.dialect, {{"openface", Dialect::openface},
                                                  {"openface-spaced", Dialect::openface_spaced},
                                                  {"pyfaceau", Dialect::pyfaceau}}),
       .noted_at_default = always},
      {.flag = "--full-precision",
       .group = kResults,
       .help = "All digits instead of OpenFace's 1 to 6 decimals",
       .effect = Effect::output,
       .setting = yes(outputs.full_precision),
       .noted_at_default = always},
      {.flag = "--lost",
       .group = kResults,
       .help = "What stands in the rows of a video whose face was lost, behind the first columns: "
               "empty, zero, or last: the last row with success (default: with OpenFace's action "
               "units its form, with the open ones empty)",
       .effect = Effect::output,
       .setting = word<LostCells>(
           outputs.lost,
           {{"empty", LostCells::empty}, {"zero", LostCells::zero}, {"last", LostCells::last}})},
      {.flag = "--min-confidence",
       .group = kResults,
       .help = "Rows of less confidence, 0..1, count as rows whose face was lost",
       .more = "`success` is 0 there, and the manifest says how many there are",
       .effect = Effect::output,
       .setting = real(outputs.min_confidence, 0)},
      {.flag = "--bids",
       .group = kResults,
       .help = "Also write what the columns mean as a JSON file, as BIDS has it",
       .more =
           "`<name>.json` beside the table: `Description` and `Units` of each column, the rate, "
           "what made it",
       .effect = Effect::output,
       .setting = yes(outputs.bids)},
      {.flag = "--hog",
       .group = kResults,
       .help = "Also write the appearance features as an OpenFace .hog file",
       .more = "`<name>.hog`",
       .effect = Effect::output,
       .setting = yes(outputs.hog)},
      {.flag = "--aligned",
       .group = kResults,
       .help = "Also write the aligned faces as a folder of pictures",
       .more = "`<name>_aligned/`; black where the face was lost",
       .effect = Effect::output,
       .setting = yes(outputs.aligned)},
      {.flag = "--aligned-format",
       .group = kResults,
       .help = "bmp, png or jpg",
       .effect = Effect::output,
       .setting = word<PictureFormat>(
           outputs.aligned_format,
           {{"bmp", PictureFormat::bmp}, {"png", PictureFormat::png}, {"jpg", PictureFormat::jpg}}),
       .noted_at_default = [&outputs] { return outputs.aligned; }},
      {.flag = "--no-bad-aligned",
       .group = kResults,
       .help = "No (black) aligned picture where the face was lost",
       .effect = Effect::output,
       .setting = no(outputs.keep_failed_aligned)},
      {.flag = "--tracked",
       .group = kResults,
       .help = "Also write the video with landmarks, head box and gaze drawn, every frame at its "
               "own time, with its sound",
       .more = "`<name>_tracked.mp4`, H.264",
       .effect = Effect::output,
       .setting = yes(outputs.tracked)},
      {.flag = "--tracked-format",
       .group = kResults,
       .help = "mp4, or avi: as OpenFace writes it, at one frame rate and without sound",
       .more = "`<name>_tracked.avi`, MPEG-4 part 2",
       .effect = Effect::output,
       .setting = word<VideoFormat>(s.tracked_format,
                                    {{"mp4", VideoFormat::mp4}, {"avi", VideoFormat::avi}}),
       .noted_at_default = [&outputs] { return outputs.tracked; }},
      {.flag = "--mesh",
       .group = kResults,
       .help = "Also write the 478 points of the face mesh as _mesh.csv (with --landmarker mesh)",
       .more = "`<name>_mesh.csv`, px; 468-477 are the irises",
       .effect = Effect::output,
       .setting = yes(outputs.mesh)},
      {.flag = "--sides",
       .group = kResults,
       .help = "Also write the person's left and right: action units as if both sides were that "
               "one, distances in mm; crop: of the aligned face, frame: of the whole picture, "
               "three times as slow",
       .more = "`<name>_sides.csv` ([clinic.md](clinic.md)); `--sides` alone is `--sides crop`",
       .effect = Effect::output,
       .setting = sides(outputs.sides)},
      {.flag = "--mirrored",
       .group = kResults,
       .help = "With --sides: the recording is a mirror image, as phones show the front camera",
       .more = "The person's left is on the left of the picture then",
       .effect = Effect::output,
       .setting = yes(outputs.side_options.mirrored)},
      {.flag = "--affected",
       .group = kResults,
       .help = "With --sides: the person's weaker side, whose distances are told in per cent of "
               "the other, too",
       .effect = Effect::output,
       .setting = affected(outputs.side_options.affected)},
      {.flag = "--details",
       .group = kResults,
       .help = "Also write OpenFace's _of_details.txt",
       .effect = Effect::output,
       .setting = yes(outputs.details)},
      {.flag = "--save-baseline",
       .group = kResults,
       .help = "Also write what was learnt of the person, for --baseline",
       .more = "A small JSON file ([calibration.md](calibration.md)); for one video of one person",
       .label = "FILE",
       .effect = Effect::output,
       .setting = text(outputs.baseline)},
      {.flag = "--json",
       .group = kResults,
       .help = "Print the run manifests as a JSON array instead of a summary",
       .setting = yes(s.json),
       .is_console = true},
      {.flag = "--quiet",
       .group = kResults,
       .help = "No progress and no summary",
       .setting = yes(s.quiet),
       .is_console = true},
      {.flag = "--verbose",
       .group = kResults,
       .help = "Of several inputs the whole summary of each, not a line",
       .setting = yes(s.verbose),
       .excludes = {"--quiet", "--json"},
       .is_console = true},
  };
}

OptionList column_options(OutputOptions& outputs) {
  ColumnGroups& groups = outputs.groups;
  const struct {
    ColumnGroup group;
    const char *help, *more;
  } all[] = {
      {kAuColumns, "Action units AUxx_r (0..5) and AUxx_c (0 or 1)", ""},
      {kPoseColumns, "Head pose: pose_Tx .. pose_Tz in mm, pose_Rx .. pose_Rz in rad", ""},
      {kLandmarks2dColumns, "68 landmarks in pixels: x_i, y_i", ""},
      {kLandmarks3dColumns, "68 landmarks in mm, camera coordinates: X_i, Y_i, Z_i", ""},
      {kShapeColumns, "Parameters of the shape model: p_scale, p_rx .. p_ty, p_i", ""},
      {kGazeColumns, "Gaze vectors and angles (rad), 56 eye landmarks in px and mm; not with pfld",
       "With `pfld` they are refused, and left out by default, not filled with zeros"}};
  OptionList rows;
  for (const auto& [group, help, more] : all)
    rows.push_back({.flag = std::string(column_flag(group)),
                    .group = kColumns,
                    .help = help,
                    .more = more,
                    .effect = Effect::output,
                    .setting = columns(groups, group),
                    .note = "columns",
                    .noted_at_default = always});
  rows.push_back(
      {.flag = std::string(column_flag(kBlendshapeColumns)),
       .group = kColumns,
       .help = "Besides the others, 52 blendshapes 0..1 under MediaPipe's names (jawOpen ..), of "
               "the person's left and right (with --landmarker mesh)",
       .more = "The last columns; empty cells where the face was lost. "
               "[What they mean](#blendshapes)",
       .effect = Effect::output,
       .setting = yes(outputs.blendshapes)});
  return rows;
}

OptionList session_options(SessionOptions& session) {
  return {
      {.flag = "--split-people",
       .group = kModels,
       .help = "When the followed face becomes another person's, as after a cut, that one has a "
               "face_id and a calibration of its own (default with the open estimator)",
       .more = "Somebody who comes back has the former `face_id` again",
       .effect = Effect::result,
       .setting = either(session.split_people, true),
       .excludes = {"--no-split-people"},
       .note = "split_people"},
      {.flag = "--no-split-people",
       .group = kModels,
       .help = "One face_id and one calibration whoever is shown, as OpenFace has it; a warning "
               "counts cuts and changes of person (default with OpenFace's action units)",
       .effect = Effect::result,
       .setting = either(session.split_people, false),
       .note = "split_people"},
      {.flag = "--calibration",
       .group = kModels,
       .help = "per-face: the neutral face of every face_id is learnt; none: every frame by "
               "itself with the static models, as OpenFace does for several faces",
       .effect = Effect::result,
       .setting = word<bool>(session.calibrate, {{"per-face", true}, {"none", false}}),
       .noted_at_default = [&session] { return session.faces > 1; }},
      {.flag = "--au-static",
       .group = kModels,
       .help = "Models without calibration to the person (OpenFace's -au_static)",
       .effect = Effect::result,
       .setting = static_models(session),
       .note = "au_models",
       .noted_at_default = always},
      {.flag = "--redetect-every",
       .group = kModels,
       .help = "Frames between two checks of the followed face by the detector",
       .more = "90 where it is not given: checks every 60 or 120 frames gave the same landmarks",
       .effect = Effect::result,
       .setting = whole(session.redetect_every, 1, std::numeric_limits<int>::max(), 0)},
  };
}

OptionRow baseline_option(ExtractSettings& s) {
  return {.flag = "--baseline",
          .group = kModels,
          .help =
              "The person's neutral face: a file of --save-baseline, or a video or "
              "picture of it",
          .more =
              "Nothing is learnt from the input then: all clips of a participant "
              "stand on one footing. A file of another estimator, landmarker or of "
              "other models is refused",
          .label = "FILE",
          .effect = Effect::result,
          .setting = text(s.baseline),
          .is_file = true};
}

OptionRow cache_option(ExtractSettings& s) {
  return {.flag = "--no-cache",
          .group = kSpeed,
          .help = "Verify model files again instead of remembering which were verified",
          .more = "They are remembered in `$XDG_CACHE_HOME/auriga` or `~/.cache/auriga`",
          .effect = Effect::speed,
          .setting = no(s.use_cache)};
}

OptionList section_options(ExtractSettings& s) {
  const auto row = [](const char* flag, const char* help, const char* more, const char* label,
                      Setting setting) {
    return OptionRow{.flag = flag,
                     .group = "Video",
                     .help = help,
                     .more = more,
                     .label = label,
                     .effect = Effect::result,
                     .setting = std::move(setting)};
  };
  return {
      row("--start", "Begin with the frame at this time, s or hh:mm:ss",
          "Frames keep the numbers and times of the whole video; those before are decoded, too",
          "TIME", text(s.start)),
      row("--end", "End before the frame at this time, s or hh:mm:ss", "", "TIME", text(s.end)),
      row("--every", "Only every N-th frame of the video, beginning with the first",
          "Rows keep the numbers and times of the frames. What counts frames (smoothing, checks "
          "by the detector) counts those that are left; a face that moves far in between is "
          "lost",
          "N", whole(s.every, 1, 1'000'000'000))};
}

OptionRow extract_models_option(ExtractSettings& s) {
  OptionRow row = models_option(s.models);
  row.group = kModels;
  return row;
}

OptionList camera_options(ExtractSettings& s) {
  const auto row = [](const char* flag, const char* help, Setting setting, const char* note) {
    return OptionRow{.flag = flag,
                     .group = kCamera,
                     .help = help,
                     .label = "X",
                     .effect = Effect::result,
                     .setting = std::move(setting),
                     .note = note};
  };
  OptionRow fx =
      row("--fx", "Focal length, px; both of --fx --fy or none (default: from the frame size)",
          half(s.fx, s.fx, s.fy), "focal_px");
  fx.more =
      "The estimated camera follows the size of each frame. What is given holds for the size of "
      "the "
      "first one; where the size changes later, it is scaled as the estimate is, which is right "
      "for "
      "a picture that is only made larger or smaller";
  return {std::move(fx), row("--fy", "Focal length, px", half(s.fy, s.fx, s.fy), "focal_px"),
          row("--cx", "Optical centre, px; both or none (default: the middle)",
              half(s.cx, s.cx, s.cy), "centre_px"),
          row("--cy", "Optical centre, px", half(s.cy, s.cx, s.cy), "centre_px")};
}

OptionList thread_options(Threads& threads) {
  return {
      {.flag = "--workers",
       .group = kSpeed,
       .help = "Threads, 1 to 256; never changes the results (default: the cores that the process "
               "may use)",
       .more = "The results have the same bytes for every number; affinity, control group "
               "and Slurm count",
       .effect = Effect::speed,
       .setting = whole(threads.workers, 1, kMostWorkers, 0)},
      {.flag = "--in-flight",
       .group = kSpeed,
       .help = "Batches of frames, 12 MB at most each, under way at a time; never changes the "
               "results (default: one more than threads)",
       .more = "Fewer need less memory",
       .effect = Effect::speed,
       .setting = whole(threads.batches_in_flight, 1, 4096, 0)},
  };
}

OptionList many_options(ExtractSettings& s) {
  return {
      {.flag = "--jobs",
       .group = kManyInputs,
       .help = "Inputs at a time, which share models and threads, and not more than these",
       .more = "Each needs some 30 MB ([performance.md](performance.md)). As many jobs as cores "
               "are faster "
               "than many threads on one video, since videos wait for nothing of each other",
       .effect = Effect::speed,
       .setting = whole(s.jobs, 1, kMostWorkers)},
      {.flag = "--resume",
       .group = kManyInputs,
       .help = "Leave out inputs whose complete results are there, made from the same input with "
               "the same options, models and version",
       .more = "The same input: name, size, time of last change; the same models: SHA-256 of the "
               "files; the same device, too. Partial results are made again, and such that are not "
               "what the run has written: size, time, hash",
       .setting = yes(s.resume)},
      {.flag = "--shard",
       .group = kManyInputs,
       .help = "I/N: of all inputs every N-th, beginning with the I-th; for N machines",
       .more = "All of them see the same folders",
       .label = "I/N",
       .setting = text(s.shard)},
  };
}

OptionList isolation_options(Isolation& isolation) {
  return {
      {.flag = "--isolate",
       .group = kIsolation,
       .help = "Read and analyse each input in a process of its own, with limits and without "
               "network or privileges; never changes the results",
       .more = "A video that crashes its reader, or wants too much, is reported as failed, and "
               "the others go on ([SECURITY.md](../SECURITY.md#auriga-extract---isolate)). Linux",
       .effect = Effect::speed,
       .setting = yes(isolation.on),
       .is_console = true},
      {.flag = "--isolate-memory",
       .group = kIsolation,
       .help = "MB of memory that each of these processes may have",
       .effect = Effect::speed,
       .setting = whole(isolation.memory_mb, 64, 1 << 30),
       .is_console = true},
      {.flag = "--isolate-time",
       .group = kIsolation,
       .help = "Seconds of processor time, of all threads together, that each of them may take",
       .effect = Effect::speed,
       .setting = whole(isolation.processor_s, 1, 1 << 30),
       .is_console = true},
  };
}

}  // namespace

OptionRow models_option(std::string& folder) {
  return {.flag = "--models",
          .group = "Options",
          .help = "Folder that is or holds model packs (default: see docs/models.md)",
          .label = "DIR",
          .effect = Effect::models,
          .setting = text(folder)};
}

OptionRow faces_option(SessionOptions& session) {
  return {.flag = "--multi-face",
          .group = kModels,
          .help =
              "Faces to follow at the same time in a video, 1 to 16: one row per frame and "
              "face, with a stable face_id",
          .effect = Effect::result,
          .setting = whole(session.faces)};
}

OptionList recipe_options(Folders& folders, RecipeChoice& recipe) {
  return {
      {.flag = "--preset",
       .group = kModels,
       .help = "openface: MTCNN + CE-CLM, or CLNF where its files are missing; pyfaceau: "
               "RetinaFace + PFLD; both with OpenFace's action units; open: BlazeFace + face mesh "
               "+ open action units, no files of OpenFace (default: the first of them whose files "
               "are there)",
       .label = "NAME",
       .effect = Effect::result,
       .setting = text(recipe.preset)},
      {.flag = "--detector",
       .group = kModels,
       .help = "Face detector: mtcnn (for clnf, ceclm), retinaface (for pfld), blazeface (for "
               "mesh)",
       .label = "NAME",
       .effect = Effect::result,
       .setting = text(recipe.detector)},
      {.flag = "--landmarker",
       .group = kModels,
       .help = "Landmark detector: clnf, ceclm, pfld, mesh",
       .label = "NAME",
       .effect = Effect::result,
       .setting = text(recipe.landmarker)},
      {.flag = "--au",
       .group = kModels,
       .help = "What tells the action units: openface, or open (with mesh, and its default)",
       .more = "`--landmarker mesh --au openface` is fast and needs no landmark models of OpenFace "
               "([parity.md](parity.md))",
       .label = "NAME",
       .effect = Effect::result,
       .setting = text(recipe.au)},
      {.flag = "--all-aus",
       .group = kModels,
       .help = "Also the action units that the open estimator tells without support by "
               "measurement (docs/accuracy.md)",
       .more = "The manifest marks them as experimental",
       .effect = Effect::result,
       .setting = yes(recipe.all_aus)},
      {.flag = "--landmark-model",
       .group = kModels,
       .help = "Main file of a landmark model of OpenFace (its -mloc)",
       .more = "E.g. `main_clnf_general.txt`",
       .label = "FILE",
       .effect = Effect::result,
       .setting = text(recipe.clm.model)},
      {.flag = "--landmarks",
       .group = kModels,
       .help = "Take landmarks (x_i, y_i) and success from a CSV of any OpenFace dialect instead "
               "of detecting",
       .more = "And `confidence`, if the picture does not speak against it; e.g. corrected ones. A "
               "frame that the table does not have is a failed one",
       .label = "FILE",
       .effect = Effect::result,
       .setting = text(recipe.landmarks_csv),
       .is_file = true},
      {.flag = "--force",
       .group = kModels,
       .help = "Use the table of --landmarks even where its size, rows or times say that it is of "
               "another video",
       .more = "Without, such a table is an error. A table of a part of the video is none, and a "
               "last frame more is a warning",
       .effect = Effect::result,
       .setting = yes(recipe.landmarks_of_any_video)},
      {.flag = "--wild",
       .group = kModels,
       .help = "Larger search areas for difficult pictures (OpenFace's -wild; clnf, ceclm)",
       .effect = Effect::result,
       .setting = yes(recipe.clm.wild)},
      {.flag = "--mended",
       .group = kModels,
       .help = "Without the defects of OpenFace's search that are repeated otherwise "
               "(docs/parity.md; clnf, ceclm)",
       .effect = Effect::result,
       .setting = yes(recipe.clm.mended)},
      {.flag = "--validate",
       .group = kModels,
       .help = "Let OpenFace's validator judge the landmarks of pfld and mesh, too",
       .more = "`confidence` is its certainty, `success` means above 0.725",
       .effect = Effect::result,
       .setting = yes(recipe.validate)},
      {.flag = "--accept-altered-models",
       .group = kModels,
       .help = "Use model files even if they are not the published ones",
       .effect = Effect::result,
       .setting = yes(folders.accept_altered)},
      {.flag = "--device",
       .group = kSpeed,
       .help = "Where the networks run: auto, cpu, coreml, cuda, tensorrt, openvino, xnnpack; some "
               "with an option, e.g. cuda:1 (docs/hardware.md)",
       .more = "One that is not there is an error, `auto` falls back to the CPU and says so",
       .label = "NAME",
       .effect = Effect::result,
       .setting = text(recipe.device)},
      {.flag = "--predictor",
       .group = kSpeed,
       .help = "batched, or sequential to check it",
       .more = "Sequential is the plain version",
       .effect = Effect::result,
       .setting = one_of(recipe.predictor, {"batched", "sequential"}),
       .noted_at_default = always},
  };
}

OptionList engine_options(ExtractSettings& s) {
  OptionList rows = {extract_models_option(s)};
  append(rows, recipe_options(s.folders, s.recipe));
  rows.push_back(cache_option(s));
  return rows;
}

OptionList stream_options(ExtractSettings& s) {
  OptionList rows = {faces_option(s.session)};
  append(rows, session_options(s.session));
  rows.push_back(baseline_option(s));
  append(rows, camera_options(s));
  return rows;
}

OptionList extract_options(ExtractSettings& s) {
  const OptionList recipe = recipe_options(s.folders, s.recipe);
  OptionList rows = place_options(s);
  append(rows, output_options(s));
  append(rows, column_options(s.outputs));
  rows.push_back(extract_models_option(s));
  append(rows, rows_of(recipe, {"--preset", "--detector", "--landmarker", "--au", "--all-aus",
                                "--landmark-model", "--landmarks", "--force", "--wild", "--mended",
                                "--validate"}));
  rows.push_back(faces_option(s.session));
  append(rows, session_options(s.session));
  rows.push_back(baseline_option(s));
  append(rows, rows_of(recipe, {"--accept-altered-models"}));
  append(rows, geometry_options(s.geometry));
  append(rows, section_options(s));
  append(rows, camera_options(s));
  append(rows, thread_options(s.threads));
  rows.push_back(cache_option(s));
  append(rows, many_options(s));
  append(rows, isolation_options(s.isolation));
  append(rows, rows_of(recipe, {"--device", "--predictor"}));
  return rows;
}

}  // namespace auriga::app
