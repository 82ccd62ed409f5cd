#include "search_path.hpp"

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <system_error>
#include <utility>

#include <sys/stat.h>

#include "auriga/engine.hpp"
#include "auriga/error.hpp"
#include "auriga/packs.hpp"

namespace auriga::app {

namespace fs = std::filesystem;

fs::path user_model_folder() {
  if (const char* data = std::getenv("XDG_DATA_HOME"); data != nullptr && *data != '\0')
    return fs::path(data) / "auriga/models";
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0')
    return fs::path(home) / ".local/share/auriga/models";
  return {};
}

fs::path user_cache_folder() {
  fs::path caches;
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache == '/')
    caches = cache;
  else if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/')
    caches = fs::path(home) / ".cache";
  else
    return {};
  const fs::path folder = caches / "auriga";
  // For the user only, as the specification of these folders has it.
  mkdir(caches.c_str(), 0700);
  mkdir(folder.c_str(), 0700);
  std::error_code failed;
  return fs::is_directory(folder, failed) ? folder : fs::path();
}

namespace {

fs::path packaged_models;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Of all programs of the user.
fs::path user_data_folder() {
  if (const std::string data = environment("XDG_DATA_HOME"); !data.empty()) return data;
  const std::string home = environment("HOME");
  if (home.empty()) return {};
#ifdef __APPLE__
  return fs::path(home) / "Library/Application Support";
#else
  return fs::path(home) / ".local/share";
#endif
}

// Where OpenFace's files lie below a source checkout, a build of it, an installation.
constexpr const char* kPlaces[] = {
    "", "lib/local/FaceAnalyser", "lib/local/LandmarkDetector", "build/bin", "bin", "etc/OpenFace"};

// The folders below `root` that are packs of OpenFace's models.
void add_places(const fs::path& root, const std::string& why, std::vector<SearchedFolder>& found) {
  for (const char* place : kPlaces) {
    const fs::path folder = *place == '\0' ? root : root / place;
    for (const FoundPack& pack : find_packs(folder)) {
      std::error_code ignored;
      const bool known = std::any_of(found.begin(), found.end(), [&](const SearchedFolder& other) {
        return fs::equivalent(other.path, pack.folder, ignored);
      });
      if (pack.manifest->short_name() == "openface" && pack.folder == folder && !known)
        found.push_back({folder, why, true});
    }
  }
}

// The folder of a program in PATH, links followed.
fs::path folder_in_path(const char* program) {
  std::istringstream folders(environment("PATH"));
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::error_code failed;
    if (folder.empty() || !fs::is_regular_file(fs::path(folder) / program, failed)) continue;
    const fs::path file = fs::canonical(fs::path(folder) / program, failed);
    if (!failed) return file.parent_path();
  }
  return {};
}

// Where is looked before the folders of others when nothing is given.
std::vector<SearchedFolder> usual_folders() {
  std::vector<SearchedFolder> folders;
  if (const std::string models = environment("AURIGA_MODELS"); !models.empty())
    folders.push_back({models, "AURIGA_MODELS"});
  if (fs::path user = user_model_folder(); !user.empty())
    folders.push_back({std::move(user), "import and fetch install here"});
  if (!packaged_models.empty()) folders.push_back({packaged_models, "installed with auriga"});
  std::error_code failed;
  const fs::path program = fs::read_symlink("/proc/self/exe", failed);
  if (failed) return folders;
  const fs::path above = program.parent_path().parent_path();
  folders.push_back({above / "share/auriga/models", "installed with auriga"});
  if (fs::exists(program.parent_path() / "CMakeCache.txt", failed))
    folders.push_back({above / "open-pack", "of this build"});
  return folders;
}

std::vector<fs::path> paths(const std::vector<SearchedFolder>& folders) {
  std::vector<fs::path> all;
  for (const SearchedFolder& folder : folders) all.push_back(folder.path);
  return all;
}

bool has_openface(const std::vector<FoundPack>& packs) {
  return std::any_of(packs.begin(), packs.end(), [](const FoundPack& pack) {
    return pack.manifest->short_name() == "openface";
  });
}

}  // namespace

void set_packaged_models(fs::path folder) { packaged_models = std::move(folder); }

std::vector<SearchedFolder> folders_of_others() {
  std::vector<SearchedFolder> found;
  if (const fs::path models = environment("OPENFACE_MODELS_DIR"); !models.empty()) {
    for (const char* below : {"", "originals", "2.2.0/originals"})
      add_places(*below == '\0' ? models : models / below, "PyFaceAU's models, OPENFACE_MODELS_DIR",
                 found);
  } else if (const fs::path data = user_data_folder(); !data.empty()) {
    add_places(data / "OpenFaceModels/2.2.0/originals", "PyFaceAU's models", found);
  }
  if (const fs::path home = environment("OPENFACE_HOME"); !home.empty())
    add_places(home, "OpenFace's own, OPENFACE_HOME", found);
  if (const fs::path program = folder_in_path("FeatureExtraction"); !program.empty())
    for (const fs::path& root :
         {program, program.parent_path(), program.parent_path().parent_path()})
      add_places(root, "OpenFace's own, FeatureExtraction in PATH", found);
  return found;
}

std::vector<SearchedFolder> searched_folders(const std::string& option) {
  if (option.empty()) {
    std::vector<SearchedFolder> folders = usual_folders();
    for (SearchedFolder& folder : folders_of_others()) folders.push_back(std::move(folder));
    return folders;
  }
  std::error_code ignored;
  if (!fs::is_directory(option, ignored))
    throw Error(ErrorCode::model, option + ": --models expects a folder with model packs, found " +
                                      (fs::exists(option, ignored) ? "a file" : "nothing"));
  return {{option, "--models"}};
}

std::vector<fs::path> pack_folders(const std::string& option) {
  return paths(searched_folders(option));
}

std::string why_searched(const std::vector<SearchedFolder>& folders, const fs::path& pack) {
  for (const SearchedFolder& folder : folders)
    for (const FoundPack& found : find_packs(folder.path))
      if (found.folder == pack) return folder.why;
  return {};
}

std::vector<fs::path> model_folders(const std::string& option) {
  if (!option.empty()) {
    std::vector<fs::path> folders = pack_folders(option);
    // A folder without any pack is a mistake, which other models would hide.
    if (find_packs(fs::path(option)).empty()) return folders;
    for (const FoundPack& pack : find_packs(paths(usual_folders())))
      if (pack.manifest->name == "open") folders.push_back(pack.folder);
    return folders;
  }
  const std::vector<fs::path> own = paths(usual_folders()), all = pack_folders("");
  if (own.size() == all.size() || has_openface(find_packs(own))) return all;
  for (const RecipeInfo& recipe : Engine::available({.models = all}))
    if (recipe.name == "openface" && recipe.missing.empty()) return all;
  return own;
}

}  // namespace auriga::app
