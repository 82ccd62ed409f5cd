// The bytes of one file for libavformat.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "media/file_bytes.hpp"

struct AVIOContext;

namespace auriga {

// A file that libavformat reads through callbacks and not by name, so that no name can be taken for
// a URL, a device or a pattern of several files. Not thread-safe.
class FileInput {
 public:
  // Throws Error(input) unless `file` is a non-empty regular file, or a link to one: on a pipe or a
  // device a read could wait for ever.
  explicit FileInput(const std::filesystem::path& file);
  ~FileInput();
  FileInput(const FileInput&) = delete;
  FileInput& operator=(const FileInput&) = delete;

  // The same open file from its begin, whatever its name stands for by now. This one must not be
  // read any more: they share their place in the file. Throws std::system_error.
  std::unique_ptr<FileInput> from_begin() const;

  AVIOContext* context() const { return context_; }

  std::int64_t size() const;  // bytes
  // Any part of it, at any time, valid as long as this.
  FileBytes bytes() const;

 private:
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  using Handle = std::unique_ptr<std::FILE, Close>;

  explicit FileInput(Handle file);

  Handle file_;
  AVIOContext* context_ = nullptr;
};

}  // namespace auriga
