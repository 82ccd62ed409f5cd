#include "resume.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace auriga::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::uintmax_t kLargestManifest = 1 << 20;  // bytes; ours have some thousand

std::int64_t changed_ns(const fs::path& file) {
  std::error_code failed;
  const fs::file_time_type time = fs::last_write_time(file, failed);
  if (failed) return 0;
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::file_clock::to_sys(time).time_since_epoch())
      .count();
}

}  // namespace

void identify_input(const std::string& input, RunManifest& manifest) {
  manifest.input.path = input;
  std::error_code failed;
  if (!fs::is_directory(input, failed)) {
    const std::uintmax_t size = fs::file_size(input, failed);
    if (failed) return;
    manifest.input.size_bytes = size;
    manifest.input.modified_ns = changed_ns(input);
    return;
  }
  std::uint64_t size = 0;
  std::int64_t newest = 0;
  for (fs::directory_iterator entry(input, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    std::error_code no_file;
    if (!entry->is_regular_file(no_file)) continue;
    size += entry->file_size(no_file);
    newest = std::max(newest, changed_ns(entry->path()));
  }
  manifest.input.size_bytes = size;
  manifest.input.modified_ns = newest;
}

std::optional<FinishedRun> finished_run(const fs::path& path, const RunManifest& planned) {
  std::error_code failed;
  if (fs::file_size(path, failed) > kLargestManifest || failed) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  const Json there = Json::parse(text, nullptr, false);
  if (!there.is_object() || there.value("status", Json()) != "complete") return std::nullopt;
  const Json wanted = Json::parse(manifest_json(planned));
  for (const char* key : {"auriga", "options", "preset", "detector", "landmarker", "estimator",
                          "experimental_action_units"})
    if (there.value(key, Json()) != wanted[key]) return std::nullopt;

  const auto device = [](const Json& manifest) {
    const Json provider = manifest.value("execution_provider", Json::object());
    return provider.is_object() ? provider.value("used", Json()) : Json();
  };
  if (device(there) != device(wanted)) return std::nullopt;

  // The folder of the input may differ: elsewhere mounted, it is the same file.
  const Json input = there.value("input", Json::object());
  if (!input.is_object() || !input.contains("path") || !input["path"].is_string())
    return std::nullopt;
  const auto name = [](const std::string& of) { return fs::path(of).filename(); };
  if (name(input["path"].get<std::string>()) != name(wanted["input"]["path"].get<std::string>()))
    return std::nullopt;
  for (const char* key : {"size_bytes", "modified_ns"})
    if (input.value(key, Json()) != wanted["input"][key] || wanted["input"][key].is_null())
      return std::nullopt;

  const auto hashes = [](const Json& manifest) {
    std::vector<std::string> all;
    const Json models = manifest.value("models", Json::array());
    for (const Json& model : models)
      if (model.is_object()) all.push_back(model.value("sha256", Json()).dump());
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
  };
  if (hashes(there) != hashes(wanted)) return std::nullopt;
  std::vector<fs::path> names_there;
  const Json outputs = there.value("outputs", Json::array());
  for (const Json& output : outputs)
    names_there.push_back(output.is_string() ? name(output.get<std::string>()) : fs::path());
  if (names_there.size() != planned.outputs.size()) return std::nullopt;
  for (std::size_t i = 0; i < planned.outputs.size(); ++i)
    if (name(planned.outputs[i]) != names_there[i] || !fs::exists(planned.outputs[i], failed))
      return std::nullopt;

  FinishedRun run;
  const Json counts = there.value("counts", Json());
  const auto count = [&](const char* key) -> std::int64_t {
    const Json value = counts.is_object() ? counts.value(key, Json()) : Json();
    return value.is_number_integer() ? value.get<std::int64_t>() : 0;
  };
  run.frames = count("frames");
  run.faces = count("faces_found");
  if (const Json seconds = there.value("seconds", Json()); seconds.is_number())
    run.seconds = seconds.get<double>();
  while (!text.empty() && text.back() == '\n') text.pop_back();
  run.manifest = std::move(text);
  return run;
}

}  // namespace auriga::app
