// A model pack being put together: a hidden folder beside the place of the finished pack, so that
// the pack appears, or grows, only by complete files that are moved into it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "auriga/packs.hpp"

namespace auriga::app {

// Writes a file to its end or throws Error(output) with advice. One thread.
class StagedFile {
 public:
  // Creates the file and its folders. With `append` what is there already is kept.
  explicit StagedFile(std::filesystem::path file, bool append = false);
  ~StagedFile();
  StagedFile(const StagedFile&) = delete;
  StagedFile& operator=(const StagedFile&) = delete;

  void write(std::string_view bytes);
  // To call after the last write: a full disk may be noticed no earlier than here.
  void close();

 private:
  std::filesystem::path file_;
  int descriptor_ = -1;
};

class PackStaging {
 public:
  // Opens the folder `.<pack>.part` in `packs` and creates both where needed; files that an
  // interrupted attempt left are still there. Throws Error(output) when that is impossible, or when
  // another process is at the same pack.
  PackStaging(const PackManifest& manifest, std::filesystem::path packs);
  // Removes the folder unless it was published or kept.
  ~PackStaging();
  PackStaging(const PackStaging&) = delete;
  PackStaging& operator=(const PackStaging&) = delete;

  // Whether an attempt left files for the next one.
  static bool waits(const PackManifest& manifest, const std::filesystem::path& packs);

  const std::filesystem::path& folder() const { return folder_; }
  const std::filesystem::path& target() const { return target_; }  // of the finished pack

  // What is in the folder waits there for the next attempt.
  void keep() { kept_ = true; }

  // The last call: moves the files of the manifest to the target: in one step where there is no
  // pack yet, else file by file, each replacing its predecessor in one step. Throws Error(output).
  void publish();

 private:
  const PackManifest& manifest_;
  std::filesystem::path folder_, target_;
  int lock_ = -1;
  bool kept_ = false;
};

}  // namespace auriga::app
