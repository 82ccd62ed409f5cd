// `auriga models`: which model packs are here, whether they are sound, where they are looked for.
#include "models.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <fmt/core.h>

#include "auriga/engine.hpp"
#include "auriga/error.hpp"
#include "auriga/packs.hpp"

#include "commands.hpp"
#include "extract_options.hpp"
#include "files/json.hpp"
#include "search_path.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;

void print_json(const Json& json) { fmt::print("{}\n", json.text()); }

// The earlier pack of the same name, which is used for what is complete in it.
const FoundPack* earlier(const std::vector<FoundPack>& packs, std::size_t index) {
  for (std::size_t i = 0; i < index; ++i)
    if (packs[i].manifest == packs[index].manifest) return &packs[i];
  return nullptr;
}

int list(const std::string& models, bool json) {
  const std::vector<SearchedFolder> searched = searched_folders(models);
  const std::vector<FoundPack> packs = find_packs(pack_folders(models));
  const std::vector<fs::path> taken = model_folders(models);
  if (!json) fmt::print("{}\n\n", verdict(taken));
  Json all = Json::array();
  for (std::size_t i = 0; i < packs.size(); ++i) {
    const FoundPack& pack = packs[i];
    const FoundPack* first = earlier(packs, i);
    const std::string why = why_searched(searched, pack.folder);
    const auto used = find_packs(taken);
    const bool is_used = std::any_of(used.begin(), used.end(), [&](const FoundPack& other) {
      return other.folder == pack.folder && other.manifest == pack.manifest;
    });
    if (!json) {
      std::string note = "found: " + why;
      if (first != nullptr)
        note = "second of this name: used only for what is not complete in " +
               first->folder.string() + "\n  " + note;
      if (!is_used) note += "; not used, because with it OpenFace's models are not complete";
      print_pack(pack, note);
      continue;
    }
    Json components = Json::object();
    for (const auto& [name, purpose] : pack.manifest->components)
      if (name != "extra")
        components[name] = Json::object({{"purpose", purpose},
                                         {"complete", pack.has(name)},
                                         {"problems", pack.problems(name)}});
    all.add(Json::object({{"name", pack.manifest->name},
                          {"version", pack.manifest->version},
                          {"folder", pack.folder.string()},
                          {"found", why},
                          {"used", is_used},
                          {"after", first == nullptr ? Json() : Json(first->folder.string())},
                          {"licence", pack.manifest->licence},
                          {"components", components}}));
  }
  for (const PackManifest& manifest : known_packs()) {
    if (std::any_of(packs.begin(), packs.end(),
                    [&](const FoundPack& pack) { return pack.manifest == &manifest; }))
      continue;
    const std::string ways = how_to_get(manifest);
    if (!json)
      fmt::print("{} {}  not found\n  {}\n  licence: {}\n  to get it: {}\n", manifest.name,
                 manifest.version, manifest.title, manifest.licence, ways);
    all.add(Json::object({{"name", manifest.name},
                          {"version", manifest.version},
                          {"folder", nullptr},
                          {"licence", manifest.licence},
                          {"to_get_it", ways}}));
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
    found.add(Json::object({{"name", pack.manifest->name},
                            {"folder", pack.folder.string()},
                            {"sound", check.problems.empty()},
                            {"incomplete", check.incomplete},
                            {"size_only", check.size_only},
                            {"problems", check.problems}}));
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

int clean(bool json) {
  const RemovedCache removed = remove_packed_models(user_cache_folder());
  if (json) {
    print_json(Json::object({{"folder", removed.folder.string()},
                             {"removed_files", removed.files},
                             {"removed_bytes", removed.bytes}}));
  } else if (removed.files == 0) {
    fmt::print("nothing to remove: no packed experts are kept\n");
  } else {
    fmt::print("removed {} file{} of packed experts, {:.0f} MB, from {}\n", removed.files,
               removed.files == 1 ? "" : "s", static_cast<double>(removed.bytes) / 1e6,
               removed.folder.string());
  }
  return 0;
}

int path(const std::string& models, bool json) {
  const std::vector<SearchedFolder> folders = searched_folders(models);
  const fs::path user = user_model_folder();
  if (json) {
    Json searched = Json::array();
    for (const SearchedFolder& folder : folders) searched.add(folder.path.string());
    print_json(Json::object({{"searched", searched}, {"installed_to", user.string()}}));
    return 0;
  }
  bool searches_user = false;
  for (const SearchedFolder& folder : folders) {
    searches_user = searches_user || folder.path == user;
    if (folder.path == user || folder.of_others)
      fmt::print("{}  ({})\n", folder.path.string(), folder.why);
    else
      fmt::print("{}\n", folder.path.string());
  }
  if (!searches_user && !user.empty())
    fmt::print("{}  (not searched now; import and fetch install here)\n", user.string());
  return 0;
}

}  // namespace

std::string verdict(const std::vector<fs::path>& folders) {
  std::string missing;
  for (const RecipeInfo& recipe : Engine::available({.models = folders})) {
    if (!recipe.missing.empty()) continue;
    std::string line =
        "ready: `auriga extract` uses preset " + recipe.name + " (" + recipe.title + ")";
    if (recipe.name == "open")
      line += "\nOpenFace's models are not there: `auriga models fetch openface` gets them";
    else if (recipe.note.empty())
      line += ", landmarks by " + recipe.landmarker;
    return recipe.note.empty() ? line : line + "\n" + recipe.note;
  }
  return "not ready: no preset of `auriga extract` has all its models; `auriga models fetch "
         "openface` gets OpenFace's, below is how to get others";
}

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

Command models_command() {
  struct Options {
    std::string models;
    bool json = false;
    ImportOptions import;
    FetchModelsOptions fetch;
  };
  const auto options = std::make_shared<Options>();
  const OptionRow models = models_option(options->models);
  const auto json = [](bool& to) {
    return OptionRow{
        .flag = "--json", .group = "Options", .help = "Print JSON", .setting = yes(to)};
  };
  const auto to = [](std::string& folder) {
    return OptionRow{.flag = "--to",
                     .group = "Options",
                     .help = "Folder of packs to install to (default: the user's data folder)",
                     .label = "DIR",
                     .setting = text(folder)};
  };
  Command command{"models", "Find, verify and get model packs"};
  command.commands = {
      {"list",
       "Packs that are here or known, what is complete, what it enables, licences",
       {models, json(options->json)},
       [options] { return list(options->models, options->json); }},
      {"verify",
       "SHA-256 of every file",
       {models, json(options->json)},
       [options] { return verify(pack_folders(options->models), options->json); }},
      {"path",
       "Where packs are looked for",
       {models, json(options->json)},
       [options] { return path(options->models, options->json); }},
      {"clean",
       "Remove what is kept of models to begin faster",
       {json(options->json)},
       [options] { return clean(options->json); }},
      {"import",
       "Copy the files of packs out of an installation or a download",
       {{.flag = "DIR",
         .group = "Options",
         .help = "Folder or ZIP file; the files are recognised by content wherever they lie",
         .setting = text(options->import.source),
         .required = true},
        {.flag = "--pack",
         .group = "Options",
         .help = "Only this pack",
         .label = "NAME",
         .setting = text(options->import.pack)},
        to(options->import.to),
        json(options->import.json)},
       [options] { return import_models(options->import); }},
      {"fetch",
       "Download a pack",
       {{.flag = "PACK",
         .group = "Options",
         .help =
             "Name of the pack: openface, or open (its blendshapes; `./dev setup` makes the rest)",
         .setting = text(options->fetch.pack),
         .required = true},
        {.flag = "--from",
         .group = "Options",
         .help = "Address of a folder with the pack's files, instead of those that auriga knows; "
                 "several are tried in their order",
         .more = "Under their published names, or an address with `{path}` in the name's place",
         .label = "URL",
         .setting = texts(options->fetch.from)},
        {.flag = "--without",
         .group = "Options",
         .help = "Part of the pack that is not needed, e.g. ceclm: OpenFace's 21 MB for CLNF "
                 "instead of 451 MB",
         .label = "PART",
         .setting = texts(options->fetch.without)},
        to(options->fetch.to),
        {.flag = "--accept-licence",
         .group = "Options",
         .help = "Accept the licence of the pack without being asked",
         .more = "Without a terminal to ask on, it is refused",
         .setting = yes(options->fetch.accept_licence)},
        json(options->fetch.json)},
       [options] { return fetch_models(options->fetch); }}};
  return command;
}

}  // namespace auriga::app
