// Model packs from the network.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "auriga/packs.hpp"

#include "packs/pack_import.hpp"

namespace auriga::app {

struct FetchProgress {
  std::uintmax_t bytes = 0, bytes_expected = 0;  // of all files of the pack
};

struct FetchOptions {
  std::filesystem::path to;          // folder of packs
  std::vector<std::string> sources;  // instead of the manifest's, in the same form
  std::function<void(const FetchProgress&)> progress;
};

// Throws Error(usage) when a source is not an http or https address, Error(model) when there is
// none.
void require_fetchable(const PackManifest& manifest, const FetchOptions& options);

struct FetchedPack : InstalledPack {
  std::string lost;  // why files of optional components are missing that a source may have
};

// Downloads what is missing in `to`/<name of the pack>, file by file from the first source that has
// it with the published size and SHA-256: first what the pack needs, which is installed together,
// then the optional components, as far as a source has them.
//
// Throws as `require_fetchable`; Error(model) when no source has a needed file as published: then
// nothing is installed, but what was downloaded
// waits in a hidden folder for the next attempt; Error(output) when `to` cannot be written.
FetchedPack fetch_pack(const PackManifest& manifest, const FetchOptions& options);

}  // namespace auriga::app
