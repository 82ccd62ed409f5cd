// Keeps results from taking the place of inputs, and of each other, by whatever names these are
// reached: links to files or folders, `..`, hard links.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace auriga::app {

// Add all inputs, then all results, before anything is written. Inputs are compared by device and
// inode, results by those of their folders and by their names. Not thread-safe.
class OwnNames {
 public:
  // A file, or a folder whose pictures are read. `what`: for messages, e.g. "the input a.mp4".
  void add_input(const std::filesystem::path& path, const std::string& what);
  // A file, or a folder that is exchanged as a whole. Throws Error(usage) if it is an input, holds
  // one or has the name of another result.
  void add_result(const std::filesystem::path& path, const std::string& what);

 private:
  using FileId = std::pair<std::uint64_t, std::uint64_t>;  // device, inode
  struct PictureFolder {
    std::string what;
    std::filesystem::path path;
    std::optional<std::map<FileId, std::filesystem::path>> pictures;  // once asked for
  };

  static std::optional<FileId> id_of(const std::filesystem::path& path);
  static std::string place_of(const std::filesystem::path& path);
  void require_no_picture(const std::filesystem::path& path);

  std::map<FileId, std::string> inputs_;        // what they are
  std::map<std::string, std::string> results_;  // by place
  std::map<FileId, std::string> holds_;         // folders with an input below them, and which
  std::map<std::filesystem::path, bool> seen_folders_;
  std::map<FileId, PictureFolder> folders_;
};

}  // namespace auriga::app
