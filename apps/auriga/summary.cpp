// `auriga summary`: what a table says about the action units, in short, and as a picture.
#include "tables/summary.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "auriga/error.hpp"
#include "auriga/source.hpp"

#include "commands.hpp"
#include "drawing/encode.hpp"
#include "drawing/face_tile.hpp"
#include "drawing/timeline.hpp"
#include "files/atomic_file.hpp"
#include "files/manifest.hpp"
#include "files/part_name.hpp"
#include "geometry.hpp"
#include "inputs.hpp"
#include "own_names.hpp"
#include "tables/table_match.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;

struct SummaryOptions {
  std::string table, truth, picture, video;
  std::optional<std::int64_t> face;
  bool json = false;
};

const FaceTrack& face_to_draw(const AuTable& table, std::optional<std::int64_t> id) {
  if (!id) return table.faces.front();
  for (const FaceTrack& face : table.faces)
    if (face.id == *id) return face;
  std::string ids;
  for (std::size_t i = 0; i < std::min<std::size_t>(table.faces.size(), 20); ++i)
    ids += fmt::format("{}{}", i == 0 ? "" : ", ", table.faces[i].id);
  throw Error(ErrorCode::usage,
              fmt::format("{}: expected a face with the id {} for --face, found {}"
                          "{}; choose one of them",
                          table.file.string(), *id, ids, table.faces.size() > 20 ? ", ..." : ""));
}

std::unique_ptr<Source> open_one(const std::string& path, const std::string& table) {
  const std::vector<Input> inputs = find_inputs({path}, {}).inputs;
  if (inputs.size() != 1)
    throw Error(ErrorCode::usage,
                fmt::format("{}: expected one video for --video, found {}; name the one that the "
                            "table is about",
                            path, inputs.size()));
  return open_source(inputs.front().path, source_options_of_table(table, {}));
}

// A table of another video would be drawn without a complaint; this finds many of them. A face may
// leave the picture for a while.
void check_inside(const FaceTrack& face, const SourceInfo& video, const SummaryOptions& options) {
  std::vector<Landmarks> followed;
  for (std::size_t row = 0; row < face.landmarks.size(); ++row)
    if (face.success[row] != 0) followed.push_back(face.landmarks[row]);
  const double outside = share_outside(followed, video.width, video.height);
  if (outside <= kMostOutside) return;
  throw Error(ErrorCode::input,
              fmt::format("{}: expected the video of {}, found frames of {} x {} px, outside of "
                          "which {:.0f} % of the table's faces lie; is this the right video?",
                          options.video, options.table, video.width, video.height, 100 * outside));
}

std::vector<Still> read_stills(const SummaryOptions& options, const AuTable& table,
                               const FaceTrack& face) {
  const std::vector<std::size_t> rows = interesting_rows(table, face, kMostStills);
  std::vector<Still> stills;
  const std::unique_ptr<Source> source = open_one(options.video, options.table);
  check_inside(face, source->info(), options);
  Frame frame;
  while (stills.size() < rows.size()) {
    const std::size_t row = rows[stills.size()];
    if (!source->next(frame)) {
      const SourceStatus status = source->status();
      throw Error(ErrorCode::input,
                  fmt::format("{}: expected the video of {} with a frame {}, found {} frames{}; is "
                              "this the right video?",
                              options.video, options.table, face.frames[row], status.frames,
                              status.partial ? " (" + status.message + ")" : std::string()));
    }
    if (frame.index + 1 != face.frames[row]) continue;
    const Landmarks* landmarks = face.landmarks.empty() ? nullptr : &face.landmarks[row];
    stills.push_back({row, face_tile(frame.bgr(), landmarks, kStill_px)});
  }
  return stills;
}

void check(const SummaryOptions& options) {
  if (options.picture.empty() && (!options.video.empty() || options.face))
    throw Error(ErrorCode::usage, fmt::format("{} is about the picture: expected --picture as well",
                                              options.face ? "--face" : "--video"));
  if (!options.picture.empty() && fs::path(options.picture).extension() != ".png")
    throw Error(ErrorCode::usage,
                fmt::format("--picture {}: expected a name that ends in .png; the picture is a PNG "
                            "file",
                            options.picture));
}

void require_own_name(const SummaryOptions& options) {
  OwnNames names;
  for (const auto& [what, path] :
       {std::pair{"the table ", &options.table}, std::pair{"--truth ", &options.truth},
        std::pair{"--video ", &options.video}})
    if (!path->empty()) names.add_input(*path, what + *path);
  names.add_result(options.picture, "the picture");
}

int summary(const SummaryOptions& options) {
  check(options);
  if (!options.picture.empty()) require_own_name(options);
  AuTable table = read_au_table(options.table, !options.video.empty());
  if (!options.truth.empty()) add_truth(table, options.truth);
  const std::string estimator = estimator_of(options.table);
  if (!options.picture.empty()) {
    const FaceTrack& face = face_to_draw(table, options.face);
    AbandonedParts().remove(options.picture);
    AtomicFile file(options.picture);  // before a long video is read
    const std::vector<Still> stills =
        options.video.empty() ? std::vector<Still>{} : read_stills(options, table, face);
    file.write(encode_png(timeline_picture(table, face, stills, estimator)));
    file.commit();
  }
  fmt::print("{}", options.json ? summary_json(table, estimator) : summary_text(table, estimator));
  if (!options.json && !options.picture.empty()) fmt::print("\nwrote {}\n", options.picture);
  return 0;
}

}  // namespace

Command summary_command() {
  const auto options = std::make_shared<SummaryOptions>();
  return {"summary",
          "Action units of a table in short: how strong, how long, when",
          {{.flag = "TABLE",
            .group = "Options",
            .help = "CSV file of any dialect",
            .setting = text(options->table),
            .required = true},
           {.flag = "--truth",
            .group = "Options",
            .help = "CSV file with true intensities (AU12 or AU12_r, 0..5) per frame, to compare "
                    "with; a table of another program will do",
            .more = "Matched by frame and `face_id`: correlation and mean distance per action unit",
            .label = "FILE",
            .effect = Effect::output,
            .setting = text(options->truth)},
           {.flag = "--picture",
            .group = "Options",
            .help = "PNG file to write: intensities over time, with --video frames above",
            .more = "A strip per action unit, 1000 px wide",
            .label = "OUT.png",
            .effect = Effect::output,
            .setting = text(options->picture)},
           {.flag = "--video",
            .group = "Options",
            .help = "Video, picture or folder of pictures that the table is about",
            .more = "With `--picture`: up to five moments of it above, with the landmarks: where "
                    "action units are highest. A video is read up to the last of them",
            .label = "VIDEO",
            .effect = Effect::output,
            .setting = text(options->video)},
           {.flag = "--face",
            .group = "Options",
            .help = "Id of the face in the picture (default: the one seen longest)",
            .label = "ID",
            .effect = Effect::output,
            .setting = whole(options->face)},
           {.flag = "--json",
            .group = "Options",
            .help = "Print JSON instead of text",
            .more = "With all faces and all times",
            .setting = yes(options->json)}},
          [options] { return summary(*options); }};
}

}  // namespace auriga::app
