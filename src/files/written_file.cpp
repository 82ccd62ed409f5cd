#include "files/written_file.hpp"

#include <exception>

#include <sys/stat.h>

#include "auriga/error.hpp"

#include "files/face_folder.hpp"
#include "files/sha256.hpp"

namespace auriga {

Written look_up(const std::filesystem::path& file) {
  struct stat info {};
  if (stat(file.c_str(), &info) != 0 || !S_ISREG(info.st_mode))
    throw Error(ErrorCode::input, file.string() + ": expected a file, found none; check the path");
  Written found;
  found.path = file;
  found.size_bytes = static_cast<std::uint64_t>(info.st_size);
  found.modified_ns =
      std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + std::int64_t{info.st_mtim.tv_nsec};
  return found;
}

Written describe_file(const std::filesystem::path& file) {
  Written found = look_up(file);
  found.sha256 = sha256_of_file(file);
  return found;
}

bool is_as_written(const Written& written, const std::filesystem::path& path) {
  try {
    if (written.sha256.empty()) return false;
    std::error_code failed;
    if (std::filesystem::is_directory(path, failed)) {
      const Written now = describe_faces(path);
      return now.files == written.files && now.size_bytes == written.size_bytes &&
             now.sha256 == written.sha256;
    }
    const Written now = look_up(path);
    if (written.files != 0 || now.size_bytes != written.size_bytes) return false;
    return now.modified_ns == written.modified_ns || sha256_of_file(path) == written.sha256;
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace auriga
