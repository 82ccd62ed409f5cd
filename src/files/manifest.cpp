#include "files/manifest.hpp"

#include <algorithm>
#include <fstream>
#include <utility>

#include "files/atomic_file.hpp"
#include "files/json.hpp"
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

Json input_json(const RunManifest& manifest) {
  const auto& input = manifest.input;
  return Json::object({{"path", text(input.path)},
                       {"size_bytes", input.size_bytes},
                       {"modified_ns", input.modified_ns},
                       {"format", text(input.format)},
                       {"width_px", input.width_px},
                       {"height_px", input.height_px},
                       {"fps", input.fps},
                       {"frames_expected", input.frames_expected},
                       {"frames_decoded", input.frames_decoded},
                       {"sizes", sizes_json(input.facts)}});
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
    const auto earlier = std::find_if(options.begin(), options.end(),
                                      [&](const Json::Member& one) { return one.name == name; });
    if (earlier == options.end())
      options.push_back({name, value});
    else if (earlier->value.as_array() != nullptr)
      earlier->value.add(value);
    else
      earlier->value = Json::array({std::move(earlier->value), value});
  }
  return Json::object(std::move(options));
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
      {"models", models},
      {"execution_provider", Json::object({{"requested", text(provider.requested)},
                                           {"used", text(provider.used)},
                                           {"fallback_reason", text(provider.fallback_reason)}})},
      {"counts", Json::object({{"frames", counts.frames},
                               {"faces_found", counts.faces_found},
                               {"detector_runs", counts.detector_runs}})},
      {"warnings", manifest.warnings},
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
  std::filesystem::path path = table;
  path.replace_extension();
  path += ".manifest.json";
  return path;
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

std::string estimator_of(const std::filesystem::path& table) {
  std::ifstream file(manifest_path(table), std::ios::binary);
  std::string text(kLargestManifest + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kLargestManifest) return {};
  const std::optional<Json> json = Json::parse(text);
  if (!json) return {};
  for (const Written& one : written_of(*json))
    if (one.path.filename() == table.filename() && !is_as_written(one, table)) return {};
  const Json* estimator = json->find("estimator");
  return estimator != nullptr && estimator->as_text() != nullptr ? *estimator->as_text() : "";
}

}  // namespace auriga
