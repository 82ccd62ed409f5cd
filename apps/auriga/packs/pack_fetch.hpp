// Model packs from the network.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "auriga/packs.hpp"

#include "packs/pack_download.hpp"
#include "packs/pack_import.hpp"

namespace auriga::app {

struct FetchProgress {
  std::uintmax_t bytes = 0, bytes_expected = 0;  // of all files that are fetched
};

struct FetchOptions {
  std::filesystem::path to;          // folder of packs
  std::vector<std::string> sources;  // instead of the manifest's, in the form of its `sources`
  std::vector<std::string> without;  // components that are left out
  // Packs of the same manifest whose files need not be fetched where they are as published.
  std::vector<std::filesystem::path> elsewhere;
  // What a file of a pack is made of, converted into it; `from`: for messages. Throws Error. Empty:
  // nothing can be converted, and such files have to be fetched as they are.
  std::function<std::string(const std::string& from, std::string_view content)> convert;
  DownloadLimits limits;
  std::function<void(const FetchProgress&)> progress;  // several times a second
  std::function<bool()> stop;  // whether the fetch is to be broken off; empty: never
};

// Throws Error(usage) when a source is not an http or https address or a component that is left
// out is none of the pack, Error(model) when there is no source.
void require_fetchable(const PackManifest& manifest, const FetchOptions& options);

struct FetchedPack : InstalledPack {
  std::string lost;     // why files of optional components are missing that a source may have
  std::string missing;  // the same of files that no source has; none of them `extra`
  std::vector<FileVersion> elsewhere;  // files that were not fetched: they are as published there
  bool stopped = false;
};

// A file with an archive that no source has as it is is made from that: the archive is fetched, the
// member taken out and converted, and each of the three has to have the published size and SHA-256.
//
// Downloads what is missing in `to`/<name of the pack>, several files at a time, each from the
// first source that has it with the published size and SHA-256: first what the pack needs, which is
// installed together, then the optional components, as far as a source has them; none of those that
// are left out or that the manifest's `not_fetched` names. Without sources of their own in the
// options, files that have no address (most of the pack open) are left out, too.
//
// Throws as `require_fetchable`; Error(model) when no source has a needed file as published: then
// nothing is installed, but what was downloaded waits in a hidden folder for the next attempt;
// Error(output) when `to` cannot be written or has no room. When it is broken off what was
// downloaded waits as well.
FetchedPack fetch_pack(const PackManifest& manifest, const FetchOptions& options);

// Whether an attempt that was broken off waits in `to`.
bool fetch_waits(const PackManifest& manifest, const std::filesystem::path& to);

}  // namespace auriga::app
