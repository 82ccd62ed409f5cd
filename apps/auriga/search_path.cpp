#include "search_path.hpp"

#include <cstdlib>
#include <system_error>

#include "auriga/error.hpp"

namespace auriga::app {

namespace fs = std::filesystem;

std::vector<fs::path> model_folders(const std::string& option) {
  if (!option.empty()) {
    std::error_code ignored;
    if (!fs::is_directory(option, ignored))
      throw Error(ErrorCode::model, option +
                                        ": --models expects a folder with model packs, found " +
                                        (fs::exists(option, ignored) ? "a file" : "nothing"));
    return {option};
  }
  std::vector<fs::path> folders;
  if (const char* models = std::getenv("AURIGA_MODELS"); models != nullptr && *models != '\0')
    folders.emplace_back(models);
  if (const char* data = std::getenv("XDG_DATA_HOME"); data != nullptr && *data != '\0')
    folders.push_back(fs::path(data) / "auriga/models");
  else if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0')
    folders.push_back(fs::path(home) / ".local/share/auriga/models");
  std::error_code failed;
  const fs::path program = fs::read_symlink("/proc/self/exe", failed);
  if (!failed) folders.push_back(program.parent_path().parent_path() / "share/auriga/models");
  return folders;
}

}  // namespace auriga::app
