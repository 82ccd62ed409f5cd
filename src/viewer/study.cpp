#include "viewer/study.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <system_error>

#include <fmt/core.h>

#include "auriga/error.hpp"
#include "auriga/sink.hpp"

#include "base/file.hpp"
#include "files/columns.hpp"
#include "files/manifest.hpp"
#include "files/natural_order.hpp"
#include "files/table_name.hpp"
#include "tables/csv_reader.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kManifestEnding = ".manifest.json";

constexpr std::string_view kTableEndings[] = {".csv", ".tsv", ".csv.gz", ".tsv.gz"};

bool is_file(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

// Whether there is a table of that stem, whatever its form.
bool has_table(const fs::path& stem) {
  return std::any_of(
      std::begin(kTableEndings), std::end(kTableEndings),
      [&](std::string_view ending) { return is_there(fs::path(stem).concat(ending)); });
}

std::string text_of(const Json& json) {
  const std::string* text = json.as_text();
  return text != nullptr ? *text : std::string();
}

// Where the input of a run may be now: as the manifest has it, seen from here and from the results,
// and by its name nearby.
std::vector<fs::path> places_of(const fs::path& input, const fs::path& table,
                                const std::vector<fs::path>& videos) {
  std::vector<fs::path> places{input};
  const fs::path here = table.parent_path(), above = here / "..", name = input.filename();
  if (input.is_relative()) {
    places.push_back(here / input);
    places.push_back(above / input);
  }
  for (const fs::path& folder : videos) {
    if (input.is_relative()) places.push_back(folder / input);
    places.push_back(folder / name);
  }
  places.push_back(here / name);
  places.push_back(above / name);
  return places;
}

// A video named like the table, for tables of other programs.
fs::path video_named_like(const fs::path& table, const std::vector<fs::path>& videos) {
  std::vector<fs::path> folders = videos;
  folders.push_back(table.parent_path());
  folders.push_back(table.parent_path() / "..");
  constexpr std::string_view kEndings[] = {".mp4", ".mov", ".mkv", ".webm", ".avi",
                                           ".wmv", ".m4v", ".mpg", ".mpeg", ".ts",
                                           ".mts", ".3gp", ".ogv", ".flv"};
  for (const fs::path& folder : folders) {
    std::error_code error;
    const fs::path where = folder.empty() ? fs::path(".") : folder;
    for (fs::directory_iterator entry(where, error), end; !error && entry != end;
         entry.increment(error)) {
      if (entry->path().stem() != table_stem(table.filename())) continue;
      std::string ending = entry->path().extension().string();
      std::transform(ending.begin(), ending.end(), ending.begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      if (std::find(std::begin(kEndings), std::end(kEndings), ending) != std::end(kEndings) &&
          is_file(entry->path()))
        return entry->path();
    }
  }
  return {};
}

void find_video(StudyResult& result, const std::vector<fs::path>& videos) {
  const Json& input = result.manifest.at("input");
  const std::string told = text_of(input.at("path"));
  if (told.empty()) {
    result.video = video_named_like(result.table, videos);
    if (result.video.empty())
      result.video_problem = fmt::format(
          "no video named like {} was found; --videos DIR says where "
          "videos are",
          result.name);
    return;
  }
  for (const fs::path& place : places_of(told, result.table, videos)) {
    if (!is_there(place)) continue;
    result.video = place;
    break;
  }
  if (result.video.empty()) {
    result.video_problem = fmt::format(
        "{} was not found, neither there nor near the table; --videos "
        "DIR says where videos are",
        told);
    return;
  }
  std::error_code error;
  const std::int64_t* size = input.at("size_bytes").as_whole();
  if (size == nullptr || !is_file(result.video)) return;
  const std::uintmax_t now = fs::file_size(result.video, error);
  if (!error && now != static_cast<std::uintmax_t>(*size))
    result.video_problem = fmt::format(
        "{} has {} bytes, and the table was made of a video of {} bytes: this is another "
        "video, or it was changed since; pictures and rows may not belong together",
        result.video.filename().string(), now, *size);
}

Json read_json(const fs::path& file) {
  constexpr std::uintmax_t kLargest = 64u << 20;
  std::error_code error;
  if (fs::file_size(file, error) > kLargest || error) return {};
  const std::optional<std::string> text =
      read_file_if_any(file, ErrorCode::input, "description of results", kLargest);
  return text ? Json::parse(*text).value_or(Json()) : Json();
}

void read_manifest_of(StudyResult& result) {
  const fs::path file = manifest_path(result.table);
  if (!is_file(file)) return;
  Json manifest = read_json(file);
  if (!manifest.is_object() || manifest.at("auriga").as_text() == nullptr) return;
  result.manifest = std::move(manifest);
  result.manifest_file = file;
  for (const Json& warning : result.manifest.at("warnings").items())
    if (warning.as_text() != nullptr) result.warnings.push_back(*warning.as_text());
  if (const auto options = geometry_of(result.table)) result.video_options = *options;
  if (!is_file(result.table)) {
    result.status = ResultStatus::failed;
    result.problem =
        fmt::format("the manifest {} is there, its table is not", file.filename().string());
    return;
  }
  result.status = ResultStatus::whole;
  if (text_of(result.manifest.at("status")) == "partial") {
    result.status = ResultStatus::partial;
    result.problem = text_of(result.manifest.at("partial_reason"));
  }
  for (const Written& written : written_of(result.manifest)) {
    std::error_code error;
    if (written.path.filename() != result.table.filename()) continue;
    if (fs::file_size(result.table, error) == written.size_bytes && !error) continue;
    result.warnings.push_back("the table was changed since it was written");
  }
}

// Inputs that a batch could not read have no table; what it says of all of them lies beside the
// others' (summary.json).
void add_failed_inputs(const fs::path& file, const fs::path& below, Study& study) {
  const Json inputs = read_json(file);
  for (const Json& one : inputs.items()) {
    const std::string input = text_of(one.at("input"));
    if (text_of(one.at("status")) != "failed" || input.empty()) continue;
    if (study.results.size() == kMostResults) return;
    const fs::path stem = file.parent_path() / fs::path(input).stem();
    if (has_table(stem)) continue;  // a later run could
    StudyResult& result = study.results.emplace_back();
    result.name = fs::path(input).filename().string();
    result.table = fs::path(stem).concat(".csv");
    const fs::path folder = file.parent_path().lexically_relative(below);
    if (folder != ".") result.folder = folder.generic_string();
    result.status = ResultStatus::failed;
    result.problem = text_of(one.at("message"));
    result.video_problem = result.problem;
  }
}

// Files of the folder and of those below, in the order in which people count; links to folders are
// not followed, hidden names left out.
std::vector<fs::path> files_below(const fs::path& folder, std::vector<std::string>& notes) {
  std::vector<fs::path> files;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied,
                                         error);
  if (error) {
    notes.push_back(fmt::format("{} cannot be read: {}", folder.string(), error.message()));
    return files;
  }
  for (const fs::recursive_directory_iterator end; entry != end; entry.increment(error)) {
    if (error) {
      notes.push_back(fmt::format("{}: {}", folder.string(), error.message()));
      break;
    }
    const std::string name = entry->path().filename().string();
    std::error_code kind;
    if (name.starts_with('.')) {
      if (entry->is_directory(kind)) entry.disable_recursion_pending();
      continue;
    }
    if (entry->is_regular_file(kind)) files.push_back(entry->path());
  }
  return files;
}

}  // namespace

std::string_view name_of(ResultStatus status) {
  switch (status) {
    case ResultStatus::whole:
      return "whole";
    case ResultStatus::partial:
      return "partial";
    case ResultStatus::failed:
      return "failed";
    case ResultStatus::other:
      return "other";
  }
  return {};
}

bool is_result_table(const fs::path& file) {
  const std::string name = file.filename().string();
  for (const std::string_view ending : {".marks.csv", "_mesh.csv", "_sides.csv", "_of_details.txt"})
    if (name.ends_with(ending)) return false;
  try {
    const CsvReader table(file);
    const bool keys =
        table.find(kFrameColumn) || table.find(kFaceColumn) || table.find(kFaceIdColumn);
    const bool values =
        table.find(kSuccessColumn) || table.find(kConfidenceColumn) ||
        std::any_of(table.columns().begin(), table.columns().end(),
                    [](const std::string& column) { return group_of_column(column).has_value(); });
    return keys && values;
  } catch (const Error& error) {
    // That the machine cannot read it now says nothing of what it is about.
    if (error.code() == ErrorCode::machine) throw;
    return false;
  }
}

Study find_study(const std::vector<fs::path>& given, const std::vector<fs::path>& videos) {
  Study study;
  study.folder = given.size() == 1 ? given.front().string()
                                   : fmt::format("{} folders and tables", given.size());
  std::set<fs::path> seen;
  const auto add = [&](const fs::path& table, const fs::path& below) {
    std::error_code error;
    const fs::path place = fs::weakly_canonical(table, error);
    if (!seen.insert(error ? table : place).second) return;
    if (study.results.size() == kMostResults)
      throw Error(ErrorCode::input,
                  fmt::format("{}: expected at most {} results, found more; give a folder within",
                              study.folder, kMostResults));
    StudyResult& result = study.results.emplace_back();
    result.table = table;
    result.name = table.filename().string();
    const fs::path folder = table.parent_path().lexically_relative(below);
    if (!below.empty() && folder != ".") result.folder = folder.generic_string();
    try {
      read_manifest_of(result);
    } catch (const Error& failure) {
      if (failure.code() == ErrorCode::machine) throw;
      result.status = ResultStatus::failed;
      result.problem = failure.what();
    }
    find_video(result, videos);
  };
  for (const fs::path& one : given) {
    std::error_code error;
    if (!fs::exists(one, error))
      throw Error(
          ErrorCode::usage,
          fmt::format("{}: expected a folder with results or a table, found nothing of this "
                      "name; check the path",
                      one.string()));
    if (!fs::is_directory(one, error)) {
      if (!is_file(one))
        throw Error(ErrorCode::usage,
                    fmt::format("{}: expected a folder with results or a table, found neither a "
                                "folder nor a file; check the path",
                                one.string()));
      add(one, {});
      continue;
    }
    for (const fs::path& file : files_below(one, study.notes)) {
      const std::string name = file.filename().string();
      if (name == "summary.json") {
        try {
          add_failed_inputs(file, one, study);
        } catch (const Error& failure) {
          if (failure.code() == ErrorCode::machine) throw;
          study.notes.emplace_back(failure.what());
        }
      } else if (may_be_table(file)) {
        if (is_result_table(file)) add(file, one);
      } else if (name.ends_with(kManifestEnding)) {
        // What it tells of, if nothing else is left of that run.
        const fs::path stem =
            file.parent_path() / name.substr(0, name.size() - kManifestEnding.size());
        try {
          if (!has_table(stem) && read_json(file).at("auriga").as_text() != nullptr)
            add(fs::path(stem).concat(".csv"), one);
        } catch (const Error& failure) {
          if (failure.code() == ErrorCode::machine) throw;
          study.notes.emplace_back(failure.what());
        }
      }
    }
  }
  if (study.results.empty())
    throw Error(ErrorCode::input,
                fmt::format("{}: expected tables of results (CSV files with frame, success and "
                            "action units), found none; make some with: auriga extract VIDEO",
                            study.folder));
  const auto rank = [](const StudyResult& result) {
    return result.status == ResultStatus::failed    ? 0
           : result.status == ResultStatus::partial ? 1
                                                    : 2;
  };
  std::stable_sort(study.results.begin(), study.results.end(),
                   [&](const StudyResult& a, const StudyResult& b) {
                     if (rank(a) != rank(b)) return rank(a) < rank(b);
                     if (a.folder != b.folder) return natural_less(a.folder, b.folder);
                     return natural_less(a.name, b.name);
                   });
  return study;
}

fs::path written_beside(const fs::path& table, std::string_view ending, const Json& manifest) {
  const fs::path file = beside_table(table, ending);
  std::error_code error;
  const std::uintmax_t size = fs::file_size(file, error);
  if (error) return {};
  for (const Written& written : written_of(manifest))
    if (written.path.filename() == file.filename() && written.size_bytes == size) return file;
  return {};
}

}  // namespace auriga
