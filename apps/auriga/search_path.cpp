#include "search_path.hpp"

#include <cstdlib>
#include <system_error>
#include <utility>

#include <sys/stat.h>

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

// Where is looked when nothing is given.
std::vector<fs::path> usual_folders() {
  std::vector<fs::path> folders;
  if (const char* models = std::getenv("AURIGA_MODELS"); models != nullptr && *models != '\0')
    folders.emplace_back(models);
  if (fs::path user = user_model_folder(); !user.empty()) folders.push_back(std::move(user));
  std::error_code failed;
  const fs::path program = fs::read_symlink("/proc/self/exe", failed);
  if (failed) return folders;
  const fs::path above = program.parent_path().parent_path();
  folders.push_back(above / "share/auriga/models");
  if (fs::exists(program.parent_path() / "CMakeCache.txt", failed))
    folders.push_back(above / "open-pack");
  return folders;
}

}  // namespace

std::vector<fs::path> pack_folders(const std::string& option) {
  if (option.empty()) return usual_folders();
  std::error_code ignored;
  if (!fs::is_directory(option, ignored))
    throw Error(ErrorCode::model, option + ": --models expects a folder with model packs, found " +
                                      (fs::exists(option, ignored) ? "a file" : "nothing"));
  return {option};
}

std::vector<fs::path> model_folders(const std::string& option) {
  std::vector<fs::path> folders = pack_folders(option);
  // A folder without any pack is a mistake, which other models would hide.
  if (option.empty() || find_packs(fs::path(option)).empty()) return folders;
  for (const FoundPack& pack : find_packs(usual_folders()))
    if (pack.manifest->name == "open") folders.push_back(pack.folder);
  return folders;
}

}  // namespace auriga::app
