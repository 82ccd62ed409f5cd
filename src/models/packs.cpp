#include "models/packs.hpp"

#include <algorithm>
#include <system_error>

#include <nlohmann/json.hpp>

#include "auriga/error.hpp"

#include "base/sha256.hpp"
#include "models/pack_manifests.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;

PackManifest parse_manifest(const char* text) {
  const auto json = nlohmann::ordered_json::parse(text);
  PackManifest manifest;
  manifest.name = json.at("name");
  manifest.version = json.at("version");
  manifest.title = json.at("title");
  manifest.licence = json.at("licence");
  for (const auto& [name, purpose] : json.at("components").items())
    manifest.components.emplace_back(name, purpose);
  for (const auto& file : json.at("files"))
    manifest.files.push_back({file.at("path").get<std::string>(), file.at("component"),
                              file.at("size").get<std::uintmax_t>(), file.value("sha256", "")});
  return manifest;
}

// Empty when the file is there with the right size.
std::string size_problem(const fs::path& folder, const PackFile& file, bool any_size = false) {
  std::error_code failed;
  const auto size = fs::file_size(folder / file.path, failed);
  if (failed) return (folder / file.path).string() + ": missing";
  if (size != file.size && !any_size)
    return (folder / file.path).string() + ": expected " + std::to_string(file.size) +
           " bytes, found " + std::to_string(size);
  return {};
}

void recognise(const fs::path& folder, std::vector<FoundPack>& found) {
  for (const PackManifest& manifest : known_packs()) {
    const auto in_place = [&](const PackFile& file) {
      std::error_code ignored;
      return file.component != "extra" && fs::is_regular_file(folder / file.path, ignored);
    };
    if (std::any_of(manifest.files.begin(), manifest.files.end(), in_place))
      found.push_back({&manifest, folder});
  }
}

}  // namespace

const std::vector<PackManifest>& known_packs() {
  static const std::vector<PackManifest> packs = [] {
    std::vector<PackManifest> parsed;
    for (const char* text : kPackManifests) parsed.push_back(parse_manifest(text));
    return parsed;
  }();
  return packs;
}

std::vector<std::string> FoundPack::problems(const std::string& component, bool any_size) const {
  std::vector<std::string> lines;
  bool known = false;
  for (const PackFile& file : manifest->files) {
    if (file.component != component) continue;
    known = true;
    if (std::string problem = size_problem(folder, file, any_size); !problem.empty())
      lines.push_back(std::move(problem));
  }
  if (!known) lines.push_back("the pack " + manifest->name + " has no component " + component);
  return lines;
}

std::vector<FoundPack> find_packs(const fs::path& folder) {
  std::vector<FoundPack> found;
  std::error_code failed;
  if (!fs::is_directory(folder, failed)) return found;
  recognise(folder, found);
  for (fs::directory_iterator entry(folder, fs::directory_options::skip_permission_denied, failed),
       end;
       !failed && entry != end; entry.increment(failed))
    if (std::error_code ignored; entry->is_directory(ignored)) recognise(entry->path(), found);
  std::sort(found.begin(), found.end(), [](const FoundPack& a, const FoundPack& b) {
    return std::tie(a.manifest->name, a.folder) < std::tie(b.manifest->name, b.folder);
  });
  return found;
}

FoundPack require_component(const std::vector<fs::path>& folders, const std::string& component,
                            bool any_size) {
  std::vector<std::string> closest;
  for (const fs::path& folder : folders) {
    for (const FoundPack& pack : find_packs(folder)) {
      const auto& components = pack.manifest->components;
      if (std::none_of(components.begin(), components.end(),
                       [&](const auto& c) { return c.first == component; }))
        continue;
      const auto problems = pack.problems(component, any_size);
      if (problems.empty()) return pack;
      if (closest.empty() || problems.size() < closest.size()) closest = problems;
    }
  }
  std::string purpose, packs;
  for (const PackManifest& manifest : known_packs())
    for (const auto& [name, what] : manifest.components)
      if (name == component) {
        purpose = what;
        packs += (packs.empty() ? "" : " or ") + manifest.name;
      }
  std::string message = "no model pack offers `" + component + "` (" + purpose +
                        "), which is part of the pack " + packs;
  message += "; searched";
  for (const fs::path& folder : folders) message += " " + folder.string();
  if (folders.empty()) message += " nothing: no folder of models is known";
  constexpr std::size_t kMostListed = 10;
  for (std::size_t i = 0; i < std::min(closest.size(), kMostListed); ++i)
    message += "\n  " + closest[i];
  if (closest.size() > kMostListed)
    message += "\n  ... and " + std::to_string(closest.size() - kMostListed) + " more files";
  message +=
      "\ngive the folder that holds the pack with --models DIR or in AURIGA_MODELS; `auriga models "
      "list` shows what is found";
  throw Error(ErrorCode::model, message);
}

std::vector<std::string> verify_pack(const FoundPack& pack,
                                     const std::vector<std::string>& components) {
  std::vector<std::string> lines;
  const auto chosen = [&](const std::string& component) {
    if (!components.empty())
      return std::find(components.begin(), components.end(), component) != components.end();
    return std::any_of(
        pack.manifest->files.begin(), pack.manifest->files.end(), [&](const PackFile& file) {
          std::error_code ignored;
          return file.component == component && fs::exists(pack.folder / file.path, ignored);
        });
  };
  for (const auto& [component, purpose] : pack.manifest->components) {
    if (!chosen(component)) continue;
    for (const PackFile& file : pack.manifest->files) {
      if (file.component != component) continue;
      std::error_code ignored;
      if (component == "extra" && !fs::exists(pack.folder / file.path, ignored)) continue;
      if (std::string problem = size_problem(pack.folder, file); !problem.empty()) {
        lines.push_back(std::move(problem));
      } else if (!file.sha256.empty()) {
        const std::string found = sha256_of_file(pack.folder / file.path);
        if (found != file.sha256)
          lines.push_back((pack.folder / file.path).string() + ": expected SHA-256 " + file.sha256 +
                          ", found " + found);
      }
    }
  }
  return lines;
}

}  // namespace auriga
