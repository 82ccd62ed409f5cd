// `auriga models import` and `auriga models fetch`.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>
#include <unistd.h>

#include "auriga/error.hpp"

#include "blendshapes_onnx.hpp"
#include "console.hpp"
#include "files/json.hpp"
#include "models.hpp"
#include "packs/fetch_progress.hpp"
#include "packs/pack_fetch.hpp"
#include "packs/pack_import.hpp"
#include "search_path.hpp"
#include "stop_signals.hpp"

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

// `left_out`: components that are not told of.
void print(const InstalledPack& installed, const std::vector<std::string>& left_out = {}) {
  constexpr std::size_t kMostListed = 5;
  const FoundPack& pack = installed.pack;
  print_pack(pack, installed.added.empty()
                       ? "nothing to add: all files that were found are in place"
                       : fmt::format("{} files added", installed.added.size()));
  for (const auto& [name, purpose] : pack.manifest->components) {
    if (name == "extra" || std::find(left_out.begin(), left_out.end(), name) != left_out.end())
      continue;
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

// Components that a fetch does not look for.
std::vector<std::string> left_out(const PackManifest& manifest, const FetchOptions& options) {
  std::vector<std::string> components = manifest.not_fetched;
  for (const PackFile& file : manifest.files)
    if (options.sources.empty() && !manifest.has_address(file))
      components.push_back(file.component);
  return components;
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

// The packs of others whose files need not be fetched.
std::vector<fs::path> packs_elsewhere(const PackManifest& manifest, const fs::path& to) {
  std::vector<fs::path> folders;
  for (const SearchedFolder& folder : folders_of_others())
    for (const FoundPack& pack : find_packs(folder.path))
      if (pack.manifest == &manifest && pack.folder != to / manifest.name)
        folders.push_back(pack.folder);
  return folders;
}

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
  fetch.without = options.without;
  fetch.convert = [](const std::string& from, std::string_view content) {
    return open_pack::blendshapes_onnx(from, content);
  };
  // Who names a folder wants all files there.
  if (options.to.empty()) fetch.elsewhere = packs_elsewhere(manifest, fetch.to);
  require_fetchable(manifest, fetch);
  require_acceptance(manifest, options.accept_licence || fetch_waits(manifest, fetch.to));
  FetchedPack fetched;
  {
    FetchProgressLine line([](std::string_view text) { complain(text); });
    fetch.progress = [&](const FetchProgress& progress) { line.show(progress); };
    fetch.stop = stop_requested;
    stop_on_signals();
    fetched = fetch_pack(manifest, fetch);
  }
  if (options.json) {
    Json json = to_json(fetched), elsewhere = Json::array();
    for (const FileVersion& file : fetched.elsewhere) elsewhere.add(file.path.string());
    json["elsewhere"] = elsewhere;
    json["lost"] = fetched.lost;
    json["missing"] = fetched.missing;
    json["stopped"] = fetched.stopped;
    fmt::print("{}\n", json.text());
  } else {
    if (!fetched.stopped || !fetched.added.empty()) print(fetched, left_out(manifest, fetch));
    if (!fetched.elsewhere.empty())
      fmt::print(
          "  not fetched: {} files that are used where other programs have them "
          "(`auriga models list`; --to DIR fetches all)\n",
          fetched.elsewhere.size());
    if (!fetched.lost.empty())
      fmt::print("  not fetched; run the command again to go on:{}\n", fetched.lost);
    if (!fetched.missing.empty())
      fmt::print("  not fetched; no address has them as published:{}\n", fetched.missing);
    if (fetched.stopped) fmt::print("stopped; the same command goes on where this one ended\n");
  }
  return fetched.lost.empty() && fetched.missing.empty() && !fetched.stopped ? 0 : 1;
}

}  // namespace auriga::app
