// The files in a folder, however deep, or in a ZIP file, to look for model files in them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace auriga::app {

class FileCollection {
 public:
  struct Entry {
    std::string label;  // for people: the path, in a ZIP file after the path of that file
    std::string name;   // without folders
    std::uintmax_t size = 0;
  };
  using Sink = std::function<void(std::string_view)>;

  virtual ~FileCollection() = default;
  const std::vector<Entry>& entries() const { return entries_; }
  // The content of one entry in pieces, never more bytes than its size. Throws Error(input) that
  // names it when it cannot be read, is shorter or longer.
  virtual void read(std::size_t entry, const Sink& sink) = 0;

 protected:
  std::vector<Entry> entries_;
};

// The regular files of the given sizes in `source`. Links to folders are not followed. Names in a
// ZIP file never become paths; no more than `most_bytes` in all are read from one. Throws
// Error(input) when `source` is neither a folder nor a ZIP file that can be read, or such an entry
// is encrypted.
std::unique_ptr<FileCollection> open_collection(const std::filesystem::path& source,
                                                const std::set<std::uintmax_t>& sizes,
                                                std::uintmax_t most_bytes);

}  // namespace auriga::app
