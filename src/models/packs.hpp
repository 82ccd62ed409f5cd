// Model packs: which folders of model files auriga knows, and finding and checking them on disk.
//
// A pack is a folder of model files that matches a manifest (src/models/packs/*.json, compiled into
// the library). A folder is recognised by what is in it, whatever its name. A pack consists of
// components, e.g. `au` or `pfld`, each of which enables one stage; a pack is useful as soon as one
// component is complete.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace auriga {

struct PackFile {
  std::filesystem::path path;  // relative to the pack's folder
  std::string component;
  std::uintmax_t size = 0;
  std::string sha256;  // 64 hexadecimal digits; empty where only the size is known
};

struct PackManifest {
  std::string name, version, title, licence;
  std::vector<std::pair<std::string, std::string>> components;  // name, what it enables
  std::vector<PackFile> files;
};

// The packs that this version of auriga knows. Thread-safe.
const std::vector<PackManifest>& known_packs();

// A pack found on disk. Files of the component `extra` are known but used by nothing.
struct FoundPack {
  const PackManifest* manifest = nullptr;
  std::filesystem::path folder;

  // Files of a component that are not there or, unless `any_size`, have another size, each with
  // what was expected and found.
  std::vector<std::string> problems(const std::string& component, bool any_size = false) const;
  bool has(const std::string& component, bool any_size = false) const {
    return problems(component, any_size).empty();
  }
  std::filesystem::path file(const std::string& relative) const { return folder / relative; }
};

// The packs in `folder`: the folder itself and its immediate subfolders. A folder is a pack when at
// least one file of a component other than `extra` is in place. Sorted by name, then path. A
// missing folder has no packs.
std::vector<FoundPack> find_packs(const std::filesystem::path& folder);

// The first pack, in the order of `folders`, that has the component complete; with `any_size` files
// of another size than the published ones count as there. Throws Error(model) that says where was
// searched, which files are missing from the pack that comes closest, and how to get them.
FoundPack require_component(const std::vector<std::filesystem::path>& folders,
                            const std::string& component, bool any_size = false);

// Compares size and SHA-256 of every file of the components given (empty: of all that are at least
// partly there) with the manifest. Returns one line per problem; none means that the pack is sound.
std::vector<std::string> verify_pack(const FoundPack& pack,
                                     const std::vector<std::string>& components = {});

}  // namespace auriga
