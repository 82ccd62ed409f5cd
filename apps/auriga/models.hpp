// The parts of `auriga models`.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "auriga/packs.hpp"

namespace auriga::app {

// What `auriga extract` would do with these folders of packs: a line or two for people.
std::string verdict(const std::vector<std::filesystem::path>& folders);

// Where a pack is and which of its components are complete, as lines for people.
void print_pack(const FoundPack& pack, const std::string& note = {});

// The files of a pack that are there, compared with the manifest.
struct PackCheck {
  std::vector<std::string> complete;    // components with all files there, as published or not
  std::vector<std::string> incomplete;  // the others
  std::vector<std::string> size_only;   // files of which no SHA-256 is known
  std::vector<std::string> problems;    // one line each; none: sound
};
PackCheck check_pack(const FoundPack& pack);

// Both return the exit code. `to`: folder of packs; empty: the user's.
struct ImportOptions {
  std::string source, pack, to;
  bool json = false;
};
int import_models(const ImportOptions& options);

struct FetchModelsOptions {
  std::string pack, to;
  std::vector<std::string> from;     // addresses of folders with the files of the pack
  std::vector<std::string> without;  // components
  bool accept_licence = false, json = false;
};
int fetch_models(const FetchModelsOptions& options);

}  // namespace auriga::app
