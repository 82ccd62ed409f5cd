#include "models/model_store.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "auriga/error.hpp"

#include "models/pack_verification.hpp"

namespace auriga {

namespace fs = std::filesystem;

ModelStore::ModelStore(std::vector<fs::path> folders, bool accept_altered, const fs::path& cache)
    : folders_(std::move(folders)),
      accept_altered_(accept_altered),
      packs_(find_packs(folders_)),
      hashes_(cache) {}

bool ModelStore::has(const std::vector<std::string>& components) const {
  return std::all_of(components.begin(), components.end(), [&](const std::string& component) {
    return std::any_of(packs_.begin(), packs_.end(),
                       [&](const FoundPack& pack) { return pack.has(component, accept_altered_); });
  });
}

bool ModelStore::finds(const std::string& pack) const {
  return std::any_of(packs_.begin(), packs_.end(),
                     [&](const FoundPack& found) { return found.manifest->name == pack; });
}

void ModelStore::require(const std::vector<std::string>& components,
                         const std::string& instead) const {
  for (const std::string& component : components) {
    try {
      complete_pack(component);
    } catch (const Error& error) {
      if (instead.empty()) throw;
      throw Error(error.code(), error.what() + ("\n" + instead));
    }
  }
}

const FoundPack& ModelStore::complete_pack(const std::string& component) const {
  std::vector<std::string> closest;
  for (const FoundPack& pack : packs_) {
    const auto& components = pack.manifest->components;
    if (std::none_of(components.begin(), components.end(),
                     [&](const auto& c) { return c.first == component; }))
      continue;
    const auto problems = pack.problems(component, accept_altered_);
    if (problems.empty()) return pack;
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
  for (const fs::path& folder : folders_) message += " " + folder.string();
  if (folders_.empty()) message += " nothing: no folder of models is known";
  constexpr std::size_t kMostListed = 10;
  for (std::size_t i = 0; i < std::min(closest.size(), kMostListed); ++i)
    message += "\n  " + closest[i];
  if (closest.size() > kMostListed)
    message += "\n  ... and " + std::to_string(closest.size() - kMostListed) + " more files";
  message += ways +
             "\nor give the folder that holds it with --models DIR or in AURIGA_MODELS; `auriga "
             "models list` shows what is found";
  throw Error(ErrorCode::model, message);
}

const FoundPack& ModelStore::pack(const std::string& component) {
  const std::lock_guard lock(mutex_);
  const FoundPack& pack = complete_pack(component);
  if (std::find(verified_.begin(), verified_.end(), component) != verified_.end()) return pack;
  const std::vector<std::string> components = {component};
  const auto remembered = [&](const fs::path& file) { return hashes_.sha256(file); };
  const auto anew = [&](const fs::path& file) { return hashes_.hash(file); };
  // What is remembered accuses no file: it may stem from a moment when reading went wrong.
  if (!accept_altered_ && !verify_pack(pack, components, remembered).empty()) {
    const auto problems = verify_pack(pack, components, anew);
    if (!problems.empty()) {
      std::string message = "the model pack " + pack.manifest->name + " is not as published:";
      for (const std::string& problem : problems) message += "\n  " + problem;
      throw Error(ErrorCode::model, message +
                                        "\nget a fresh copy of these files, or use them as they "
                                        "are with --accept-altered-models");
    }
  }
  std::vector<ModelFile> files;
  for (const FileVersion& file : pack.files(component)) {
    const fs::path path = pack.folder / file.path;
    files.push_back(
        {path, accept_altered_ || file.sha256.empty() ? hashes_.sha256(path) : file.sha256});
  }
  hashes_.save();
  used_.insert(used_.end(), files.begin(), files.end());
  verified_.push_back(component);
  return pack;
}

fs::path ModelStore::file(const std::string& component) {
  const FoundPack& found = pack(component);
  return found.folder / found.files(component).front().path;
}

void ModelStore::note(const std::vector<fs::path>& files) {
  const std::lock_guard lock(mutex_);
  for (const fs::path& file : files) used_.push_back({file, hashes_.sha256(file)});
  hashes_.save();
}

std::vector<ModelFile> ModelStore::used() const {
  const std::lock_guard lock(mutex_);
  return used_;
}

}  // namespace auriga
