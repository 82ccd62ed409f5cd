#include "auriga/packs.hpp"

#include <algorithm>
#include <system_error>
#include <tuple>

#include <nlohmann/json.hpp>

#include "auriga/error.hpp"

#include "files/joined.hpp"
#include "files/sha256.hpp"
#include "models/pack_manifests.hpp"
#include "models/pack_verification.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;

FileVersion parse_version(const nlohmann::ordered_json& json) {
  return {json.at("path").get<std::string>(), json.at("size").get<std::uintmax_t>(),
          json.value("sha256", "")};
}

PackManifest parse_manifest(const char* text) {
  using Words = std::vector<std::string>;
  const auto json = nlohmann::ordered_json::parse(text);
  PackManifest manifest;
  manifest.name = json.at("name");
  manifest.version = json.at("version");
  manifest.title = json.at("title");
  manifest.licence = json.at("licence");
  manifest.by_hand = json.at("by_hand");
  manifest.sources = json.at("sources").get<Words>();
  manifest.optional = json.at("optional").get<Words>();
  manifest.not_fetched = json.value("not_fetched", Words());
  manifest.scattered = json.value("scattered", false);
  const auto folders = json.value("folders", nlohmann::ordered_json::object());
  for (const auto& [name, purpose] : json.at("components").items())
    manifest.components.emplace_back(name, purpose);
  for (const auto& entry : json.at("files")) {
    PackFile file{entry.at("component"), {parse_version(entry)}, entry.value("sources", Words())};
    if (const auto made_of = entry.find("made_of"); made_of != entry.end())
      file.archive = {parse_version(*made_of), made_of->at("sources").get<Words>(),
                      parse_version(made_of->at("member"))};
    for (const auto& [folder, sources] : folders.items())
      if (file.versions.front().path.generic_string().starts_with(folder))
        for (const auto& source : sources) file.sources.push_back(source);
    for (const auto& other : entry.value("alternatives", nlohmann::ordered_json::array()))
      file.versions.push_back(parse_version(other));
    manifest.files.push_back(std::move(file));
  }
  return manifest;
}

// Empty when the file is there with the right size.
std::string size_problem(const fs::path& folder, const FileVersion& file, bool any_size = false) {
  std::error_code failed;
  const auto size = fs::file_size(folder / file.path, failed);
  if (failed) return (folder / file.path).string() + ": missing";
  if (size != file.size && !any_size)
    return (folder / file.path).string() + ": expected " + std::to_string(file.size) +
           " bytes, found " + std::to_string(size);
  return {};
}

bool is_there(const fs::path& file) {
  std::error_code ignored;
  return fs::is_regular_file(file, ignored);
}

void recognise(const fs::path& folder, std::vector<FoundPack>& found) {
  for (const PackManifest& manifest : known_packs()) {
    const auto in_place = [&](const PackFile& file) {
      return file.component != "extra" &&
             std::any_of(file.versions.begin(), file.versions.end(),
                         [&](const FileVersion& one) { return is_there(folder / one.path); });
    };
    if (std::any_of(manifest.files.begin(), manifest.files.end(), in_place))
      found.push_back({&manifest, folder});
  }
}

}  // namespace

bool PackManifest::is_optional(const std::string& component) const {
  return std::find(optional.begin(), optional.end(), component) != optional.end();
}

bool PackManifest::has_address(const PackFile& file) const {
  return !sources.empty() || !file.sources.empty() || file.archive;
}

bool PackManifest::has_addresses() const {
  return !sources.empty() || std::any_of(files.begin(), files.end(), [this](const PackFile& file) {
    return has_address(file);
  });
}

std::string PackManifest::short_name() const { return name.substr(0, name.find('-')); }

const std::vector<PackManifest>& known_packs() {
  static const std::vector<PackManifest> packs = [] {
    std::vector<PackManifest> parsed;
    for (const char* text : kPackManifests) parsed.push_back(parse_manifest(text));
    return parsed;
  }();
  return packs;
}

const PackManifest& known_pack(const std::string& name) {
  std::string names;
  for (const PackManifest& pack : known_packs()) {
    if (pack.name == name || pack.short_name() == name) return pack;
    names += (names.empty() ? "" : ", ") + pack.name;
  }
  throw Error(ErrorCode::usage, "unknown model pack '" + name + "'; expected one of " + names);
}

std::string how_to_get(const PackManifest& manifest) {
  const std::string fetch = "auriga models fetch " + manifest.short_name(),
                    by_hand = manifest.by_hand + ", then run\n  auriga models import DIR --pack " +
                              manifest.name;
  std::vector<std::string> fetched;  // components
  bool all = true;
  for (const PackFile& file : manifest.files) {
    const std::string& component = file.component;
    if (component == "extra") continue;
    if (!manifest.has_address(file))
      all = all && manifest.is_optional(component);
    else if (std::find(fetched.begin(), fetched.end(), component) == fetched.end())
      fetched.push_back(component);
  }
  if (fetched.empty()) return by_hand;
  if (all) return fetch + "\n  or: " + by_hand;
  return by_hand + "\n  or, for " + joined(fetched, ", ") + " only: " + fetch;
}

bool is_intact(const fs::path& file, const FileVersion& version) {
  std::error_code failed;
  return is_there(file) && fs::file_size(file, failed) == version.size && !failed &&
         (version.sha256.empty() || sha256_of_file(file) == version.sha256);
}

const FileVersion& FoundPack::version(const PackFile& file) const {
  const FileVersion* existing = nullptr;
  for (const FileVersion& one : file.versions) {
    if (size_problem(folder, one).empty()) return one;
    if (existing == nullptr && is_there(folder / one.path)) existing = &one;
  }
  return existing != nullptr ? *existing : file.versions.front();
}

std::vector<FileVersion> FoundPack::files(const std::string& component) const {
  std::vector<FileVersion> found;
  for (const PackFile& file : manifest->files)
    if (file.component == component) found.push_back(version(file));
  return found;
}

fs::path FoundPack::file(const std::string& relative) const {
  for (const PackFile& file : manifest->files)
    for (const FileVersion& one : file.versions)
      if (one.path == relative) return folder / version(file).path;
  return folder / relative;
}

std::vector<std::string> FoundPack::problems(const std::string& component, bool any_size) const {
  std::vector<std::string> lines;
  bool known = false;
  for (const PackFile& file : manifest->files) {
    if (file.component != component) continue;
    known = true;
    if (std::string problem = size_problem(folder, version(file), any_size); !problem.empty())
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
       !failed && entry != end; entry.increment(failed)) {
    const bool hidden = entry->path().filename().string().starts_with('.');
    if (std::error_code ignored; !hidden && entry->is_directory(ignored))
      recognise(entry->path(), found);
  }
  std::sort(found.begin(), found.end(), [](const FoundPack& a, const FoundPack& b) {
    return std::tie(a.manifest->name, a.folder) < std::tie(b.manifest->name, b.folder);
  });
  return found;
}

std::vector<FoundPack> find_packs(const std::vector<fs::path>& folders) {
  std::vector<FoundPack> all;
  for (const fs::path& folder : folders)
    for (FoundPack& pack : find_packs(folder)) {
      const auto same = [&](const FoundPack& other) {
        std::error_code ignored;
        return other.manifest == pack.manifest &&
               fs::equivalent(other.folder, pack.folder, ignored);
      };
      if (std::none_of(all.begin(), all.end(), same)) all.push_back(std::move(pack));
    }
  return all;
}

std::string file_problem(const fs::path& folder, const FileVersion& version,
                         const HashFile& sha256) {
  std::string problem = size_problem(folder, version);
  if (!problem.empty() || version.sha256.empty()) return problem;
  const fs::path path = folder / version.path;
  const std::string found = sha256(path);
  if (found != version.sha256)
    problem = path.string() + ": expected SHA-256 " + version.sha256 + ", found " + found;
  return problem;
}

std::vector<std::string> verify_pack(const FoundPack& pack,
                                     const std::vector<std::string>& components) {
  return verify_pack(pack, components, sha256_of_file);
}

std::vector<std::string> verify_pack(const FoundPack& pack,
                                     const std::vector<std::string>& components,
                                     const HashFile& sha256) {
  std::vector<std::string> lines;
  const auto in_place = [&](const PackFile& file) {
    return is_there(pack.folder / pack.version(file).path);
  };
  const auto chosen = [&](const std::string& component) {
    if (!components.empty())
      return std::find(components.begin(), components.end(), component) != components.end();
    return std::any_of(
        pack.manifest->files.begin(), pack.manifest->files.end(),
        [&](const PackFile& file) { return file.component == component && in_place(file); });
  };
  for (const auto& [component, purpose] : pack.manifest->components) {
    if (!chosen(component)) continue;
    for (const PackFile& file : pack.manifest->files) {
      if (file.component != component || (component == "extra" && !in_place(file))) continue;
      std::string problem = file_problem(pack.folder, pack.version(file), sha256);
      if (!problem.empty()) lines.push_back(std::move(problem));
    }
  }
  return lines;
}

}  // namespace auriga
