#include "files/manifest.hpp"

#include <fstream>

#include <nlohmann/json.hpp>

#include "files/atomic_file.hpp"

namespace auriga {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLargestManifest = 1 << 20;  // bytes; ours have some thousand

Json text(const std::string& value) { return value.empty() ? Json(nullptr) : Json(value); }

template <typename Number>
Json optional(const std::optional<Number>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json input_json(const RunManifest& manifest) {
  const auto& input = manifest.input;
  return {{"path", text(input.path)},
          {"size_bytes", optional(input.size_bytes)},
          {"modified_ns", optional(input.modified_ns)},
          {"format", text(input.format)},
          {"width_px", input.width_px},
          {"height_px", input.height_px},
          {"fps", input.fps},
          {"frames_expected", optional(input.frames_expected)},
          {"frames_decoded", input.frames_decoded}};
}

}  // namespace

std::string manifest_json(const RunManifest& manifest) {
  Json options = Json::object();
  for (const auto& [key, value] : manifest.options) {
    // An option given twice keeps both values.
    if (!options.contains(key)) {
      options[key] = value;
    } else if (options[key].is_array()) {
      options[key].push_back(value);
    } else {
      options[key] = Json::array({options[key], value});
    }
  }
  Json models = Json::array();
  for (const auto& [path, sha256] : manifest.models)
    models.push_back({{"path", text(path)}, {"sha256", text(sha256)}});
  Json timings = Json::object();
  for (const auto& [stage, ms] : manifest.timings_ms) timings[stage] = ms;
  const auto& provider = manifest.execution_provider;
  const auto& counts = manifest.counts;
  const Json json = {
      {"auriga", text(manifest.auriga_version)},
      {"started_utc", text(manifest.started_utc)},
      {"finished_utc", text(manifest.finished_utc)},
      {"status", manifest.complete ? "complete" : "partial"},
      {"partial_reason", manifest.complete ? Json(nullptr) : text(manifest.partial_reason)},
      {"input", input_json(manifest)},
      {"options", options},
      {"preset", text(manifest.preset)},
      {"detector", text(manifest.detector)},
      {"landmarker", text(manifest.landmarker)},
      {"estimator", text(manifest.estimator)},
      {"action_units", manifest.action_units},
      {"experimental_action_units", manifest.experimental_action_units},
      {"models", models},
      {"execution_provider",
       {{"requested", text(provider.requested)},
        {"used", text(provider.used)},
        {"fallback_reason", text(provider.fallback_reason)}}},
      {"counts",
       {{"frames", counts.frames},
        {"faces_found", counts.faces_found},
        {"detector_runs", counts.detector_runs}}},
      {"warnings", manifest.warnings},
      {"workers", manifest.workers},
      {"kernels", text(manifest.kernels)},
      {"seconds", manifest.seconds},
      {"peak_memory_mb", manifest.peak_memory_mb},
      {"timings_ms", timings},
      {"outputs", manifest.outputs},
  };
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
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
  std::ifstream file(manifest_path(table), std::ios::binary);
  std::string text(kLargestManifest + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kLargestManifest) return {};
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("estimator") || !json["estimator"].is_string()) return {};
  return json["estimator"].get<std::string>();
}

}  // namespace auriga
