// `auriga models`: which model packs are here, whether they are sound, where they are looked for.
#include "models.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "auriga/error.hpp"
#include "auriga/packs.hpp"

#include "commands.hpp"
#include "search_path.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

void print_json(const Json& json) {
  fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
}

// The earlier pack of the same name, which is used for what is complete in it.
const FoundPack* earlier(const std::vector<FoundPack>& packs, std::size_t index) {
  for (std::size_t i = 0; i < index; ++i)
    if (packs[i].manifest == packs[index].manifest) return &packs[i];
  return nullptr;
}

int list(const std::vector<fs::path>& folders, bool json) {
  const std::vector<FoundPack> packs = find_packs(folders);
  Json all = Json::array();
  for (std::size_t i = 0; i < packs.size(); ++i) {
    const FoundPack& pack = packs[i];
    const FoundPack* first = earlier(packs, i);
    if (!json) {
      print_pack(pack, first == nullptr
                           ? ""
                           : "second of this name: used only for what is not complete in " +
                                 first->folder.string());
      continue;
    }
    Json components = Json::object();
    for (const auto& [name, purpose] : pack.manifest->components)
      if (name != "extra")
        components[name] = {
            {"purpose", purpose}, {"complete", pack.has(name)}, {"problems", pack.problems(name)}};
    all.push_back({{"name", pack.manifest->name},
                   {"version", pack.manifest->version},
                   {"folder", pack.folder.string()},
                   {"after", first == nullptr ? Json() : Json(first->folder.string())},
                   {"licence", pack.manifest->licence},
                   {"components", components}});
  }
  for (const PackManifest& manifest : known_packs()) {
    if (std::any_of(packs.begin(), packs.end(),
                    [&](const FoundPack& pack) { return pack.manifest == &manifest; }))
      continue;
    const std::string ways = how_to_get(manifest);
    if (!json)
      fmt::print("{} {}  not found\n  {}\n  licence: {}\n  to get it: {}\n", manifest.name,
                 manifest.version, manifest.title, manifest.licence, ways);
    all.push_back({{"name", manifest.name},
                   {"version", manifest.version},
                   {"folder", nullptr},
                   {"licence", manifest.licence},
                   {"to_get_it", ways}});
  }
  if (json) print_json(all);
  if (!json && packs.empty()) fmt::print("`auriga models path` shows where was searched\n");
  return 0;
}

int verify(const std::vector<fs::path>& folders, bool json) {
  const std::vector<FoundPack> packs = find_packs(folders);
  if (packs.empty())
    throw Error(ErrorCode::model,
                "no model packs found to verify; `auriga models path` says where was searched");
  bool sound = true;
  Json found = Json::array();
  for (const FoundPack& pack : packs) {
    const PackCheck check = check_pack(pack);
    sound = sound && check.problems.empty();
    found.push_back({{"name", pack.manifest->name},
                     {"folder", pack.folder.string()},
                     {"sound", check.problems.empty()},
                     {"incomplete", check.incomplete},
                     {"size_only", check.size_only},
                     {"problems", check.problems}});
    if (json) continue;
    fmt::print("{}  {}: {}\n", pack.manifest->name, pack.folder.string(),
               check.problems.empty() ? "all files as published"
                                      : fmt::format("{} problems", check.problems.size()));
    for (const std::string& problem : check.problems) fmt::print("  {}\n", problem);
    for (const std::string& name : check.incomplete)
      fmt::print("  not verified, incomplete: {}\n", name);
    for (const std::string& file : check.size_only)
      fmt::print("  size only, no SHA-256 is known: {}\n", file);
  }
  if (json) print_json(found);
  return sound ? 0 : static_cast<int>(ErrorCode::model);
}

int path(const std::string& models, bool json) {
  const std::vector<fs::path> folders = model_folders(models);
  const fs::path user = user_model_folder();
  if (json) {
    Json searched = Json::array();
    for (const fs::path& folder : folders) searched.push_back(folder.string());
    print_json({{"searched", searched}, {"installed_to", user.string()}});
    return 0;
  }
  for (const fs::path& folder : folders)
    fmt::print("{}{}\n", folder.string(),
               folder == user ? "  (import and fetch install here)" : "");
  if (std::find(folders.begin(), folders.end(), user) == folders.end() && !user.empty())
    fmt::print("{}  (not searched now; import and fetch install here)\n", user.string());
  return 0;
}

}  // namespace

PackCheck check_pack(const FoundPack& pack) {
  PackCheck check;
  for (const auto& [name, purpose] : pack.manifest->components) {
    if (name != "extra" && !pack.has(name, true)) {
      check.incomplete.push_back(name);
      continue;
    }
    check.complete.push_back(name);
    for (const FileVersion& file : pack.files(name))
      if (file.sha256.empty()) check.size_only.push_back(file.path.string());
  }
  check.problems = verify_pack(pack, check.complete);
  return check;
}

void print_pack(const FoundPack& pack, const std::string& note) {
  const PackManifest& manifest = *pack.manifest;
  fmt::print("{} {}  {}\n", manifest.name, manifest.version, pack.folder.string());
  if (!note.empty()) fmt::print("  {}\n", note);
  fmt::print("  licence: {}\n", manifest.licence);
  bool complete = true;
  for (const auto& [name, purpose] : manifest.components) {
    if (name == "extra") continue;
    const std::size_t problems = pack.problems(name).size();
    complete = complete && problems == 0;
    fmt::print("  {:<12}{:<12}{}\n", name,
               problems == 0 ? "complete" : fmt::format("{} missing", problems), purpose);
  }
  if (!complete) fmt::print("  to complete it: {}\n", how_to_get(manifest));
}

Command add_models(CLI::App& app) {
  struct Options {
    std::string models;
    bool json = false;
    ImportOptions import;
    FetchModelsOptions fetch;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("models", "Find, verify and get model packs");
  // Otherwise CLI11 would only say that a subcommand is missing.
  command->allow_extras();
  CLI::App* list_command = command->add_subcommand(
      "list", "Packs that are here or known, what is complete, what it enables, licences");
  CLI::App* verify_command = command->add_subcommand("verify", "SHA-256 of every file");
  CLI::App* path_command = command->add_subcommand("path", "Where packs are looked for");
  for (CLI::App* one : {list_command, verify_command, path_command})
    one->add_option("--models", options->models,
                    "Folder that is or holds model packs (default: see docs/models.md)");

  CLI::App* import_command = command->add_subcommand(
      "import", "Copy the files of packs out of an installation or a download");
  import_command
      ->add_option("DIR", options->import.source,
                   "Folder or ZIP file; the files are recognised by content wherever they lie")
      ->required();
  import_command->add_option("--pack", options->import.pack, "Only this pack");
  import_command->add_option("--to", options->import.to,
                             "Folder of packs to install to (default: the user's data folder)");

  CLI::App* fetch_command = command->add_subcommand("fetch", "Download a pack");
  fetch_command->add_option("PACK", options->fetch.pack, "Name of the pack")->required();
  fetch_command->add_option("--from", options->fetch.from,
                            "Address of a folder with the pack's files, instead of those that "
                            "auriga knows; several are tried in their order");
  fetch_command->add_option("--to", options->fetch.to,
                            "Folder of packs to install to (default: the user's data folder)");
  fetch_command->add_flag("--accept-licence", options->fetch.accept_licence,
                          "Accept the licence of the pack without being asked");
  for (CLI::App* one :
       {list_command, verify_command, path_command, import_command, fetch_command}) {
    one->allow_extras(false);
    one->add_flag("--json", options->json, "Print JSON");
  }

  return [=] {
    const auto words = command->remaining();
    if (command->get_subcommands().empty() || !words.empty())
      throw Error(ErrorCode::usage,
                  (words.empty() ? std::string("auriga models: no command given")
                                 : "auriga models: found '" + words.front() + "'") +
                      "; expected list, verify, path, import or fetch, and their options");
    options->import.json = options->fetch.json = options->json;
    if (import_command->parsed()) return import_models(options->import);
    if (fetch_command->parsed()) return fetch_models(options->fetch);
    if (path_command->parsed()) return path(options->models, options->json);
    const auto folders = model_folders(options->models);
    return list_command->parsed() ? list(folders, options->json) : verify(folders, options->json);
  };
}

}  // namespace auriga::app
