// Where model packs are looked for, and where it is remembered which were verified.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace auriga::app {

// Where packs are listed and verified: in `option` (--models) alone if given; else, in this order,
// $AURIGA_MODELS, the user's folder of packs, the folder models/ beside the installation; for a
// program in its build folder the open pack that `./dev setup` made. Throws Error(model) when
// `option` is no folder.
std::vector<std::filesystem::path> pack_folders(const std::string& option);

// Where an engine looks: the same, and after the packs in `option` the open packs of the usual
// folders, so that what needs no files of others always works.
std::vector<std::filesystem::path> model_folders(const std::string& option);

// Where packs are installed: auriga/models in $XDG_DATA_HOME or ~/.local/share. Empty where neither
// is known.
std::filesystem::path user_model_folder();

// Where verified models are remembered: auriga in $XDG_CACHE_HOME, if that is an absolute path, or
// in ~/.cache. Created where it is not there; empty where it cannot be.
std::filesystem::path user_cache_folder();

}  // namespace auriga::app
