#include "resume.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include <fmt/core.h>

#include "files/json.hpp"
#include "files/written_file.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;

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
  // Not by iterators over the buffer, which throw where a read fails.
  std::ostringstream bytes;
  bytes << file.rdbuf();
  std::string text = std::move(bytes).str();
  const Json there = Json::parse(text).value_or(Json());
  if (there.at("status") != "complete") return std::nullopt;
  const Json wanted = Json::parse(manifest_json(planned)).value_or(Json());
  for (const char* key : {"auriga", "options", "preset", "detector", "landmarker", "estimator",
                          "experimental_action_units"})
    if (there.at(key) != wanted.at(key)) return std::nullopt;

  const auto device = [](const Json& run) { return run.at("execution_provider").at("used"); };
  if (device(there) != device(wanted)) return std::nullopt;

  // The folder of the input may differ: elsewhere mounted, it is the same file.
  const auto name = [](const std::string& of) { return fs::path(of).filename(); };
  const Json &input = there.at("input"), &wanted_input = wanted.at("input");
  const std::string *path_there = input.at("path").as_text(),
                    *wanted_path = wanted_input.at("path").as_text();
  if (path_there == nullptr || wanted_path == nullptr || name(*path_there) != name(*wanted_path))
    return std::nullopt;
  for (const char* key : {"size_bytes", "modified_ns"})
    if (input.at(key) != wanted_input.at(key) || wanted_input.at(key).is_null())
      return std::nullopt;

  const auto hashes = [](const Json& run) {
    std::vector<std::string> all;
    for (const Json& model : run.at("models").items())
      if (model.is_object()) all.push_back(model.at("sha256").text());
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
  };
  if (hashes(there) != hashes(wanted)) return std::nullopt;
  // Both as a manifest writes them: what is not UTF-8 in a name is the same in both.
  const auto names = [&](const Json& run) {
    std::vector<fs::path> all;
    for (const Json& output : run.at("outputs").items())
      all.push_back(output.as_text() != nullptr ? name(*output.as_text()) : fs::path());
    return all;
  };
  if (names(there) != names(wanted)) return std::nullopt;
  const std::vector<Written> written = written_of(there);
  if (written.size() != planned.outputs.size()) return std::nullopt;
  for (std::size_t i = 0; i < planned.outputs.size(); ++i)
    if (!is_as_written(written[i], planned.outputs[i])) return std::nullopt;

  FinishedRun run;
  const auto count = [&](const char* key) -> std::int64_t {
    const std::int64_t* value = there.at("counts").at(key).as_whole();
    return value == nullptr ? 0 : *value;
  };
  run.frames = count("frames");
  run.faces = count("faces_found");
  run.seconds = there.at("seconds").number();
  for (const Json& warning : there.at("warnings").items())
    if (warning.as_text() != nullptr) run.warnings.push_back(*warning.as_text());
  while (!text.empty() && text.back() == '\n') text.pop_back();
  run.manifest = std::move(text);
  return run;
}

}  // namespace auriga::app
