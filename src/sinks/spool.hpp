// Rows that wait in a file without a name beside the target, so that memory does not grow with
// them.
#pragma once

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "files/part_file.hpp"

namespace auriga {

// Written once, then read back line by line; lines end in \n. Failures are those of PartFile. One
// thread at a time.
class Spool {
 public:
  explicit Spool(const std::filesystem::path& target) : file_(target) { file_.unlink(); }

  void add(std::string_view line) { file_.write(line); }

  void rewind() {
    file_.flush();
    chunk_.clear();
    offset_ = at_ = 0;
  }

  // Next line without its end, valid until the next call.
  std::string_view next_line() {
    while (true) {
      const std::size_t end = chunk_.find('\n', at_);
      if (end != std::string::npos) {
        const std::string_view line = std::string_view(chunk_).substr(at_, end - at_);
        at_ = end + 1;
        return line;
      }
      chunk_.erase(0, at_);
      at_ = 0;
      const std::size_t kept = chunk_.size();
      chunk_.resize(kept + kChunkBytes);
      const std::size_t got = file_.read(offset_, chunk_.data() + kept, kChunkBytes);
      if (got == 0) fail_output(file_.target(), "read back the rows of", EIO);
      chunk_.resize(kept + got);
      offset_ += got;
    }
  }

 private:
  static constexpr std::size_t kChunkBytes = 256 * 1024;
  PartFile file_;
  std::string chunk_;
  std::size_t at_ = 0;      // in chunk_
  std::size_t offset_ = 0;  // in the file, of the byte after chunk_
};

}  // namespace auriga
