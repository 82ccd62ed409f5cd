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

// One content of a model file, under its published name.
struct FileVersion {
  std::filesystem::path path;  // relative to the pack's folder
  std::uintmax_t size = 0;
  std::string sha256;  // 64 hexadecimal digits; empty where only the size is known
};

struct PackFile {
  std::string component;
  std::vector<FileVersion> versions;  // at least one; any of them serves. First the published one
  std::vector<std::string> sources;   // as PackManifest::sources, tried before those
};

struct PackManifest {
  std::string name, version, title, licence;
  std::string by_hand;  // how a person gets the files; a sentence without its full stop
  // Where the files can be fetched: addresses of folders that hold them under their relative paths,
  // or with `{path}` where the path belongs.
  std::vector<std::string> sources;
  std::vector<std::pair<std::string, std::string>> components;  // name, what it enables
  std::vector<std::string> optional;  // components that a pack is complete without, e.g. `extra`
  std::vector<PackFile> files;

  bool is_optional(const std::string& component) const;
};

// The packs that this version of auriga knows. Thread-safe.
const std::vector<PackManifest>& known_packs();

// The known pack of that name. Throws Error(usage) that lists the names.
const PackManifest& known_pack(const std::string& name);

// How to get the pack: lines with the exact commands.
std::string how_to_get(const PackManifest& manifest);

// Whether the file is there with the size and, where it is known, the SHA-256 of `version`.
bool is_intact(const std::filesystem::path& file, const FileVersion& version);

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
  // The version of a file that is in place: the first of the right size, else the first that
  // exists, else the published one.
  const FileVersion& version(const PackFile& file) const;
  // The versions in place of the files of a component.
  std::vector<FileVersion> files(const std::string& component) const;
  // Path of the file that any version of calls `relative`, whichever version is in place.
  std::filesystem::path file(const std::string& relative) const;
};

// The packs in `folder`: the folder itself and its immediate subfolders, hidden ones left out. A
// folder is a pack when at least one file of a component other than `extra` is in place. Sorted by
// name, then path. A missing folder has no packs.
std::vector<FoundPack> find_packs(const std::filesystem::path& folder);

// The packs in all these folders in their order, each folder once. Where a component is complete in
// several packs the first one is used.
std::vector<FoundPack> find_packs(const std::vector<std::filesystem::path>& folders);

// The first pack, in the order of `folders`, that has the component complete; with `any_size` files
// of another size than the published ones count as there. Throws Error(model) that says where was
// searched, which files are missing from the pack that comes closest, and the commands that get
// them.
FoundPack require_component(const std::vector<std::filesystem::path>& folders,
                            const std::string& component, bool any_size = false);

// Compares size and SHA-256 of every file of the components given (empty: of all that are at least
// partly there) with the manifest. Returns one line per problem; none means that the pack is sound.
std::vector<std::string> verify_pack(const FoundPack& pack,
                                     const std::vector<std::string>& components = {});

}  // namespace auriga
