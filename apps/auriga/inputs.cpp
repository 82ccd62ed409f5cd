#include "inputs.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>
#include <system_error>
#include <utility>

#include <fmt/core.h>

#include "auriga/error.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;

std::string lower_extension(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
}

bool has_extension(const fs::path& path, std::initializer_list<const char*> extensions) {
  const std::string extension = lower_extension(path);
  return std::any_of(extensions.begin(), extensions.end(),
                     [&](const char* one) { return extension == one; });
}

bool is_picture(const fs::path& path) {
  return has_extension(path, {".jpg", ".jpeg", ".png", ".bmp"});
}

bool is_video(const fs::path& path) {
  return has_extension(
      path, {".3gp", ".asf", ".avi", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg",
             ".mpg", ".mts", ".mxf", ".ogv", ".ts", ".vob", ".webm", ".wmv", ".y4m"});
}

// To a file that is not there, on a disk that is not mounted for example.
bool is_broken_link(const fs::path& path) {
  std::error_code ignored;
  return fs::is_symlink(path, ignored) && !fs::exists(path, ignored);
}

// In the order of their names; none for something that is no folder or cannot be read. Links whose
// file is missing are among them, to be reported as failed.
std::vector<fs::path> videos_in(const fs::path& folder) {
  std::vector<fs::path> videos;
  std::error_code failed;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end;
       entry.increment(failed))
    if (is_video(entry->path()) && entry->path().filename().string().front() != '.' &&
        (entry->is_regular_file(failed) || is_broken_link(entry->path())))
      videos.push_back(entry->path());
  std::sort(videos.begin(), videos.end());
  return videos;
}

fs::path full_path(const fs::path& path) {
  std::error_code failed;
  fs::path full = fs::weakly_canonical(path, failed);
  return failed ? path.lexically_normal() : full;
}

// The base name of the results: of a folder its own name, of a file its name without the last
// extension.
fs::path table_name(const fs::path& full) {
  std::error_code ignored;
  fs::path name = fs::is_directory(full, ignored) ? full.filename() : full.stem();
  if (name.empty()) name = "root";
  name += ".csv";
  return name;
}

// Of the folders that the inputs lie in.
fs::path common_folder(const std::vector<Input>& inputs) {
  fs::path common = full_path(inputs.front().path).parent_path();
  for (const Input& input : inputs) {
    const fs::path folder = full_path(input.path).parent_path();
    while (!common.empty() && common != common.root_path()) {
      const fs::path relative = folder.lexically_relative(common);
      if (!relative.empty() && *relative.begin() != "..") break;
      common = common.parent_path();
    }
  }
  return common;
}

}  // namespace

Shard parse_shard(std::string_view text) {
  const auto number = [](std::string_view digits) -> std::optional<int> {
    int value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return value;
  };
  const std::size_t slash = text.find('/');
  if (slash != std::string_view::npos) {
    const auto index = number(text.substr(0, slash)), count = number(text.substr(slash + 1));
    if (index && count && *index >= 1 && *index <= *count) return {*index, *count};
  }
  throw Error(ErrorCode::usage,
              fmt::format("--shard expects I/N with 1 <= I <= N, e.g. 2/8, found '{}'", text));
}

std::vector<Input> find_inputs(const std::vector<std::string>& given, bool keep_folders) {
  std::vector<Input> inputs;
  for (const std::string& path : given) {
    std::error_code ignored;
    const bool folder = fs::is_directory(path, ignored);
    const std::vector<fs::path> videos = folder ? videos_in(path) : std::vector<fs::path>();
    for (const fs::path& video : videos) inputs.push_back({video.string(), false, {}});
    if (videos.empty()) inputs.push_back({path, !folder && is_picture(path), {}});
  }
  if (inputs.empty()) return inputs;
  const fs::path common = keep_folders ? common_folder(inputs) : fs::path();
  std::map<fs::path, const Input*> tables;
  for (Input& input : inputs) {
    const fs::path full = full_path(input.path);
    input.table = table_name(full);
    if (keep_folders)
      input.table =
          (full.parent_path().lexically_relative(common) / input.table).lexically_normal();
    const auto [other, is_new] = tables.try_emplace(input.table, &input);
    if (!is_new)
      throw Error(ErrorCode::usage,
                  fmt::format("{} and {} would both have the table {}; {}", other->second->path,
                              input.path, input.table.string(),
                              keep_folders ? "give one of them at a time"
                                           : "use --keep-folders, or one --out-dir for each"));
  }
  return inputs;
}

std::vector<Input> inputs_of(const Shard& shard, std::vector<Input> inputs) {
  std::vector<Input> part;
  for (std::size_t i = static_cast<std::size_t>(shard.index) - 1; i < inputs.size();
       i += static_cast<std::size_t>(shard.count))
    part.push_back(std::move(inputs[i]));
  return part;
}

}  // namespace auriga::app
