// The parts of `auriga models`.
#pragma once

#include <string>

#include "models/packs.hpp"

namespace auriga::app {

// Where a pack is and which of its components are complete, as lines for people.
void print_pack(const FoundPack& pack, const std::string& note = {});

// Both return the exit code. `to`: folder of packs; empty: the user's.
struct ImportOptions {
  std::string source, pack, to;
  bool json = false;
};
int import_models(const ImportOptions& options);

struct FetchModelsOptions {
  std::string pack, to;
  std::vector<std::string> from;  // addresses of folders with the files of the pack
  bool accept_licence = false, json = false;
};
int fetch_models(const FetchModelsOptions& options);

}  // namespace auriga::app
