// `auriga models`: which model packs are here, and whether they are sound.
#include <memory>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "auriga/error.hpp"

#include "commands.hpp"
#include "models/packs.hpp"
#include "search_path.hpp"

namespace auriga::app {
namespace {

using Json = nlohmann::ordered_json;

std::vector<FoundPack> packs_in(const std::vector<std::filesystem::path>& folders) {
  std::vector<FoundPack> packs;
  for (const auto& folder : folders)
    for (const FoundPack& pack : find_packs(folder)) packs.push_back(pack);
  return packs;
}

std::string dump(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

int list(const std::vector<std::filesystem::path>& folders, bool json) {
  const auto packs = packs_in(folders);
  Json found = Json::array();
  for (const FoundPack& pack : packs) {
    Json components = Json::object();
    for (const auto& [name, purpose] : pack.manifest->components)
      if (name != "extra")
        components[name] = {
            {"purpose", purpose}, {"complete", pack.has(name)}, {"problems", pack.problems(name)}};
    found.push_back({{"name", pack.manifest->name},
                     {"version", pack.manifest->version},
                     {"folder", pack.folder.string()},
                     {"licence", pack.manifest->licence},
                     {"components", components}});
  }
  if (json) {
    fmt::print("{}", dump(found));
    return 0;
  }
  for (const Json& pack : found) {
    fmt::print("{} {}  {}\n  licence: {}\n", pack["name"].get<std::string>(),
               pack["version"].get<std::string>(), pack["folder"].get<std::string>(),
               pack["licence"].get<std::string>());
    for (const auto& [name, component] : pack["components"].items())
      fmt::print("  {:<12}{:<12}{}\n", name,
                 component["complete"].get<bool>()
                     ? "complete"
                     : fmt::format("{} missing", component["problems"].size()),
                 component["purpose"].get<std::string>());
  }
  if (packs.empty()) {
    fmt::print("no model packs found; searched:\n");
    for (const auto& folder : folders) fmt::print("  {}\n", folder.string());
    fmt::print("give a folder with --models DIR or in AURIGA_MODELS; packs that auriga knows:\n");
    for (const PackManifest& manifest : known_packs())
      fmt::print("  {:<14}{}\n", manifest.name, manifest.title);
  }
  return 0;
}

int verify(const std::vector<std::filesystem::path>& folders, bool json) {
  const auto packs = packs_in(folders);
  if (packs.empty())
    throw Error(ErrorCode::model,
                "no model packs found to verify; `auriga models list` says where was searched");
  bool sound = true;
  Json found = Json::array();
  for (const FoundPack& pack : packs) {
    std::vector<std::string>
        present;  // components with all files there; others are incomplete, not altered
    Json incomplete = Json::array();
    for (const auto& [name, purpose] : pack.manifest->components) {
      if (name == "extra" || pack.has(name, true))
        present.push_back(name);
      else
        incomplete.push_back(name);
    }
    const auto problems = verify_pack(pack, present);
    sound = sound && problems.empty();
    found.push_back({{"name", pack.manifest->name},
                     {"folder", pack.folder.string()},
                     {"sound", problems.empty()},
                     {"incomplete", incomplete},
                     {"problems", problems}});
    if (json) continue;
    fmt::print(
        "{}  {}: {}\n", pack.manifest->name, pack.folder.string(),
        problems.empty() ? "all files as published" : fmt::format("{} problems", problems.size()));
    for (const std::string& problem : problems) fmt::print("  {}\n", problem);
    for (const Json& name : incomplete)
      fmt::print("  not verified, incomplete: {}\n", name.get<std::string>());
  }
  if (json) fmt::print("{}", dump(found));
  return sound ? 0 : static_cast<int>(ErrorCode::model);
}

}  // namespace

Command add_models(CLI::App& app) {
  struct Options {
    std::string models, action;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("models", "Show or verify the model packs on this machine");
  command
      ->add_option("ACTION", options->action,
                   "list: packs found, complete or not, licences; verify: SHA-256 of every file")
      ->required()
      ->check(CLI::IsMember({"list", "verify"}));
  command->add_option("--models", options->models,
                      "Folder that is or holds model packs (default: see docs/models.md)");
  command->add_flag("--json", options->json, "Print JSON");
  return [options] {
    const auto folders = model_folders(options->models);
    return options->action == "list" ? list(folders, options->json)
                                     : verify(folders, options->json);
  };
}

}  // namespace auriga::app
