#include "own_names.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <system_error>

#include <fmt/core.h>
#include <sys/stat.h>

#include "auriga/error.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;

bool is_picture(const fs::path& path) {
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const char* one : {".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp", ".avif",
                          ".heic", ".heif", ".jp2", ".gif"})
    if (ending == one) return true;
  return false;
}

[[noreturn]] void refuse(const fs::path& path, const std::string& one, const std::string& other) {
  throw Error(ErrorCode::usage, fmt::format("{} cannot be both {} and {}; rename an input or "
                                            "choose another folder for the results",
                                            path.string(), one, other));
}

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

}  // namespace

std::optional<OwnNames::FileId> OwnNames::id_of(const fs::path& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return std::nullopt;
  return FileId{info.st_dev, info.st_ino};
}

// Not by inode: results that are hard links of each other are replaced one by one.
std::string OwnNames::place_of(const fs::path& path) {
  std::error_code failed;
  fs::path place = path;
  if (fs::is_symlink(path, failed)) place = fs::canonical(path, failed);
  if (failed) place = path;
  if (!place.has_filename()) place = place.parent_path();  // a folder with a slash behind it
  if (const auto folder = id_of(folder_of(place)))
    return fmt::format("{}:{}/{}", folder->first, folder->second, place.filename().string());
  const fs::path full = fs::weakly_canonical(fs::absolute(place, failed), failed);
  return (failed ? place : full).string();
}

void OwnNames::add_input(const fs::path& path, const std::string& what) {
  const auto id = id_of(path);
  if (!id) return;  // not there: whoever opens it says so
  inputs_.try_emplace(*id, what);
  std::error_code failed;
  if (fs::is_directory(path, failed)) folders_.try_emplace(*id, PictureFolder{what, path, {}});
  // Under the name that is given and under that which links lead to.
  for (const fs::path& name : {fs::absolute(path, failed), fs::canonical(path, failed)})
    for (fs::path folder = name.parent_path(); seen_folders_.try_emplace(folder, true).second;
         folder = folder.parent_path())
      if (const auto above = id_of(folder)) holds_.try_emplace(*above, what);
}

// A result that is there is a picture of a folder under its own name, or under a hard link.
void OwnNames::require_no_picture(const fs::path& path) {
  struct stat info {};
  if (folders_.empty() || stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return;
  std::error_code failed;
  const auto above = id_of(folder_of(fs::canonical(path, failed)));
  for (auto& [id, folder] : folders_) {
    if (info.st_nlink < 2 && above != id) continue;
    if (!folder.pictures) {
      folder.pictures.emplace();
      for (fs::directory_iterator entry(folder.path, failed), end; !failed && entry != end;
           entry.increment(failed))
        if (is_picture(entry->path()))
          if (const auto picture = id_of(entry->path()))
            folder.pictures->try_emplace(*picture, entry->path());
    }
    if (folder.pictures->contains({info.st_dev, info.st_ino}))
      refuse(path, "a picture of " + folder.what, "a result");
  }
}

void OwnNames::add_result(const fs::path& path, const std::string& what) {
  const auto [other, is_new] = results_.try_emplace(place_of(path), what);
  if (!is_new) refuse(path, other->second, what);
  const auto id = id_of(path);
  if (!id) return;
  if (const auto input = inputs_.find(*id); input != inputs_.end())
    refuse(path, input->second, what);
  if (const auto held = holds_.find(*id); held != holds_.end())
    refuse(path, "the folder of " + held->second, what);
  require_no_picture(path);
}

}  // namespace auriga::app
