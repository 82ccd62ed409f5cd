// Where model packs are looked for, and where it is remembered which were verified.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace auriga::app {

struct SearchedFolder {
  std::filesystem::path path;
  std::string why;         // it is searched, for people
  bool of_others = false;  // found by itself; only read
};

// A folder of packs that comes with this program, to be searched behind the user's. Call before
// threads look for models.
void set_packaged_models(std::filesystem::path folder);

// OpenFace's models where other programs have them, each folder a pack: PyFaceAU's (what
// $OPENFACE_MODELS_DIR names, else OpenFaceModels/2.2.0/originals in the user's data folder),
// OpenFace's own (what $OPENFACE_HOME names, the folder of a FeatureExtraction in PATH). They are
// only read.
std::vector<SearchedFolder> folders_of_others();

// Where packs are listed and verified: in `option` (--models) alone if given; else, in this order,
// $AURIGA_MODELS, the user's folder of packs, the folder models/ beside the installation; for a
// program in its build folder the open pack that `./dev setup` made; the folders of others. Throws
// Error(model) when `option` is no folder.
std::vector<SearchedFolder> searched_folders(const std::string& option);
std::vector<std::filesystem::path> pack_folders(const std::string& option);

// Which of them a pack was found in; empty: none.
std::string why_searched(const std::vector<SearchedFolder>& folders,
                         const std::filesystem::path& pack);

// Where an engine looks: the same, and after the packs in `option` the open packs of the usual
// folders, so that what needs no files of others always works. The folders of others are left out
// where they would not do: parts of OpenFace's models must not hide that the open ones work.
std::vector<std::filesystem::path> model_folders(const std::string& option);

// Where packs are installed: auriga/models in $XDG_DATA_HOME or ~/.local/share. Empty where neither
// is known.
std::filesystem::path user_model_folder();

// Where verified models are remembered: auriga in $XDG_CACHE_HOME, if that is an absolute path, or
// in ~/.cache. Created where it is not there; empty where it cannot be.
std::filesystem::path user_cache_folder();

}  // namespace auriga::app
