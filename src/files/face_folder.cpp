#include "files/face_folder.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include "files/part_file.hpp"
#include "files/part_name.hpp"
#include "files/sha256.hpp"

namespace auriga {

namespace fs = std::filesystem;

namespace {

fs::path create_part(const fs::path& folder) {
  create_folders(folder.parent_path());
  for (;;) {
    fs::path part = part_path(folder);
    std::error_code failed;
    if (fs::create_directory(part, failed)) return part;
    if (failed) fail_output(folder, "create the folder", failed.value());
  }
}

enum class Exchange { done, gone, unknown };

// Two names of one file system, in one step. `unknown`: this one cannot. `gone`: there is no `b`.
Exchange exchange(const fs::path& a, const fs::path& b) {
#ifdef RENAME_EXCHANGE
  if (renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) == 0)
    return Exchange::done;
  if (errno == ENOENT) return Exchange::gone;
  if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP) fail_output(b, "write", errno);
#else
  static_cast<void>(a), static_cast<void>(b);
#endif
  return Exchange::unknown;
}

std::vector<fs::path> entries(const fs::path& folder, std::error_code& failed) {
  std::vector<fs::path> all;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end;
       entry.increment(failed))
    all.push_back(entry->path());
  return all;
}

// Names of what is not ours, so that it is in the folder from the moment on that it has its name.
void link_others(const fs::path& from, const fs::path& to) {
  std::error_code ignored;
  for (const fs::path& entry : entries(from, ignored))
    if (!is_face_file(entry.filename().string()))
      fs::create_hard_link(entry, to / entry.filename(), ignored);  // folders move afterwards
}

}  // namespace

bool is_face_file(std::string_view name) {
  return name.starts_with("frame_det_") || name.starts_with("face_det_");
}

FaceFolder::FaceFolder(fs::path folder) : target_(std::move(folder)), folder_(target_) {
  std::error_code ignored;
  if (fs::is_symlink(folder_, ignored)) {
    const fs::path real = fs::canonical(folder_, ignored);
    if (!ignored) folder_ = real;
  }
  const fs::file_status status = fs::status(folder_, ignored);
  if (fs::exists(status) && !fs::is_directory(status))
    fail_output(folder_, "create the folder", ENOTDIR);
  part_ = create_part(folder_);
}

FaceFolder::~FaceFolder() {
  std::error_code ignored;
  if (!part_.empty()) fs::remove_all(part_, ignored);
}

// Another run may do the same at any time, so that a name can come and go between two steps.
void FaceFolder::publish() {
  constexpr int kMostAttempts = 100;
  const auto is_in_the_way = [](int error) { return error == ENOTEMPTY || error == EEXIST; };
  for (int attempt = 1; !part_.empty(); ++attempt) {
    if (std::rename(part_.c_str(), folder_.c_str()) == 0) {
      part_.clear();
      return;
    }
    if (!is_in_the_way(errno) || attempt == kMostAttempts) fail_output(folder_, "write", errno);
    link_others(folder_, part_);
    const Exchange exchanged = exchange(part_, folder_);
    if (exchanged == Exchange::gone) continue;
    fs::path before;
    if (exchanged == Exchange::done) {
      before = std::exchange(part_, {});
    } else {
      before = create_part(folder_);
      if (std::rename(folder_.c_str(), before.c_str()) == 0) {
        if (std::rename(part_.c_str(), folder_.c_str()) == 0)
          part_.clear();
        else if (!is_in_the_way(errno) && std::rename(before.c_str(), folder_.c_str()) == 0)
          continue;
      }
    }
    remove_part(before, folder_);
  }
}

void FaceFolder::remove_part(const fs::path& part, const fs::path& target) noexcept {
  try {
    std::error_code failed;
    for (const fs::path& entry : entries(part, failed)) {
      const std::string name = entry.filename().string();
      std::error_code ignored;
      if (is_face_file(name) || fs::equivalent(entry, target / name, ignored))
        fs::remove(entry, ignored);
      else if (!fs::exists(fs::symlink_status(target / name, ignored)))
        fs::rename(entry, target / name, ignored);
    }
    fs::remove(part, failed);  // only if it is empty
  } catch (const std::exception&) {
    // Out of memory: a later run removes it.
  }
}

Written describe_faces(const fs::path& folder) {
  std::error_code failed;
  std::vector<std::string> lines;
  Written found{.path = folder};
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    const std::string name = entry->path().filename().string();
    if (!is_face_file(name)) continue;
    const std::uintmax_t size = entry->file_size(failed);
    if (failed) break;
    found.size_bytes += size;
    lines.push_back(fmt::format("{} {}\n", name, size));
  }
  if (failed) fail_output(folder, "read back", failed.value());
  std::sort(lines.begin(), lines.end());
  Sha256 hash;
  for (const std::string& line : lines) hash.update(line);
  found.files = static_cast<std::int64_t>(lines.size());
  found.sha256 = hash.hex_digest();
  return found;
}

}  // namespace auriga
