// The one place where model files are found, verified and remembered.
#pragma once

#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "auriga/packs.hpp"

#include "models/remembered_hashes.hpp"

namespace auriga {

// The packs that were in some folders when the store was made, and which of their files were used.
// A component is verified when it is first asked for; a file that changes later is not noticed. Any
// number of threads may use a store; they verify one after the other.
class ModelStore {
 public:
  // `folders` are packs or hold packs, in the order in which they are searched; a missing one has
  // none. `accept_altered`: files whose size or SHA-256 is not that of the published one serve,
  // too. In the folder `cache` it is remembered which files were hashed (remembered_hashes.hpp);
  // empty: they are hashed each time.
  explicit ModelStore(std::vector<std::filesystem::path> folders, bool accept_altered = false,
                      const std::filesystem::path& cache = {});

  // Whether each of these components is complete in some pack, by the names and sizes of files.
  bool has(const std::vector<std::string>& components) const;

  // Whether there is a pack of that name, complete or not.
  bool finds(const std::string& pack) const;

  // Throws Error(model), as pack() would, for the first of these components that is not complete;
  // `instead` follows the message: what would do without.
  void require(const std::vector<std::string>& components, const std::string& instead = {}) const;

  // The first pack, in the order of the folders, that has the component complete. Its files are
  // verified by size and SHA-256 and counted as used.
  //
  // Throws Error(model): where none is complete, with where was searched, which files are missing
  // from the pack that comes closest and the commands that get them; where a file is altered, with
  // what was expected and found. Throws Error(input) when a file cannot be read.
  const FoundPack& pack(const std::string& component);

  // The folder of that pack.
  std::filesystem::path folder(const std::string& component) { return pack(component).folder; }

  // The file of a component that consists of one, under whichever name the pack has it.
  std::filesystem::path file(const std::string& component);

  // Counts files that are not part of a pack as used. Throws Error(input) when one cannot be read.
  void note(const std::vector<std::filesystem::path>& files);

  // The files that were used, by component in the order in which they were first asked for. The
  // SHA-256 is that of the file as it is.
  std::vector<ModelFile> used() const;

 private:
  const FoundPack& complete_pack(const std::string& component) const;

  const std::vector<std::filesystem::path> folders_;
  const bool accept_altered_;
  const std::vector<FoundPack> packs_;
  mutable std::mutex mutex_;  // guards what follows
  RememberedHashes hashes_;
  std::vector<std::string> verified_;  // components
  std::vector<ModelFile> used_;
};

}  // namespace auriga
