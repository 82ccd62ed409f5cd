#include "inputs.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <fstream>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/core.h>
#include <glob.h>
#include <sys/stat.h>

#include "auriga/error.hpp"
#include "auriga/source.hpp"

#include "files/manifest.hpp"
#include "files/natural_order.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;

bool is_video_name(const fs::path& path) {
  constexpr std::array<std::string_view, 31> kExtensions = {
      ".3g2",   ".3gp",  ".asf", ".avi", ".divx", ".dv",   ".f4v",  ".flv", ".m2ts", ".m2v", ".m4v",
      ".mjpeg", ".mjpg", ".mkv", ".mod", ".mov",  ".mp4",  ".mpeg", ".mpg", ".mts",  ".mxf", ".ogm",
      ".ogv",   ".qt",   ".tod", ".ts",  ".vob",  ".webm", ".wmv",  ".wtv", ".y4m"};
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

fs::path full_path(const fs::path& path) {
  std::error_code failed;
  fs::path full = fs::weakly_canonical(path, failed);
  return failed ? path.lexically_normal() : full;
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

// What earlier runs wrote into a folder, by the names of files. Reads each folder once.
class EarlierResults {
 public:
  bool has(const fs::path& path) {
    const fs::path name = path.filename();
    const std::set<fs::path>& results = in(path.parent_path());
    return results.contains(name);
  }

 private:
  const std::set<fs::path>& in(const fs::path& folder) {
    const auto [found, is_new] = folders_.try_emplace(folder);
    if (is_new) look(folder.empty() ? "." : folder, found->second);
    return found->second;
  }

  static void look(const fs::path& folder, std::set<fs::path>& results) {
    constexpr std::string_view kManifest = ".manifest.json", kDetails = "_of_details.txt";
    std::error_code failed;
    for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end;
         entry.increment(failed)) {
      const std::string name = entry->path().filename().string();
      if (name.ends_with(kManifest)) {
        for (const std::string& output : outputs_of(entry->path()))
          results.insert(fs::path(output).filename());
      } else if (name.ends_with(kDetails)) {
        const std::string stem = name.substr(0, name.size() - kDetails.size());
        results.insert(stem + ".avi");
        results.insert(stem + "_aligned");
      }
    }
  }

  std::map<fs::path, std::set<fs::path>> folders_;
};

// Goes through a folder and what lies below it.
class FolderSearch {
 public:
  FolderSearch(bool recursive, EarlierResults& results)
      : recursive_(recursive), results_(results) {}

  void look(const fs::path& folder) {
    // A link may lead to a folder above it.
    struct stat status {};
    if (stat(folder.c_str(), &status) != 0 || !seen_.insert({status.st_dev, status.st_ino}).second)
      return;
    std::vector<fs::path> entries;
    std::error_code failed;
    for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end;
         entry.increment(failed))
      if (!entry->path().filename().string().starts_with('.')) entries.push_back(entry->path());
    if (failed) unreadable.push_back(folder);
    std::sort(entries.begin(), entries.end(), [](const fs::path& a, const fs::path& b) {
      return natural_less(a.native(), b.native());
    });
    std::size_t pictures_here = 0;
    for (const fs::path& entry : entries) {
      const bool is_deeper = is_folder(entry);
      const bool is_video = !is_deeper && is_video_name(entry);
      if (!is_deeper && !is_video && !is_picture_name(entry)) continue;
      if (results_.has(entry)) continue;
      if (is_deeper) {
        if (recursive_) look(entry);
      } else if (is_video) {
        videos.push_back(entry);
      } else {
        ++pictures_here;
      }
    }
    if (pictures_here > 0) {
      sequences.push_back(folder);
      pictures += pictures_here;
    }
  }

  std::vector<fs::path> videos, sequences, unreadable;
  std::size_t pictures = 0;

 private:
  bool recursive_;
  EarlierResults& results_;
  std::set<std::pair<dev_t, ino_t>> seen_;
};

// An input on its way to its table.
struct Candidate {
  std::string path;
  fs::path below;  // where it lies below the folder that was given, without its name
};

// The lines of a list of inputs.
std::vector<std::string> listed(const std::string& file) {
  constexpr std::size_t kLargest = std::size_t{64} << 20;
  std::ifstream stream(file, std::ios::binary);
  if (!stream || is_folder(file))
    throw Error(ErrorCode::input,
                fmt::format("{}: expected a list of inputs, a line each, found {}; write ./@NAME "
                            "for a file whose name begins with @",
                            file, is_folder(file) ? "a folder" : "no file that can be read"));
  std::vector<std::string> lines;
  std::size_t bytes = 0;
  for (std::string line; std::getline(stream, line);) {
    if ((bytes += line.size() + 1) > kLargest || line.find('\0') != std::string::npos)
      throw Error(ErrorCode::input,
                  file +
                      ": expected a list of inputs, a line each, found something else; give the "
                      "name of a text file after the @");
    if (lines.empty() && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (!line.empty() && line.front() != '#') lines.push_back(std::move(line));
  }
  // Otherwise a part of the inputs would pass for all of them.
  if (stream.bad())
    throw Error(ErrorCode::input, file + ": cannot read the list to its end; check the disk");
  if (lines.empty()) throw Error(ErrorCode::input, file + ": there is no input in this list");
  return lines;
}

std::vector<std::string> matches(const std::string& pattern) {
  glob_t found{};
  const int failed = glob(pattern.c_str(), GLOB_TILDE, nullptr, &found);
  std::vector<std::string> names(found.gl_pathv,
                                 found.gl_pathv + (failed == 0 ? found.gl_pathc : 0));
  globfree(&found);
  std::sort(names.begin(), names.end(), natural_less);
  return names;
}

// The names that were given, lists and patterns resolved.
std::vector<std::string> resolved(const std::vector<std::string>& given) {
  std::vector<std::string> names;
  const auto resolve = [&names](const std::string& name) {
    std::error_code ignored;
    if (name.find_first_of("*?[") == std::string::npos ||
        fs::symlink_status(name, ignored).type() != fs::file_type::not_found) {
      names.push_back(name);
      return;
    }
    const std::vector<std::string> found = matches(name);
    if (found.empty())
      throw Error(ErrorCode::usage,
                  fmt::format("no file matches {}; check the folder and the pattern", name));
    names.insert(names.end(), found.begin(), found.end());
  };
  for (const std::string& name : given) {
    if (name.size() < 2 || name.front() != '@')
      resolve(name);
    else
      for (const std::string& line : listed(name.substr(1))) resolve(line);
  }
  return names;
}

std::string counted(std::size_t n, const char* what) {
  return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
}

// The folders of an input, without its name.
fs::path folders_of(const fs::path& path) { return full_path(path).parent_path(); }

// Of the folders that the inputs lie in.
fs::path common_folder(const std::vector<Candidate>& inputs) {
  fs::path common = folders_of(inputs.front().path);
  for (const Candidate& input : inputs) {
    const fs::path folder = folders_of(input.path);
    while (!common.empty() && common != common.root_path()) {
      const fs::path relative = folder.lexically_relative(common);
      if (!relative.empty() && *relative.begin() != "..") break;
      common = common.parent_path();
    }
  }
  return common;
}

// The name of the results: of a folder its own, of a file its name without the last extension.
fs::path table_name(const std::string& path, bool with_ending) {
  const fs::path full = full_path(path);
  fs::path name = with_ending || is_folder(full) ? full.filename() : full.stem();
  if (name.empty()) name = "root";
  name += ".csv";
  return name;
}

// Where more than one of `inputs` has the same table, `rename` says what else it may be called.
// Returns how many there were.
template <typename Rename>
std::size_t tell_apart(std::vector<Input>& inputs, Rename rename) {
  std::map<fs::path, std::vector<std::size_t>> tables;
  for (std::size_t i = 0; i < inputs.size(); ++i) tables[inputs[i].table].push_back(i);
  std::size_t renamed = 0;
  for (const auto& [table, all] : tables) {
    if (all.size() == 1) continue;
    renamed += all.size();
    for (const std::size_t i : all) inputs[i].table = rename(i);
  }
  return renamed;
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

bool is_video_input(const fs::path& path) { return !is_folder(path) && !is_picture_name(path); }

FoundInputs find_inputs(const std::vector<std::string>& given, const Search& search) {
  FoundInputs found;
  std::vector<Candidate> candidates;
  EarlierResults results;
  std::size_t twice = 0;
  std::vector<std::string> own;
  const std::vector<std::string> names = resolved(given);
  for (const std::string& name : names) {
    if (!is_folder(name)) {
      if (names.size() > 1 && results.has(name))
        own.push_back(name);
      else
        candidates.push_back({name, {}});
      continue;
    }
    FolderSearch below(search.recursive, results);
    below.look(name);
    for (const fs::path& folder : below.unreadable)
      found.notes.push_back(folder.string() + ": the folder cannot be read, nothing of it is used");
    if (!below.videos.empty() && below.pictures > 0)
      found.notes.push_back(fmt::format(
          "{}: {} beside {} left out; videos and pictures are not put into one order "
          "of time: give the pictures, or their folder, by themselves",
          name, counted(below.pictures, "picture"),
          counted(below.videos.size(), "video") + (below.pictures == 1 ? " is" : " are")));
    const std::vector<fs::path>& inputs = below.videos.empty() ? below.sequences : below.videos;
    for (const fs::path& input : inputs) {
      const bool itself = input == fs::path(name);
      candidates.push_back(
          {input.string(), itself ? fs::path() : input.parent_path().lexically_relative(name)});
    }
    // To be refused when it is opened.
    if (inputs.empty()) candidates.push_back({name, {}});
  }
  std::set<std::string> seen;
  std::erase_if(candidates, [&](const Candidate& one) {
    std::error_code ignored;
    // A link is an input of its own name.
    fs::path place = full_path(fs::path(one.path).parent_path());
    place /= fs::path(one.path).filename();
    const bool again = !seen.insert(place.lexically_normal().string()).second;
    twice += again ? 1 : 0;
    return again;
  });
  if (twice > 0)
    found.notes.push_back(counted(twice, "input") + (twice == 1 ? " was" : " were") +
                          " given more than once");
  if (!own.empty())
    found.notes.push_back(fmt::format("{} of earlier runs left out: {}{}",
                                      counted(own.size(), "result"), own.front(),
                                      own.size() > 1 ? ", ..." : ""));
  if (candidates.empty()) return found;

  const fs::path common = common_folder(candidates);
  const auto kept = [&](std::size_t i, bool with_ending) {
    return (folders_of(candidates[i].path).lexically_relative(common) /
            table_name(candidates[i].path, with_ending))
        .lexically_normal();
  };
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const Candidate& one = candidates[i];
    fs::path table = search.keep_folders
                         ? kept(i, false)
                         : (one.below / table_name(one.path, false)).lexically_normal();
    found.inputs.push_back({one.path, !is_folder(one.path) && is_picture_name(one.path), table});
  }
  const auto with_ending = [&](std::size_t i) {
    return search.keep_folders
               ? kept(i, true)
               : (candidates[i].below / table_name(candidates[i].path, true)).lexically_normal();
  };
  const std::size_t endings = tell_apart(found.inputs, with_ending);
  const std::size_t folders =
      tell_apart(found.inputs, [&](std::size_t i) { return kept(i, true); });
  if (endings > folders)
    found.notes.push_back(
        fmt::format("{} have the name of another but for the ending: it is part of the names of "
                    "their results, such as {}",
                    counted(endings - folders, "input"),
                    std::find_if(found.inputs.begin(), found.inputs.end(), [](const Input& one) {
                      return one.table.stem().has_extension() &&
                             one.table.stem() == fs::path(one.path).filename();
                    })->table.string()));
  if (folders > 0)
    found.notes.push_back(
        fmt::format("{} have the name of another: the folders that tell them apart are kept below "
                    "the folder of results",
                    counted(folders, "input")));
  return found;
}

std::vector<Input> inputs_of(const Shard& shard, std::vector<Input> inputs) {
  std::vector<Input> part;
  for (std::size_t i = static_cast<std::size_t>(shard.index) - 1; i < inputs.size();
       i += static_cast<std::size_t>(shard.count))
    part.push_back(std::move(inputs[i]));
  return part;
}

}  // namespace auriga::app
