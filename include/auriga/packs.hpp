// Model packs: which folders of model files auriga knows, and finding and checking them on disk.
//
// A pack is a folder of model files that matches a manifest, which is compiled into the library. A
// folder is recognised by what is in it, whatever its name. A pack consists of components, e.g.
// `au` or `pfld`, each of which enables one stage; a pack is useful as soon as one component is
// complete. docs/models.md lists packs and components.
//
//   for (const auriga::FoundPack& pack : auriga::find_packs("models"))
//     for (const std::string& problem : auriga::verify_pack(pack)) puts(problem.c_str());
//
// To compute, hand the folders to Engine::load(), which finds and verifies what it needs by itself.
// Every function looks at the disk anew, writes nothing and may be called from any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
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

// An archive that holds what a file of a pack is made of.
struct PackArchive {
  FileVersion version;               // of the archive, a ZIP file
  std::vector<std::string> sources;  // its addresses
  FileVersion member;                // in it: what the file is converted from
};

// A file of a pack, under whichever of its names it lies there.
struct PackFile {
  std::string component;
  std::vector<FileVersion> versions;  // at least one; any of them serves. First the published one
  // Its addresses, tried before those of PackManifest::sources; `{path}` stands for its relative
  // path.
  std::vector<std::string> sources;
  // Where it can be made from instead, if anywhere.
  std::optional<PackArchive> archive{};
};

// What a pack consists of, and how to get it.
struct PackManifest {
  std::string name, version, title, licence;
  std::string by_hand;  // how a person gets the files; a sentence without its full stop
  // Where the files can be fetched: addresses of folders that hold them under their relative paths,
  // or with `{path}` where the path belongs.
  std::vector<std::string> sources;
  std::vector<std::pair<std::string, std::string>> components;  // name, what it enables
  std::vector<std::string> optional;     // components that a pack is complete without, e.g. `extra`
  std::vector<std::string> not_fetched;  // components that a download leaves out
  bool scattered = false;  // a component may be put together from several folders, file by file
  std::vector<PackFile> files;

  bool is_optional(const std::string& component) const;
  bool has_address(const PackFile& file) const;
  bool has_addresses() const;      // whether any file can be fetched without naming a source
  std::string short_name() const;  // without the version, e.g. `openface`, which known_pack() knows
};

// The packs that this version of auriga knows; they live as long as the program.
const std::vector<PackManifest>& known_packs();

// The known pack of that name or short name. Throws Error(usage) that lists the names.
const PackManifest& known_pack(const std::string& name);

// How to get the pack: lines with the exact commands.
std::string how_to_get(const PackManifest& manifest);

// Whether the file is there with the size and, where it is known, the SHA-256 of `version`. Throws
// Error(input) when it is there and cannot be read.
bool is_intact(const std::filesystem::path& file, const FileVersion& version);

// A pack found on disk. Files of the component `extra` are known but used by nothing. The functions
// look at names and sizes, never into files.
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

// Compares size and SHA-256 of every file of the components given (empty: of all that are at least
// partly there) with the manifest; reads all of them. Returns one line per problem, with the file,
// what was expected and what was found; none means that the pack is sound. Throws Error(input) when
// a file is there and cannot be read.
std::vector<std::string> verify_pack(const FoundPack& pack,
                                     const std::vector<std::string>& components = {});

// A model file that was used, as a manifest of results tells it.
struct ModelFile {
  std::filesystem::path path;
  std::string sha256;  // of its content, 64 lower-case hexadecimal digits
};

}  // namespace auriga
