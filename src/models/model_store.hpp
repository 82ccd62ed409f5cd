// The one place where model files are found, verified and remembered.
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "auriga/packs.hpp"

#include "models/find_file.hpp"
#include "models/remembered_hashes.hpp"

namespace auriga {

// The packs that were in some folders when the store was made, and which of their files were used.
// A file is verified when its component is first asked for, or it itself; one that changes later is
// not noticed. Any number of threads may use a store; they verify one after the other.
//
// A component that no pack has complete is put together from all packs of the same manifest, file
// by file, if they have it complete together and the manifest is `scattered`.
class ModelStore {
 public:
  // `folders` are packs or hold packs, in the order in which they are searched; a missing one has
  // none. `accept_altered`: files whose size or SHA-256 is not that of the published one serve,
  // too. In the folder `cache` it is remembered which files were hashed (remembered_hashes.hpp);
  // empty: they are hashed each time.
  explicit ModelStore(std::vector<std::filesystem::path> folders, bool accept_altered = false,
                      const std::filesystem::path& cache = {});

  // Whether each of these components is complete, by the names and sizes of files.
  bool has(const std::vector<std::string>& components) const;

  // Whether there is a pack of that name, complete or not.
  bool finds(const std::string& pack) const;

  // Throws Error(model), as pack() would, for the first of these components that is not complete;
  // `instead` follows the message: what would do without.
  void require(const std::vector<std::string>& components, const std::string& instead = {}) const;

  // The first pack, in the order of the folders, that has the component complete; of those that
  // have it together the one with its first file: then take() knows where the others are. The files
  // are verified by size and SHA-256 and counted as used.
  //
  // Throws Error(model): where none is complete, with where was searched, which files are missing
  // from the pack that comes closest and the commands that get them; where a file is altered, with
  // what was expected and found. Throws Error(input) when a file cannot be read.
  const FoundPack& pack(const std::string& component);

  // The folder of that pack.
  std::filesystem::path folder(const std::string& component) { return pack(component).folder; }

  // The file of a component that consists of one, under whichever name the pack has it.
  std::filesystem::path file(const std::string& component);

  // The place of a file that a model names: `file` itself, or, where it belongs to a pack that does
  // not have it complete, that of the first pack of the same manifest that does. Verified if a
  // manifest knows it, and counted as used, unless it was already. A file that is nowhere is
  // returned as it is, for its reader to complain of. Throws as pack() does for an altered file.
  std::filesystem::path take(const std::filesystem::path& file);
  FindFile finder() {
    return [this](const std::filesystem::path& file) { return take(file); };
  }

  // Counts files that are not part of a pack as used. Throws Error(input) when one cannot be read.
  void note(const std::vector<std::filesystem::path>& files);

  // The SHA-256 of a file as it is now, if it was hashed and did not change since; else empty.
  std::string remembered(const std::filesystem::path& file) const;
  // As given to the constructor.
  const std::filesystem::path& cache() const { return cache_; }

  // The files that were used, by component in the order in which they were first asked for. The
  // SHA-256 is that of the file as it is.
  std::vector<ModelFile> used() const;

 private:
  // A file of a pack in the folder that has it.
  struct PlacedFile {
    std::filesystem::path folder;
    FileVersion version;
    std::filesystem::path path() const { return folder / version.path; }
  };
  struct Part {
    const FoundPack* pack = nullptr;
    std::vector<PlacedFile> files;
  };

  std::optional<PlacedFile> place(const PackManifest& manifest, const PackFile& file,
                                  const FoundPack* preferred = nullptr) const;
  Part complete(const std::string& component) const;
  const Part& verified(const std::string& component);
  void require_published(const PackManifest& manifest, const std::vector<PlacedFile>& files);
  void use(const PlacedFile& file);
  bool is_used(const std::filesystem::path& file) const;

  const std::vector<std::filesystem::path> folders_;
  const bool accept_altered_;
  const std::filesystem::path cache_;
  const std::vector<FoundPack> packs_;
  mutable std::mutex mutex_;  // guards what follows
  RememberedHashes hashes_;
  std::map<std::string, Part> verified_;  // by component
  std::vector<ModelFile> used_;
};

}  // namespace auriga
