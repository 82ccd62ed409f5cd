// `auriga blink`: when and how the eyes blink, of a video or of a table with landmarks.
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "auriga/engine.hpp"
#include "auriga/error.hpp"
#include "auriga/run.hpp"
#include "auriga/session.hpp"

#include "commands.hpp"
#include "console.hpp"
#include "drawing/blink_picture.hpp"
#include "drawing/encode.hpp"
#include "extract_options.hpp"
#include "files/atomic_file.hpp"
#include "files/part_name.hpp"
#include "files/table_name.hpp"
#include "geometry.hpp"
#include "inputs.hpp"
#include "marks_option.hpp"
#include "own_names.hpp"
#include "process.hpp"
#include "search_path.hpp"
#include "tables/blinks.hpp"
#include "tables/marks.hpp"
#include "upright.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;

struct BlinkOptions {
  std::string input, output, picture;
  bool json = false, use_marks = true;
  std::optional<std::int64_t> face;
  BlinkRules rules;
  std::optional<double> threshold, least_closure;
  std::string models;
  Folders folders;
  RecipeChoice recipe;
};

bool is_table(const std::string& input) {
  std::string ending = fs::path(input).extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return ending == ".csv" || ending == ".tsv" || ending == ".txt" || ending == ".gz";
}

// The faces of a stream with their landmarks, as read_au_table() has them of a table.
class FaceTracks : public Sink {
 public:
  void begin(const StreamInfo&, const Setup&) override { faces_.clear(); }
  void row(const FaceRow& row) override {
    const FrameResult& result = row.result;
    FaceTrack& face = faces_[result.face_id];
    face.id = result.face_id;
    face.frames.push_back(result.frame + 1);
    face.times.push_back(result.timestamp_s);
    face.success.push_back(result.success ? 1 : 0);
    face.landmarks.push_back(result.landmarks);
    face.yaw_rad.push_back(static_cast<double>(result.pose.rotation_rad[1]));
  }
  std::map<int, FaceTrack>& faces() { return faces_; }

 private:
  std::map<int, FaceTrack> faces_;
};

AuTable table_of_video(BlinkOptions& options) {
  const std::vector<Input> inputs = find_inputs({options.input}, {}).inputs;
  if (inputs.size() != 1 || !is_video_input(inputs.front().path))
    throw Error(ErrorCode::usage,
                fmt::format("{}: blink expects one video or one table with landmarks, found {}",
                            options.input,
                            inputs.size() == 1 ? "pictures" : fmt::format("{}", inputs.size())));
  options.folders.models = model_folders(options.models);
  options.folders.cache = user_cache_folder();
  const Engine engine = Engine::load(options.folders, options.recipe);
  SessionOptions session_options;
  session_options.final_units = false;
  std::optional<Session> session;
  FaceTracks tracks;
  Sink* const sinks[] = {&tracks};
  SourceOptions source_options = app::source_options({}, true);
  source_options.threads = cores_given();
  const UprightRun run = run_upright(
      inputs.front().path, source_options,
      session_options.watch_turn && engine.setup().landmarker == "mesh",
      [&](Source& source, bool stop_when_turned) {
        session.emplace(engine, session_options);
        return auriga::run(source, *session, sinks,
                           {.threads = {.workers = std::min(cores_given(), kMostWorkers)},
                            .stop_when_turned = stop_when_turned});
      });
  if (run.turned_deg != 0) complain("auriga: warning: {}\n", turned_words(run.turned_deg));
  for (const std::string& warning : run.report.warnings) complain("auriga: warning: {}\n", warning);
  if (!run.report.complete)
    complain("auriga: {}: partial: {}\n", options.input, run.report.partial_reason);
  AuTable table;
  table.file = options.input;
  for (auto& [id, face] : tracks.faces()) table.faces.push_back(std::move(face));
  if (table.faces.empty())
    throw Error(ErrorCode::input, options.input +
                                      ": expected a face, found none in any frame; is one seen "
                                      "large enough?");
  complete_times(table);
  return table;
}

const FaceTrack& face_of(const AuTable& table, std::optional<std::int64_t> id) {
  if (!id) return table.faces.front();
  for (const FaceTrack& face : table.faces)
    if (face.id == *id) return face;
  throw Error(ErrorCode::usage,
              fmt::format("{}: expected a face with the id {} for --face, found none among {}; "
                          "`auriga summary` lists them",
                          table.file.string(), *id, table.faces.size()));
}

char check(const BlinkOptions& options) {
  if (!options.picture.empty() && fs::path(options.picture).extension() != ".png")
    throw Error(ErrorCode::usage,
                fmt::format("--picture {}: expected a name that ends in .png", options.picture));
  const fs::path output = options.output;
  if (!options.output.empty() &&
      (is_compressed(output) || (output.extension() != ".csv" && output.extension() != ".tsv")))
    throw Error(ErrorCode::usage,
                fmt::format("-o {}: expected a name that ends in .csv or .tsv", options.output));
  if (options.least_closure.value_or(0) > 1)
    throw Error(ErrorCode::usage, "--least-closure expects 0 to 1");
  return has_tabs(output) ? '\t' : ',';
}

int blink(BlinkOptions& options) {
  const char separator = check(options);
  OwnNames names;
  names.add_input(options.input, "the input " + options.input);
  if (!options.output.empty()) names.add_result(options.output, "the table of blinks");
  if (!options.picture.empty()) names.add_result(options.picture, "the picture");
  AuTable table =
      is_table(options.input) ? read_au_table(options.input, true) : table_of_video(options);
  if (options.use_marks) exclude(table, Excluded(marks_of(options.input)));
  options.rules.threshold = options.threshold;
  if (options.least_closure) options.rules.least_closure = *options.least_closure;
  const FaceTrack& face = face_of(table, options.face);
  const Blinks blinks = find_blinks(table, face, options.rules);
  if (blinks.fps < kLeastBlinkFps)
    complain(
        "auriga: warning: {}: {:.1f} frames a second are too few for blinks, which last 0.1 to "
        "0.4 s: some are missed, and there are no speeds and delays\n",
        options.input, blinks.fps);
  std::vector<std::string> written;
  if (!options.output.empty()) {
    AbandonedParts().remove(options.output);
    write_file(options.output, blink_table(blinks, face.id, separator));
    written.push_back(options.output);
  }
  if (!options.picture.empty()) {
    AbandonedParts().remove(options.picture);
    AtomicFile picture(options.picture);
    picture.write(encode_png(blink_picture(blinks, fs::path(options.input).filename().string())));
    picture.commit();
    written.push_back(options.picture);
  }
  if (options.json) {
    fmt::print("{}", blink_json(blinks, table, face.id));
    return 0;
  }
  fmt::print("{}\n", options.input);
  if (table.excluded_ranges > 0)
    fmt::print("  {}\n", left_out_text(table.frames_excluded, table.excluded_ranges,
                                       marks_path(options.input)));
  if (table.faces.size() > 1)
    fmt::print("  of {} faces the one with the id {}\n", table.faces.size(), face.id);
  fmt::print("{}", blink_text(blinks));
  for (const std::string& one : written) fmt::print("wrote {}\n", one);
  return 0;
}

OptionList blink_options(BlinkOptions& o) {
  constexpr const char *kOptions = "Options", *kRules = "What is a blink",
                       *kModels = "Models, of a video";
  OptionList rows = {
      {.flag = "INPUT",
       .group = kOptions,
       .help = "A video, or a table with landmarks (x_36..x_47, y_36..y_47) of any dialect",
       .setting = text(o.input),
       .required = true},
      {.flag = "-o,--output",
       .group = kOptions,
       .help = "Table to write, .csv or .tsv: a row per blink",
       .more = "[Its columns](#auriga-blink)",
       .label = "FILE",
       .effect = Effect::output,
       .setting = text(o.output)},
      {.flag = "--picture",
       .group = kOptions,
       .help = "PNG file to write: openness of the eyes over time, and the blinks",
       .label = "OUT.png",
       .effect = Effect::output,
       .setting = text(o.picture)},
      {.flag = "--json",
       .group = kOptions,
       .help = "Print JSON instead of text",
       .setting = yes(o.json)},
      {.flag = "--face",
       .group = kOptions,
       .help = "Id of the face (default: the one seen longest)",
       .label = "ID",
       .setting = whole(o.face)},
      no_marks_option(o.use_marks, kOptions),
      {.flag = "--measure",
       .group = kRules,
       .help = "ear: eye aspect ratio of six landmarks; lids: distance of the lids by that of the "
               "outer corners of the eyes",
       .effect = Effect::result,
       .setting = word<EyeMeasure>(o.rules.measure,
                                   {{"ear", EyeMeasure::ear}, {"lids", EyeMeasure::lids}})},
      {.flag = "--threshold",
       .group = kRules,
       .help = "Openness at the apex up to which a blink is complete (default: Otsu's threshold of "
               "each eye's blinks)",
       .effect = Effect::result,
       .setting = real(o.threshold, 0)},
      {.flag = "--least-closure",
       .group = kRules,
       .help =
           "Share of its open level by which an eye closes and opens again, 0..1 (default: 0.3)",
       .effect = Effect::result,
       .setting = real(o.least_closure, 0)},
      {.flag = "--mirrored",
       .group = kRules,
       .help = "The recording is mirrored: left and right are exchanged",
       .effect = Effect::result,
       .setting = yes(o.rules.mirrored)},
  };
  OptionRow models = models_option(o.models);
  models.group = kModels;
  rows.push_back(std::move(models));
  for (OptionRow& row :
       rows_of(recipe_options(o.folders, o.recipe),
               {"--preset", "--detector", "--landmarker", "--accept-altered-models", "--device"})) {
    row.group = kModels;
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

Command blink_command() {
  const auto options = std::make_shared<BlinkOptions>();
  return {"blink", "Blinks: when, how complete, how fast, which eye first", blink_options(*options),
          [options] { return blink(*options); }};
}

}  // namespace auriga::app
