// Model packs from files that a person has: an installation, a source checkout, a download.
#pragma once

#include <filesystem>
#include <vector>

#include "auriga/packs.hpp"

namespace auriga::app {

struct InstalledPack {
  FoundPack pack;                  // as it is now
  std::vector<FileVersion> added;  // files that were not there, or not as published, before
};

// Recognises the files of `packs` in `source`, a folder or a ZIP file, by size and SHA-256,
// whatever their names and wherever they lie; those without a published SHA-256 by name and size.
// Copies what is missing in `to`/<name of the pack> there. Returns the packs of which a file was
// recognised; their manifests are those in `packs`.
//
// Throws Error(input) when nothing was recognised or `source` cannot be read, Error(output) when
// `to` cannot be written. A pack is installed only after all its files were copied and checked
// again; after an error the pack at hand is as it was.
std::vector<InstalledPack> import_packs(const std::filesystem::path& source,
                                        const std::vector<const PackManifest*>& packs,
                                        const std::filesystem::path& to);

}  // namespace auriga::app
