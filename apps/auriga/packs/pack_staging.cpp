#include "packs/pack_staging.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auriga/error.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;

const char* advice(int system_error) {
  switch (system_error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return "free some space or choose a folder on another disk with --to DIR";
    case EACCES:
    case EPERM:
    case EROFS:
      return "choose a folder that you may write to with --to DIR";
    default:
      return "check that folder or choose another one with --to DIR";
  }
}

[[noreturn]] void fail(const std::string& doing, const fs::path& path, int system_error) {
  throw Error(ErrorCode::output, "cannot " + doing + " " + path.string() + ": " +
                                     std::generic_category().message(system_error) + "; " +
                                     advice(system_error));
}

void create_folder(const fs::path& folder) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) fail("create the folder", folder, failed.value());
}

bool holds_files(const fs::path& folder) {
  std::error_code failed, ignored;
  for (fs::recursive_directory_iterator entry(folder, failed), end; !failed && entry != end;
       entry.increment(failed))
    if (!entry->is_directory(ignored)) return true;
  return false;
}

bool same_file(int descriptor, const fs::path& path) {
  struct stat opened, named;
  return fstat(descriptor, &opened) == 0 && stat(path.c_str(), &named) == 0 &&
         opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

}  // namespace

StagedFile::StagedFile(fs::path file, bool append) : file_(std::move(file)) {
  create_folder(file_.parent_path());
  const int how = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | (append ? O_APPEND : O_TRUNC);
  descriptor_ = open(file_.c_str(), how, 0666);
  if (descriptor_ < 0) fail("write", file_, errno);
}

StagedFile::~StagedFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void StagedFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write", file_, errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void StagedFile::close() {
  if (::close(std::exchange(descriptor_, -1)) != 0 && errno != EINTR) fail("write", file_, errno);
}

PackStaging::PackStaging(const PackManifest& manifest, fs::path packs)
    : manifest_(manifest),
      folder_(packs / ("." + manifest.name + ".part")),
      target_(packs / manifest.name) {
  // Another process may remove the folder between creating and locking it.
  do {
    if (lock_ >= 0) close(lock_);
    create_folder(folder_);
    lock_ = open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (lock_ < 0) fail("open", folder_, errno);
    if (flock(lock_, LOCK_EX | LOCK_NB) != 0) {
      const int error = errno;
      close(lock_);
      if (error == EWOULDBLOCK)
        throw Error(ErrorCode::output, target_.string() +
                                           ": another auriga is getting this pack; wait for it, "
                                           "or choose another folder with --to DIR");
      fail("lock", folder_, error);
    }
  } while (!same_file(lock_, folder_));
}

bool PackStaging::waits(const PackManifest& manifest, const fs::path& packs) {
  return holds_files(packs / ("." + manifest.name + ".part"));
}

PackStaging::~PackStaging() {
  std::error_code ignored;
  if (!folder_.empty() && (!kept_ || !holds_files(folder_))) fs::remove_all(folder_, ignored);
  close(lock_);
}

void PackStaging::publish() {
  std::vector<fs::path> files;
  std::error_code failed;
  for (const PackFile& file : manifest_.files)
    for (const FileVersion& version : file.versions)
      if (fs::is_regular_file(folder_ / version.path, failed)) files.push_back(version.path);
  if (files.empty()) return;
  if (syncfs(lock_) != 0 && errno != ENOSYS) fail("write", folder_, errno);

  if (fs::symlink_status(target_, failed).type() == fs::file_type::not_found) {
    for (fs::recursive_directory_iterator entry(folder_, failed), end; !failed && entry != end;
         entry.increment(failed)) {
      const fs::path relative = entry->path().lexically_relative(folder_);
      std::error_code ignored;
      if (!entry->is_directory(ignored) &&
          std::find(files.begin(), files.end(), relative) == files.end())
        fs::remove(entry->path(), ignored);
    }
    fs::rename(folder_, target_, failed);
    if (failed) fail("move the finished pack to", target_, failed.value());
    folder_.clear();
    return;
  }
  for (const fs::path& file : files) {
    create_folder((target_ / file).parent_path());
    fs::rename(folder_ / file, target_ / file, failed);
    if (failed) fail("move a finished file to", target_ / file, failed.value());
  }
}

}  // namespace auriga::app
