#include "models/model_store.hpp"

#include <algorithm>
#include <cstddef>
#include <system_error>
#include <utility>

#include "auriga/error.hpp"

#include "files/joined.hpp"
#include "models/pack_verification.hpp"

namespace auriga {

namespace fs = std::filesystem;

namespace {

// Why a component cannot be had, and what to do.
std::string not_complete(const std::string& component, const std::vector<FoundPack>& found,
                         const std::vector<fs::path>& folders, bool accept_altered) {
  std::vector<std::string> closest;
  for (const FoundPack& pack : found) {
    const auto& components = pack.manifest->components;
    if (std::none_of(components.begin(), components.end(),
                     [&](const auto& c) { return c.first == component; }))
      continue;
    const auto problems = pack.problems(component, accept_altered);
    if (closest.empty() || problems.size() < closest.size()) closest = problems;
  }
  std::string purpose, packs, ways;
  for (const PackManifest& manifest : known_packs())
    for (const auto& [name, what] : manifest.components)
      if (name == component) {
        purpose = what;
        packs += (packs.empty() ? "" : " or ") + manifest.name;
        ways += "\nto get " + manifest.name + ": " + how_to_get(manifest);
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
  message += ways +
             "\nor give the folder that holds it with --models DIR or in AURIGA_MODELS; `auriga "
             "models list` shows what is found";
  return message;
}

fs::path in_full(const fs::path& path) {
  std::error_code failed;
  const fs::path full = fs::absolute(path, failed);
  return (failed ? path : full).lexically_normal();
}

}  // namespace

ModelStore::ModelStore(std::vector<fs::path> folders, bool accept_altered, const fs::path& cache)
    : folders_(std::move(folders)),
      accept_altered_(accept_altered),
      cache_(cache),
      packs_(find_packs(folders_)),
      hashes_(cache) {}

bool ModelStore::has(const std::vector<std::string>& components) const {
  return std::all_of(components.begin(), components.end(), [&](const std::string& component) {
    return complete(component).pack != nullptr;
  });
}

bool ModelStore::finds(const std::string& pack) const {
  return std::any_of(packs_.begin(), packs_.end(),
                     [&](const FoundPack& found) { return found.manifest->name == pack; });
}

void ModelStore::require(const std::vector<std::string>& components,
                         const std::string& instead) const {
  for (const std::string& component : components)
    if (complete(component).pack == nullptr)
      throw Error(ErrorCode::model, not_complete(component, packs_, folders_, accept_altered_) +
                                        (instead.empty() ? "" : "\n" + instead));
}

std::optional<ModelStore::PlacedFile> ModelStore::place(const PackManifest& manifest,
                                                        const PackFile& file,
                                                        const FoundPack* preferred) const {
  std::vector<const FoundPack*> packs;
  if (preferred != nullptr) packs.push_back(preferred);
  for (const FoundPack& pack : packs_)
    if (pack.manifest == &manifest && &pack != preferred) packs.push_back(&pack);
  std::optional<PlacedFile> altered;
  for (const FoundPack* pack : packs) {
    const PlacedFile placed{pack->folder, pack->version(file)};
    std::error_code failed;
    const auto size = fs::file_size(placed.path(), failed);
    if (failed) continue;
    if (size == placed.version.size) return placed;
    if (!altered) altered = placed;
  }
  return accept_altered_ ? altered : std::nullopt;
}

ModelStore::Part ModelStore::complete(const std::string& component) const {
  for (const FoundPack& pack : packs_) {
    if (!pack.has(component, accept_altered_)) continue;
    Part part{&pack, {}};
    for (FileVersion& version : pack.files(component))
      part.files.push_back({pack.folder, std::move(version)});
    return part;
  }
  for (const PackManifest& manifest : known_packs()) {
    if (!manifest.scattered) continue;
    Part part;
    bool all = true;
    for (const PackFile& file : manifest.files) {
      if (file.component != component) continue;
      if (auto placed = place(manifest, file))
        part.files.push_back(std::move(*placed));
      else
        all = false;
    }
    if (!all || part.files.empty()) continue;
    for (const FoundPack& pack : packs_)
      if (pack.manifest == &manifest && pack.folder == part.files.front().folder) part.pack = &pack;
    return part;
  }
  return {};
}

void ModelStore::require_published(const PackManifest& manifest,
                                   const std::vector<PlacedFile>& files) {
  if (accept_altered_) return;
  const auto problems = [&](const HashFile& sha256) {
    std::vector<std::string> lines;
    for (const PlacedFile& file : files)
      if (std::string line = file_problem(file.folder, file.version, sha256); !line.empty())
        lines.push_back(std::move(line));
    return lines;
  };
  // What is remembered accuses no file: it may stem from a moment when reading went wrong.
  if (problems([&](const fs::path& file) { return hashes_.sha256(file); }).empty()) return;
  const auto found = problems([&](const fs::path& file) { return hashes_.hash(file); });
  if (found.empty()) return;
  throw Error(ErrorCode::model, "the model pack " + manifest.name + " is not as published:\n  " +
                                    joined(found, "\n  ") +
                                    "\nget a fresh copy of these files, or use them as they are "
                                    "with --accept-altered-models");
}

bool ModelStore::is_used(const fs::path& file) const {
  return std::any_of(used_.begin(), used_.end(),
                     [&](const ModelFile& used) { return used.path == file; });
}

void ModelStore::use(const PlacedFile& file) {
  const fs::path path = file.path();
  if (is_used(path)) return;
  const std::string& known = file.version.sha256;
  used_.push_back({path, accept_altered_ || known.empty() ? hashes_.sha256(path) : known});
}

const ModelStore::Part& ModelStore::verified(const std::string& component) {
  if (const auto known = verified_.find(component); known != verified_.end()) return known->second;
  Part part = complete(component);
  if (part.pack == nullptr)
    throw Error(ErrorCode::model, not_complete(component, packs_, folders_, accept_altered_));
  require_published(*part.pack->manifest, part.files);
  for (const PlacedFile& file : part.files) use(file);
  hashes_.save();
  return verified_[component] = std::move(part);
}

const FoundPack& ModelStore::pack(const std::string& component) {
  const std::lock_guard lock(mutex_);
  return *verified(component).pack;
}

fs::path ModelStore::file(const std::string& component) {
  const std::lock_guard lock(mutex_);
  return verified(component).files.front().path();
}

fs::path ModelStore::take(const fs::path& file) {
  const std::lock_guard lock(mutex_);
  for (const FoundPack& pack : packs_) {
    const fs::path name = in_full(file).lexically_relative(in_full(pack.folder));
    for (const PackFile& known : pack.manifest->files) {
      const auto& versions = known.versions;
      if (std::none_of(versions.begin(), versions.end(),
                       [&](const FileVersion& version) { return version.path == name; }))
        continue;
      const auto placed = place(*pack.manifest, known, &pack);
      if (!placed || (placed->folder != pack.folder && !pack.manifest->scattered)) return file;
      if (is_used(placed->path())) return placed->path();
      require_published(*pack.manifest, {*placed});
      use(*placed);
      hashes_.save();
      return placed->path();
    }
  }
  if (std::error_code ignored; fs::is_regular_file(file, ignored) && !is_used(file)) {
    used_.push_back({file, hashes_.sha256(file)});
    hashes_.save();
  }
  return file;
}

void ModelStore::note(const std::vector<fs::path>& files) {
  const std::lock_guard lock(mutex_);
  for (const fs::path& file : files) used_.push_back({file, hashes_.sha256(file)});
  hashes_.save();
}

std::string ModelStore::remembered(const fs::path& file) const {
  const std::lock_guard lock(mutex_);
  return hashes_.find(file).value_or("");
}

std::vector<ModelFile> ModelStore::used() const {
  const std::lock_guard lock(mutex_);
  return used_;
}

}  // namespace auriga
