// `auriga summary`: what a table says about the action units, in short, and as a picture.
#include "tables/summary.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "auriga/error.hpp"
#include "auriga/source.hpp"

#include "commands.hpp"
#include "drawing/encode.hpp"
#include "drawing/face_tile.hpp"
#include "drawing/timeline.hpp"
#include "event_files.hpp"
#include "files/atomic_file.hpp"
#include "files/manifest.hpp"
#include "files/part_name.hpp"
#include "geometry.hpp"
#include "inputs.hpp"
#include "own_names.hpp"
#include "summary_options.hpp"
#include "tables/marks.hpp"
#include "tables/table_match.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;

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
  throw Error(
      ErrorCode::input,
      fmt::format("{}: expected the video of {}, found frames of {} x {} px, outside of "
                  "which {:.0f} % of the table's faces lie; is this the right video?",
                  options.video, options.tables.front(), video.width, video.height, 100 * outside));
}

std::vector<Still> read_stills(const SummaryOptions& options, const AuTable& table,
                               const FaceTrack& face) {
  const std::vector<std::size_t> rows = interesting_rows(table, face, kMostStills);
  std::vector<Still> stills;
  const std::unique_ptr<Source> source = open_one(options.video, options.tables.front());
  check_inside(face, source->info(), options);
  Frame frame;
  while (stills.size() < rows.size()) {
    const std::size_t row = rows[stills.size()];
    if (!source->next(frame)) {
      const SourceStatus status = source->status();
      throw Error(
          ErrorCode::input,
          fmt::format("{}: expected the video of {} with a frame {}, found {} frames{}; is "
                      "this the right video?",
                      options.video, options.tables.front(), face.frames[row], status.frames,
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
  if (options.min_confidence.value_or(0) > 1)
    throw Error(ErrorCode::usage,
                fmt::format("--min-confidence expects 0 to 1, found {}", *options.min_confidence));
}

void require_own_name(const SummaryOptions& options, const fs::path& events) {
  OwnNames names;
  for (const auto& [what, path] :
       {std::pair{"the table ", &options.tables.front()}, std::pair{"--truth ", &options.truth},
        std::pair{"--video ", &options.video}})
    if (!path->empty()) names.add_input(*path, what + *path);
  const fs::path marks = marks_path(options.tables.front());
  names.add_input(marks, "the marks " + marks.string());
  if (!options.picture.empty()) names.add_result(options.picture, "the picture");
  if (!events.empty()) names.add_result(events, "the file of events");
}

bool is_of_one_table(const SummaryOptions& options) {
  std::error_code ignored;
  return options.tables.size() == 1 && !fs::is_directory(options.tables.front(), ignored) &&
         options.output.empty();
}

int summary(const SummaryOptions& options) {
  check(options);
  if (!is_of_one_table(options)) return summarise_study(options);
  for (const auto& [flag, given] :
       {std::pair{"--long", options.long_form}, std::pair{"--by", !options.by.empty()},
        std::pair{"--windows", !options.windows.empty()},
        std::pair{"--tasks", !options.tasks.empty()}})
    if (given)
      throw Error(ErrorCode::usage,
                  fmt::format("{} is about the table of numbers: expected -o FILE as well", flag));
  const std::string& file = options.tables.front();
  const fs::path events =
      options.events.empty() ? fs::path() : event_files(options.events, {{file, {}}}).front();
  if (!options.picture.empty() || !events.empty()) require_own_name(options, events);
  AuTable table = counted_table(file, options, !options.video.empty());
  if (!options.truth.empty()) add_truth(table, options.truth);
  const std::string estimator = estimator_of(file);
  if (!options.picture.empty()) {
    const FaceTrack& face = face_to_draw(table, options.face);
    AbandonedParts().remove(options.picture);
    AtomicFile picture(options.picture);  // before a long video is read
    const std::vector<Still> stills =
        options.video.empty() ? std::vector<Still>{} : read_stills(options, table, face);
    picture.write(encode_png(timeline_picture(table, face, stills, estimator, options.rules())));
    picture.commit();
  }
  if (!events.empty()) write_events(table, options.rules(), options.events, events);
  fmt::print("{}", options.json ? summary_json(table, estimator, options.rules())
                                : summary_text(table, estimator, options.rules()));
  if (options.json) return 0;
  for (const std::string& written : {options.picture, events.string()})
    if (!written.empty()) fmt::print("\nwrote {}\n", written);
  return 0;
}

}  // namespace

AuTable counted_table(const fs::path& file, const SummaryOptions& options, bool with_landmarks) {
  AuTable table = read_au_table(file, with_landmarks);
  if (options.use_marks) exclude(table, Excluded(marks_of(file)));
  if (options.min_confidence) require_confidence(table, *options.min_confidence);
  return table;
}

Command summary_command() {
  const auto options = std::make_shared<SummaryOptions>();
  return {"summary", "Action units of tables in short: how strong, how long, when",
          summary_options(*options), [options] { return summary(*options); }};
}

}  // namespace auriga::app
