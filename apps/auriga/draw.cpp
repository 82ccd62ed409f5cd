// `auriga draw`: a video with what its table says drawn into it.
#include <charconv>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/core.h>

#include "auriga/error.hpp"

#include "commands.hpp"
#include "console.hpp"
#include "files/part_name.hpp"
#include "own_names.hpp"
#include "stop_signals.hpp"
#include "viewer/drawn_video.hpp"
#include "viewer/study.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;

struct DrawOptions {
  std::string table, output, video;
  std::vector<std::string> units, names;
  bool bars = true, landmarks = true;
};

// "1=Anna"
std::pair<std::int64_t, std::string> named_face(const std::string& text) {
  const std::size_t equals = text.find('=');
  std::int64_t id = 0;
  const char* const end = text.data() + std::min(equals, text.size());
  const auto [stop, error] = std::from_chars(text.data(), end, id);
  if (equals == std::string::npos || equals == 0 || error != std::errc() || stop != end ||
      equals + 1 == text.size())
    throw Error(ErrorCode::usage, fmt::format("--name {}: expected ID=NAME with the number of a "
                                              "face of the table, e.g. 1=Anna",
                                              text));
  return {id, text.substr(equals + 1)};
}

int draw(const DrawOptions& options) {
  stop_on_signals();
  const std::string ending = fs::path(options.output).extension().string();
  if (ending != ".mp4" && ending != ".avi")
    throw Error(
        ErrorCode::usage,
        fmt::format("-o {}: expected a name that ends in .mp4 (every frame at its own time, "
                    "with sound) or .avi (one rate, no sound)",
                    options.output));
  DrawnVideoOptions how;
  how.bars = options.bars;
  how.landmarks = how.head = how.gaze = how.eyes = options.landmarks;
  how.units = options.units;
  how.stopped = stop_requested;
  for (const std::string& name : options.names) how.names.insert(named_face(name));
  const Study study = find_study({options.table}, {});
  if (study.results.size() != 1)
    throw Error(ErrorCode::usage,
                fmt::format("{}: expected one table, found {} in this folder; name "
                            "the table",
                            options.table, study.results.size()));
  const StudyResult& result = study.results.front();
  const fs::path video = options.video.empty() ? result.video : fs::path(options.video);
  if (video.empty())
    throw Error(ErrorCode::input, fmt::format("{}: {}; --video FILE says where it is",
                                              options.table, result.video_problem));
  if (options.video.empty() && !result.video_problem.empty())
    complain("auriga: warning: {}\n", result.video_problem);
  OwnNames names;
  names.add_input(result.table, "the table " + options.table);
  names.add_input(video, "the video " + video.string());
  names.add_result(options.output, "the drawn video");
  AbandonedParts().remove(options.output);
  const DrawnVideo drawn =
      draw_video(result.table, video, result.video_options, options.output, how);
  for (const std::string& warning : drawn.warnings) complain("auriga: warning: {}\n", warning);
  fmt::print("wrote {}: {} frames\n", options.output, drawn.frames);
  return 0;
}

}  // namespace

Command draw_command() {
  const auto options = std::make_shared<DrawOptions>();
  return {"draw",
          "A video with landmarks, names and action units of its table drawn into it",
          {{.flag = "TABLE",
            .group = "Options",
            .help = "Table of results",
            .setting = text(options->table),
            .required = true},
           {.flag = "-o,--output",
            .group = "Options",
            .help = "Video to write: .mp4 with true times and sound, or .avi",
            .label = "OUT.mp4",
            .effect = Effect::output,
            .setting = text(options->output),
            .required = true},
           {.flag = "--video",
            .group = "Options",
            .help = "The video of the table (default: where its manifest says, or nearby)",
            .label = "FILE",
            .setting = text(options->video)},
           {.flag = "--unit",
            .group = "Options",
            .help = "Action unit to show, e.g. AU12; may be given more than once (default: all)",
            .label = "AU",
            .effect = Effect::output,
            .setting = texts(options->units)},
           {.flag = "--name",
            .group = "Options",
            .help = "Name of a face, e.g. 1=Anna; may be given more than once",
            .label = "ID=NAME",
            .effect = Effect::output,
            .setting = texts(options->names)},
           {.flag = "--no-bars",
            .group = "Options",
            .help = "Without the panel of action units beside the picture",
            .effect = Effect::output,
            .setting = no(options->bars)},
           {.flag = "--no-landmarks",
            .group = "Options",
            .help = "Nothing over the picture itself but names",
            .effect = Effect::output,
            .setting = no(options->landmarks)}},
          [options] { return draw(*options); }};
}

}  // namespace auriga::app
