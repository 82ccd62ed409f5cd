#include "files/manifest.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

#include "base/file.hpp"
#include "files/atomic_file.hpp"
#include "files/table_name.hpp"
#include "files/written_file.hpp"

namespace auriga {

namespace {

constexpr std::size_t kLargestManifest = 1 << 20;  // bytes; ours have some thousand

Json text(const std::string& value) { return value.empty() ? Json() : Json(value); }

Json sizes_json(const SourceFacts& facts) {
  Json sizes = Json::array();
  for (const PictureSize& size : facts.sizes)
    sizes.add(Json::object({{"frame", size.frame + 1},
                            {"timestamp_s", size.timestamp_s},
                            {"width_px", size.width},
                            {"height_px", size.height}}));
  return sizes;
}

Json times_json(const SourceFacts& facts) {
  if (!facts.times) return {};
  const TimeFacts& times = *facts.times;
  return Json::object({{"file_start_s", times.file_start_s},
                       {"first_picture_s", times.first_picture_s},
                       {"mean_interval_s", times.mean_interval_s},
                       {"least_interval_s", times.least_interval_s},
                       {"largest_interval_s", times.largest_interval_s},
                       {"variable", times.variable},
                       {"hidden_frames", times.hidden_frames},
                       {"dropped_frames", times.dropped_frames},
                       {"packets_before_key_frame", times.packets_before_key_frame}});
}

Json pixels_json(const SourceFacts& facts) {
  return Json::object({{"shown", facts.square_pixels ? "square" : "stored"},
                       {"aspect", facts.pixel_aspect > 0 ? Json(facts.pixel_aspect) : Json()},
                       {"scale_x", facts.scale_x},
                       {"scale_y", facts.scale_y}});
}

Json rotation_json(const SourceFacts& facts) {
  return Json::object({{"container_deg", facts.container_turn_deg},
                       {"container_mirrored", facts.mirrored},
                       {"added_deg", facts.rotate_deg}});
}

Json colour_json(const SourceFacts& facts) {
  return Json::object({{"range", text(facts.colour_range)},
                       {"matrix", text(facts.colour_matrix)},
                       {"transfer", text(facts.colour_transfer)},
                       {"primaries", text(facts.colour_primaries)}});
}

Json resampled_json(const SourceFacts& facts) {
  return Json::object({{"fps", facts.resampled_fps > 0 ? Json(facts.resampled_fps) : Json()},
                       {"repeated_frames", facts.repeated_frames},
                       {"left_out_frames", facts.left_out_frames}});
}

Json section_json(const SourceFacts& facts) {
  if (!facts.is_section) return {};
  return Json::object({{"start_s", facts.section_start_s},
                       {"end_s", facts.section_end_s > 0 ? Json(facts.section_end_s) : Json()},
                       {"every", facts.section_every}});
}

Json input_json(const RunManifest& manifest) {
  const auto& input = manifest.input;
  return Json::object({{"path", text(input.path)},
                       {"size_bytes", input.size_bytes},
                       {"modified_ns", input.modified_ns},
                       {"format", text(input.format)},
                       {"width_px", input.width_px},
                       {"height_px", input.height_px},
                       {"fps", input.fps},
                       {"average_fps", input.average_fps},
                       {"frames_expected", input.frames_expected},
                       {"frames_decoded", input.frames_decoded},
                       {"sizes", sizes_json(input.facts)},
                       {"size_changes", input.facts.size_changes},
                       {"unreadable_pictures", input.facts.unreadable},
                       {"times", times_json(input.facts)},
                       {"pixels", pixels_json(input.facts)},
                       {"rotation", rotation_json(input.facts)},
                       {"colour", colour_json(input.facts)},
                       {"interlaced_frames", input.facts.interlaced_frames},
                       {"deinterlaced", input.facts.deinterlaced},
                       {"resampled", resampled_json(input.facts)},
                       {"section", section_json(input.facts)}});
}

const char* name_of(NeutralFacts::State state) {
  switch (state) {
    case NeutralFacts::State::frames:
      return "frames";
    case NeutralFacts::State::weak:
      return "weak";
    case NeutralFacts::State::none:
      return "none";
    case NeutralFacts::State::given:
      return "given";
  }
  return "";
}

Json light_json(const std::vector<std::pair<int, FaceLight>>& light) {
  Json faces = Json::array();
  for (const auto& [id, facts] : light)
    faces.add(Json::object({{"face_id", id},
                            {"frames", facts.frames},
                            {"brightness", facts.brightness},
                            {"contrast", facts.contrast},
                            {"sharpness", facts.sharpness}}));
  return faces;
}

// Of one face, or of several: then the one that is known least, and the list of all.
Json neutral_json(const std::vector<std::pair<int, NeutralFacts>>& neutral) {
  if (neutral.empty()) return {};
  const auto members = [](const NeutralFacts& facts) {
    return Json::object({{"state", name_of(facts.state)},
                         {"frames", facts.frames},
                         {"share", facts.share},
                         {"weight", facts.weight}});
  };
  const auto least = std::min_element(
      neutral.begin(), neutral.end(),
      [](const auto& a, const auto& b) { return a.second.weight < b.second.weight; });
  Json json = members(least->second);
  if (neutral.size() == 1) return json;
  Json faces = Json::array();
  for (const auto& [id, facts] : neutral) {
    Json one = members(facts);
    one.add("face_id", id);
    faces.add(std::move(one));
  }
  json.add("faces", std::move(faces));
  return json;
}

Json scene_json(const SceneFacts& scene) {
  Json cuts = Json::array(), changes = Json::array();
  for (const SceneCut& cut : scene.cuts)
    cuts.add(Json::object({{"frame", cut.frame + 1}, {"timestamp_s", cut.timestamp_s}}));
  for (const PersonChange& change : scene.changes)
    changes.add(Json::object({{"frame", change.frame + 1},
                              {"timestamp_s", change.timestamp_s},
                              {"from", change.from},
                              {"to", change.to}}));
  return Json::object({{"cut_count", scene.cut_count},
                       {"cuts", cuts},
                       {"change_count", scene.change_count},
                       {"changes_of_person", changes},
                       {"people_split", scene.split},
                       {"portraits", scene.portraits}});
}

Json written_json(const RunManifest& manifest) {
  Json all = Json::array();
  for (const Written& one : manifest.written) {
    Json entry = Json::object({{"path", text(one.path.string())}});
    if (one.modified_ns == 0) entry.add("files", one.files);
    entry.add("size_bytes", one.size_bytes);
    if (one.modified_ns != 0) entry.add("modified_ns", one.modified_ns);
    entry.add("sha256", text(one.sha256));
    all.add(entry);
  }
  return all;
}

// An option given twice keeps both values.
Json options_json(const RunManifest& manifest) {
  Json::Object options;
  for (const auto& [name, value] : manifest.options) {
    const auto earlier =
        std::find_if(options.begin(), options.end(),
                     [&name = name](const Json::Member& one) { return one.name == name; });
    if (earlier == options.end())
      options.push_back({name, value});
    else if (earlier->value.as_array() != nullptr)
      earlier->value.add(value);
    else
      earlier->value = Json::array({std::move(earlier->value), value});
  }
  return Json::object(std::move(options));
}

// Null where there is nothing of use. Throws where there is one that cannot be read.
Json read_manifest(const std::filesystem::path& path) {
  std::error_code failed;
  if (std::filesystem::file_size(path, failed) > kLargestManifest && !failed) return {};
  const std::optional<std::string> text =
      read_file_if_any(path, ErrorCode::input, "manifest of a table", kLargestManifest);
  return text ? Json::parse(*text).value_or(Json()) : Json();
}

}  // namespace

std::string manifest_json(const RunManifest& manifest) {
  Json models = Json::array();
  for (const auto& [path, sha256] : manifest.models)
    models.add(Json::object({{"path", text(path)}, {"sha256", text(sha256)}}));
  Json timings = Json::object();
  for (const auto& [stage, ms] : manifest.timings_ms) timings.add(stage, ms);
  const auto& provider = manifest.execution_provider;
  const auto& counts = manifest.counts;
  const Json json = Json::object({
      {"auriga", text(manifest.auriga_version)},
      {"started_utc", text(manifest.started_utc)},
      {"finished_utc", text(manifest.finished_utc)},
      {"status", manifest.complete ? "complete" : "partial"},
      {"partial_reason", manifest.complete ? Json() : text(manifest.partial_reason)},
      {"input", input_json(manifest)},
      {"options", options_json(manifest)},
      {"preset", text(manifest.preset)},
      {"detector", text(manifest.detector)},
      {"landmarker", text(manifest.landmarker)},
      {"estimator", text(manifest.estimator)},
      {"action_units", manifest.action_units},
      {"experimental_action_units", manifest.experimental_action_units},
      {"action_units_not_told", manifest.action_units_not_told},
      {"models", models},
      {"execution_provider", Json::object({{"requested", text(provider.requested)},
                                           {"used", text(provider.used)},
                                           {"fallback_reason", text(provider.fallback_reason)}})},
      {"counts", Json::object({{"frames", counts.frames},
                               {"faces_found", counts.faces_found},
                               {"detector_runs", counts.detector_runs},
                               {"rows", counts.rows},
                               {"rows_lost", counts.rows_lost}})},
      {"scene", scene_json(manifest.scene)},
      {"faces_visible", manifest.faces_visible},
      {"light", light_json(manifest.light)},
      {"quality", manifest.quality},
      {"neutral", neutral_json(manifest.neutral)},
      {"warnings", manifest.warnings},
      {"notes", manifest.notes},
      {"workers", manifest.workers},
      {"kernels", text(manifest.kernels)},
      {"seconds", manifest.seconds},
      {"peak_memory_mb", manifest.peak_memory_mb},
      {"timings_ms", timings},
      {"outputs", manifest.outputs},
      {"written", written_json(manifest)},
  });
  return json.text() + '\n';
}

void write_manifest(const RunManifest& manifest, const std::filesystem::path& target) {
  write_file(target, manifest_json(manifest));
}

std::filesystem::path manifest_path(const std::filesystem::path& table) {
  return beside_table(table, ".manifest.json");
}

std::vector<Written> written_of(const Json& manifest) {
  std::vector<Written> all;
  for (const Json& entry : manifest.at("written").items()) {
    Written& one = all.emplace_back();
    if (const std::string* path = entry.at("path").as_text()) one.path = *path;
    if (const std::string* hash = entry.at("sha256").as_text()) one.sha256 = *hash;
    const auto number = [&](const char* key) {
      const std::int64_t* value = entry.at(key).as_whole();
      return value == nullptr ? 0 : *value;
    };
    one.files = number("files");
    one.size_bytes = static_cast<std::uint64_t>(number("size_bytes"));
    one.modified_ns = number("modified_ns");
  }
  return all;
}

namespace {

// What stands beside a table and tells of it; null where there is nothing of use.
Json manifest_of(const std::filesystem::path& table) {
  Json json = read_manifest(manifest_path(table));
  for (const Written& one : written_of(json))
    if (one.path.filename() == table.filename() && !is_as_written(one, table)) return {};
  return json;
}

}  // namespace

std::string estimator_of(const std::filesystem::path& table) {
  const Json json = manifest_of(table);
  const std::string* estimator = json.at("estimator").as_text();
  return estimator != nullptr ? *estimator : "";
}

Recording recording_of(const std::filesystem::path& table) {
  const Json json = manifest_of(table);
  Recording recording;
  if (const std::string* input = json.at("input").at("path").as_text()) recording.input = *input;
  const Json& times = json.at("input").at("times");
  const double mean = times.at("mean_interval_s").number(),
               least = times.at("least_interval_s").number(),
               largest = times.at("largest_interval_s").number();
  if (mean > 0 && least >= 0 && largest >= least) {
    recording.mean_interval_s = mean;
    recording.least_interval_s = least;
    recording.largest_interval_s = largest;
  }
  const auto count = [](const Json& value) -> std::optional<std::int64_t> {
    const std::int64_t* number = value.as_whole();
    return number != nullptr && *number >= 0 ? std::optional(*number) : std::nullopt;
  };
  recording.cuts = count(json.at("scene").at("cut_count"));
  recording.changes_of_person = count(json.at("scene").at("change_count"));
  recording.faces_visible = count(json.at("faces_visible"));
  for (const Json& one : json.at("light").items())
    if (const std::int64_t* id = one.at("face_id").as_whole())
      recording.light.push_back(
          {*id,
           {count(one.at("frames")).value_or(0), one.at("brightness").number(),
            one.at("contrast").number(), one.at("sharpness").number()}});
  const std::string* status = json.at("status").as_text();
  recording.partial = status != nullptr && *status == "partial";
  return recording;
}

std::optional<SourceOptions> geometry_of(const std::filesystem::path& table) {
  const Json json = manifest_of(table);
  const Json& input = json.at("input");
  const std::string* shown = input.at("pixels").at("shown").as_text();
  if (shown == nullptr) return std::nullopt;
  SourceOptions options;
  options.square_pixels = *shown == "square";
  const Json &added = input.at("rotation").at("added_deg"), &fps = input.at("resampled").at("fps");
  if (const std::int64_t* degrees = added.as_whole();
      degrees != nullptr && *degrees > 0 && *degrees < 360)
    options.rotate = static_cast<int>(*degrees);
  if (!fps.is_null() && fps.number() > 0) options.fps = fps.number();
  options.deinterlace = input.at("deinterlaced") == Json(true);
  return options;
}

std::optional<PictureExtent> picture_size_of(const std::filesystem::path& table) {
  const Json manifest = manifest_of(table);
  const Json& input = manifest.at("input");
  const auto side = [&](const char* key) -> int {
    const std::int64_t* px = input.at(key).as_whole();
    return px != nullptr && *px > 0 && *px <= std::numeric_limits<int>::max()
               ? static_cast<int>(*px)
               : 0;
  };
  const PictureExtent size{side("width_px"), side("height_px")};
  return size.width > 0 && size.height > 0 ? std::optional(size) : std::nullopt;
}

namespace {

// Of a run whose tables are not asked for: null, too, where it cannot be read.
Json read_manifest_of_another(const std::filesystem::path& manifest) {
  try {
    return read_manifest(manifest);
  } catch (const Error&) {
    return {};
  }
}

}  // namespace

TableOrigin origin_of(const std::filesystem::path& manifest) {
  const Json json = read_manifest_of_another(manifest);
  TableOrigin origin;
  if (const std::string* landmarker = json.at("landmarker").as_text())
    origin.landmarker = *landmarker;
  if (const std::string* estimator = json.at("estimator").as_text()) origin.estimator = *estimator;
  return origin;
}

std::vector<std::string> outputs_of(const std::filesystem::path& manifest) {
  const Json json = read_manifest_of_another(manifest);
  std::vector<std::string> paths;
  if (const Json::Array* outputs = json.at("outputs").as_array())
    for (const Json& output : *outputs)
      if (output.as_text() != nullptr) paths.push_back(*output.as_text());
  return paths;
}

}  // namespace auriga
