// `auriga models import` and `auriga models fetch`.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <unistd.h>

#include "auriga/error.hpp"

#include "console.hpp"
#include "files/json.hpp"
#include "models.hpp"
#include "packs/pack_fetch.hpp"
#include "packs/pack_import.hpp"
#include "search_path.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;

fs::path target(const std::string& option) {
  const fs::path folder = option.empty() ? user_model_folder() : fs::path(option);
  if (folder.empty())
    throw Error(ErrorCode::output,
                "neither HOME nor XDG_DATA_HOME is set, so the user's data folder is unknown; give "
                "a folder for the pack with --to DIR");
  return folder;
}

// Complete enough to be done.
bool is_complete(const FoundPack& pack) {
  for (const auto& [name, purpose] : pack.manifest->components)
    if (!pack.manifest->is_optional(name) && !pack.has(name)) return false;
  return true;
}

Json to_json(const InstalledPack& installed) {
  const FoundPack& pack = installed.pack;
  Json added = Json::array(), unverified = Json::array(), components = Json::object();
  for (const FileVersion& file : installed.added) {
    added.add(file.path.string());
    if (file.sha256.empty()) unverified.add(file.path.string());
  }
  for (const auto& [name, purpose] : pack.manifest->components)
    if (name != "extra")
      components[name] =
          Json::object({{"complete", pack.has(name)}, {"problems", pack.problems(name)}});
  return Json::object({{"name", pack.manifest->name},
                       {"folder", pack.folder.string()},
                       {"complete", is_complete(pack)},
                       {"components", components},
                       {"added", added},
                       {"unverified", unverified}});
}

void print(const InstalledPack& installed) {
  constexpr std::size_t kMostListed = 5;
  const FoundPack& pack = installed.pack;
  print_pack(pack, installed.added.empty()
                       ? "nothing to add: all files that were found are in place"
                       : fmt::format("{} files added", installed.added.size()));
  for (const auto& [name, purpose] : pack.manifest->components) {
    if (name == "extra") continue;
    const auto problems = pack.problems(name);
    for (std::size_t i = 0; i < std::min(problems.size(), kMostListed); ++i)
      fmt::print("  {}: {}\n", name, problems[i]);
    if (problems.size() > kMostListed)
      fmt::print("  {}: ... and {} more files\n", name, problems.size() - kMostListed);
  }
  for (const FileVersion& file : installed.added)
    if (file.sha256.empty())
      fmt::print("  unverified, known by name and size only: {}\n", file.path.string());
}

void require_acceptance(const PackManifest& manifest, bool accepted) {
  const std::string licence =
      fmt::format("{}: {}\nLicence: {}", manifest.name, manifest.title, manifest.licence);
  if (accepted) return;
  if (isatty(STDIN_FILENO) == 0 || isatty(STDERR_FILENO) == 0)
    throw Error(ErrorCode::usage,
                licence +
                    "\nthe licence was not accepted, nothing was fetched; if you accept it "
                    "run the command again with --accept-licence");
  complain("{}\nDo you accept it? [y/N] ", licence);
  std::string answer;
  std::getline(std::cin, answer);
  if (answer != "y" && answer != "Y" && answer != "yes")
    throw Error(ErrorCode::usage, "the licence was not accepted, nothing was fetched");
}

// A line on the terminal that is rewritten; nothing where standard error is none.
class ProgressLine {
 public:
  ~ProgressLine() {
    if (open_) complain("\r\033[K");
  }
  void show(const FetchProgress& progress) {
    const auto now = std::chrono::steady_clock::now();
    if (isatty(STDERR_FILENO) == 0 || now < next_) return;
    next_ = now + std::chrono::milliseconds(200);
    open_ = true;
    complain("\r{:.1f} of {:.1f} MB ", static_cast<double>(progress.bytes) / 1e6,
             static_cast<double>(progress.bytes_expected) / 1e6);
  }

 private:
  std::chrono::steady_clock::time_point next_;
  bool open_ = false;
};

}  // namespace

int import_models(const ImportOptions& options) {
  std::vector<const PackManifest*> packs;
  if (!options.pack.empty())
    packs = {&known_pack(options.pack)};
  else
    for (const PackManifest& manifest : known_packs()) packs.push_back(&manifest);
  const std::vector<InstalledPack> installed =
      import_packs(options.source, packs, target(options.to));
  bool complete = true;
  Json json = Json::array();
  for (const InstalledPack& one : installed) {
    complete = complete && is_complete(one.pack);
    if (options.json)
      json.add(to_json(one));
    else
      print(one);
  }
  if (options.json) fmt::print("{}\n", json.text());
  return complete ? 0 : 1;
}

int fetch_models(const FetchModelsOptions& options) {
  const PackManifest& manifest = known_pack(options.pack);
  FetchOptions fetch;
  fetch.to = target(options.to);
  fetch.sources = options.from;
  require_fetchable(manifest, fetch);
  require_acceptance(manifest, options.accept_licence);
  FetchedPack fetched;
  {
    ProgressLine line;
    fetch.progress = [&](const FetchProgress& progress) { line.show(progress); };
    fetched = fetch_pack(manifest, fetch);
  }
  if (options.json) {
    Json json = to_json(fetched);
    json["lost"] = fetched.lost;
    fmt::print("{}\n", json.text());
  } else {
    print(fetched);
    if (!fetched.lost.empty())
      fmt::print("  not fetched; run the command again to go on:{}\n", fetched.lost);
  }
  return fetched.lost.empty() ? 0 : 1;
}

}  // namespace auriga::app
