#include "clm/packed_cache.hpp"

#include <cerrno>
#include <cstdio>
#include <exception>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/part_file.hpp"
#include "files/part_name.hpp"
#include "files/sha256.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;

// The number changes with whatever changes the packed form (packed_network.cpp) or what is packed.
constexpr const char* kTitle = "auriga packed experts 1";

fs::path file_of(const fs::path& cache, const std::string& sha256, int view) {
  return packed_folder(cache) / (sha256 + "-" + std::to_string(view) + ".packed");
}

// The name of such a file, or of one that is not complete.
bool is_ours(std::string_view name) {
  constexpr std::size_t kDigits = 64;
  return name.size() > kDigits && name[kDigits] == '-' &&
         name.find_first_not_of("0123456789abcdef") == kDigits &&
         name.find(".packed", kDigits) != std::string_view::npos;
}

std::string header_of(const std::string& sha256, int view, std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  std::string text = std::string(kTitle) + "\nof " + sha256 + "\nview " + std::to_string(view) +
                     "\nbytes " + std::to_string(bytes.size()) + "\nsha256 " + hash.hex_digest() +
                     "\n";
  text.resize(kPackedBegin);
  return text;
}

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = ::write(descriptor, bytes.data(), bytes.size());
    if (size > 0) bytes.remove_prefix(static_cast<std::size_t>(size));
    if (size == 0 || (size < 0 && errno != EINTR)) return false;
  }
  return true;
}

}  // namespace

fs::path packed_folder(const fs::path& cache) { return cache / "packed-experts"; }

std::optional<Pages> find_packed(const fs::path& cache, const std::string& sha256, int view,
                                 std::size_t bytes) {
  const int descriptor =
      open(file_of(cache, sha256, view).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
  if (descriptor < 0) return std::nullopt;
  struct stat status {};
  const bool ours = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) &&
                    status.st_uid == geteuid() && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0 &&
                    static_cast<std::size_t>(status.st_size) == kPackedBegin + bytes;
  std::optional<Pages> pages;
  if (ours) pages = Pages::of_file(descriptor, kPackedBegin + bytes);
  close(descriptor);
  if (!pages) return std::nullopt;
  const std::string_view all(reinterpret_cast<const char*>(std::as_const(*pages).data()),
                             pages->size());
  if (all.substr(0, kPackedBegin) != header_of(sha256, view, all.substr(kPackedBegin)))
    return std::nullopt;
  return pages;
}

bool keep_packed(const fs::path& cache, const std::string& sha256, int view,
                 std::span<const std::byte> bytes) noexcept {
  try {
    const fs::path file = file_of(cache, sha256, view);
    mkdir(file.parent_path().c_str(), 0700);
    AbandonedParts().remove(file);
    const std::string part = part_path(file).string();
    constexpr int kForOurEyesOnly = S_IRUSR | S_IWUSR;
    const int descriptor =
        open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kForOurEyesOnly);
    if (descriptor < 0) return false;
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    bool written =
        write_all(descriptor, header_of(sha256, view, text)) && write_all(descriptor, text);
    written &= close(descriptor) == 0;
    if (written && std::rename(part.c_str(), file.c_str()) == 0) return true;
    unlink(part.c_str());
  } catch (const std::exception&) {  // out of memory: then it is not kept
  }
  return false;
}

Removed clean_packed(const fs::path& cache) {
  Removed removed;
  const fs::path folder = packed_folder(cache);
  std::error_code failed;
  std::vector<fs::path> files;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed))
    if (is_ours(at->path().filename().string())) files.push_back(at->path());
  for (const fs::path& file : files) {
    const std::uintmax_t bytes = fs::file_size(file, failed);
    if (unlink(file.c_str()) != 0) {
      if (errno == ENOENT) continue;  // another process was faster
      fail_output(file, "remove", errno);
    }
    ++removed.files;
    if (!failed) removed.bytes += bytes;
  }
  rmdir(folder.c_str());  // stays if there is something else in it
  return removed;
}

}  // namespace auriga
