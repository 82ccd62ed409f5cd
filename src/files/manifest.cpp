#include "files/manifest.hpp"

#include <algorithm>
#include <fstream>
#include <utility>

#include "files/atomic_file.hpp"
#include "files/json.hpp"

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
                       {"sizes", sizes_json(input.facts)},
                       {"unreadable_pictures", input.facts.unreadable}});
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

// Nothing where there is none, or something else.
std::optional<Json> read_manifest(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kLargestManifest + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kLargestManifest) return std::nullopt;
  return Json::parse(text);
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

std::string estimator_of(const std::filesystem::path& table) {
  const std::optional<Json> json = read_manifest(manifest_path(table));
  const Json* estimator = json ? json->find("estimator") : nullptr;
  return estimator != nullptr && estimator->as_text() != nullptr ? *estimator->as_text() : "";
}

std::vector<std::string> outputs_of(const std::filesystem::path& manifest) {
  const std::optional<Json> json = read_manifest(manifest);
  const Json* outputs = json ? json->find("outputs") : nullptr;
  std::vector<std::string> paths;
  if (outputs == nullptr || outputs->as_array() == nullptr) return paths;
  for (const Json& output : *outputs->as_array())
    if (output.as_text() != nullptr) paths.push_back(*output.as_text());
  return paths;
}

}  // namespace auriga
