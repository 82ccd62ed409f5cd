// For fuzz targets of what looks at names and neighbours of files: a folder of their own.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <unistd.h>

namespace auriga::fuzz {

// In memory where the system has such a place. It goes with the process, if that ends in order.
class Folder {
 public:
  Folder() {
    const char* place = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    std::string name = std::string(place) + "/auriga-fuzz-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) __builtin_trap();
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::filesystem::path& path() const { return path_; }

  // What was there under this name is gone, whatever it was.
  std::filesystem::path write(const std::string& name, std::string_view bytes) const {
    const std::filesystem::path file = path_ / name;
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!out.flush()) __builtin_trap();
    return file;
  }

 private:
  std::filesystem::path path_;
};

// The one of this process.
inline const Folder& folder() {
  static const Folder one;
  return one;
}

inline std::string_view text(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace auriga::fuzz
