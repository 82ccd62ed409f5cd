// A folder for files that nobody is to see.
#pragma once

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>

#include "auriga/error.hpp"

namespace auriga::app {

// Fresh and empty, below the system's folder for temporary files; removed with all that is in it.
class TemporaryFolder {
 public:
  // Throws Error(output).
  TemporaryFolder() {
    std::error_code failed;
    std::string name = (std::filesystem::temp_directory_path(failed) / "auriga-XXXXXX").string();
    if (failed || mkdtemp(name.data()) == nullptr)
      throw Error(ErrorCode::output, name + ": cannot create a temporary folder: " +
                                         (failed ? failed.message() : std::strerror(errno)) +
                                         "; set TMPDIR to a folder that can be written");
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace auriga::app
