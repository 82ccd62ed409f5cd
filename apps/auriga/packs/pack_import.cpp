#include "packs/pack_import.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "auriga/error.hpp"

#include "files/sha256.hpp"
#include "packs/pack_collection.hpp"
#include "packs/pack_staging.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;

// What to look for, and the entry of the collection that is it.
struct Sought {
  const PackManifest* manifest;
  const PackFile* file;
  std::optional<std::size_t> entry;
  const FileVersion* version = nullptr;  // the one that `entry` is
};

void recognise(FileCollection& collection, std::vector<Sought>& all) {
  for (std::size_t i = 0; i < collection.entries().size(); ++i) {
    const FileCollection::Entry& entry = collection.entries()[i];
    std::string sha256;  // computed when first needed
    const auto is_entry = [&](const FileVersion& version) {
      if (version.size != entry.size) return false;
      if (version.sha256.empty()) return version.path.filename() == entry.name;
      if (sha256.empty()) {
        Sha256 hash;
        collection.read(i, [&](std::string_view bytes) { hash.update(bytes); });
        sha256 = hash.hex_digest();
      }
      return sha256 == version.sha256;
    };
    for (Sought& sought : all) {
      if (sought.entry) continue;
      const auto& versions = sought.file->versions;
      const auto found = std::find_if(versions.begin(), versions.end(), is_entry);
      if (found == versions.end()) continue;
      sought.entry = i;
      sought.version = &*found;
    }
  }
}

void copy(FileCollection& collection, const Sought& sought, const fs::path& to) {
  StagedFile file(to);
  Sha256 hash;
  collection.read(*sought.entry, [&](std::string_view bytes) {
    hash.update(bytes);
    file.write(bytes);
  });
  file.close();
  if (!sought.version->sha256.empty() && hash.hex_digest() != sought.version->sha256)
    throw Error(ErrorCode::input, collection.entries()[*sought.entry].label +
                                      ": its content changed while it was read; run this again "
                                      "when nothing writes to it");
}

InstalledPack install(FileCollection& collection, const std::vector<Sought>& all,
                      const PackManifest& manifest, const fs::path& to) {
  InstalledPack result{{&manifest, to / manifest.name}, {}};
  std::vector<const Sought*> missing;
  for (const Sought& sought : all) {
    if (sought.manifest != &manifest || !sought.entry) continue;
    const auto& versions = sought.file->versions;
    if (std::none_of(versions.begin(), versions.end(), [&](const FileVersion& version) {
          return is_intact(result.pack.folder / version.path, version);
        }))
      missing.push_back(&sought);
  }
  if (missing.empty()) return result;
  PackStaging staging(manifest, to);
  for (const Sought* sought : missing) {
    copy(collection, *sought, staging.folder() / sought->version->path);
    result.added.push_back(*sought->version);
  }
  staging.publish();
  return result;
}

}  // namespace

std::vector<InstalledPack> import_packs(const fs::path& source,
                                        const std::vector<const PackManifest*>& packs,
                                        const fs::path& to) {
  std::vector<Sought> all;
  std::set<std::uintmax_t> sizes;
  std::uintmax_t total = 0;
  std::string names;
  for (const PackManifest* manifest : packs) {
    names += (names.empty() ? "" : ", ") + manifest->name;
    for (const PackFile& file : manifest->files) {
      all.push_back({manifest, &file, {}});
      for (const FileVersion& version : file.versions) {
        sizes.insert(version.size);
        total += version.size;
      }
    }
  }
  // Twice for recognising and copying, and a few copies of everything.
  const std::unique_ptr<FileCollection> collection = open_collection(source, sizes, 8 * total);
  recognise(*collection, all);

  std::vector<InstalledPack> installed;
  for (const PackManifest* manifest : packs) {
    const auto recognised = [&](const Sought& sought) {
      return sought.manifest == manifest && sought.entry && sought.file->component != "extra";
    };
    if (std::any_of(all.begin(), all.end(), recognised))
      installed.push_back(install(*collection, all, *manifest, to));
  }
  if (installed.empty())
    throw Error(ErrorCode::input,
                source.string() + ": expected files of a model pack (" + names +
                    "), found none with a published content; check that the download is complete "
                    "and unpacked");
  return installed;
}

}  // namespace auriga::app
