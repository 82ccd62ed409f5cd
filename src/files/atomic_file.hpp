// Files that appear under their final name only when they are complete.
#pragma once

#include <filesystem>
#include <string_view>

#include "auriga/sink.hpp"

#include "files/part_file.hpp"
#include "files/sha256.hpp"

namespace auriga {

// What a committed file survives besides the end of the program.
enum class Durability {
  power_loss,  // waits for the storage device: milliseconds per file
  crash,       // complete or absent whenever the program dies; for many small files
};

// Writes a file beside the target (part_name.hpp); `commit` gives it its name and replaces an
// older file in one step. Without `commit` the destructor removes the partial file and an older
// file stays as it was. Every failure is an Error(output) with the file, the system's reason and
// what to do; a target that is a folder, a device or a pipe, or lies in a folder that cannot be
// written, is refused by the constructor. A target that is a link stays one. One thread at a time.
class AtomicFile {
 public:
  explicit AtomicFile(const std::filesystem::path& target,
                      Durability durability = Durability::power_loss)
      : target_(target), file_(target), durability_(durability) {}

  void write(std::string_view bytes);
  // Nothing can be written after it; `commit` only gives the file its name then. What it tells has
  // a hash only with Durability::power_loss.
  Written complete();
  void commit();

 private:
  std::filesystem::path target_;  // as given
  PartFile file_;
  Durability durability_;
  Sha256 hash_;
  bool complete_ = false;
};

// The whole file at once.
void write_file(const std::filesystem::path& target, std::string_view bytes,
                Durability durability = Durability::power_loss);

}  // namespace auriga
