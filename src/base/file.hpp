// Files to be read, with errors that say what to do.
#pragma once

#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "auriga/error.hpp"

namespace auriga {

// All bytes of a regular file. Throws Error(code) when it is missing, not a regular file, larger
// than `limit` bytes or cannot be read. `what` names the kind of file in the message, e.g. "shape
// model".
std::string read_file(const std::filesystem::path& file, ErrorCode code, const std::string& what,
                      std::size_t limit);

// The same of a file that need not be there: nothing where no regular file has this name. One that
// is there and cannot be read is an error, not an absent one.
std::optional<std::string> read_file_if_any(const std::filesystem::path& file, ErrorCode code,
                                            const std::string& what, std::size_t limit);

// Reads a file from its begin to its end, `room(bytes so far)` saying where the next ones go
// (empty: no more are wanted) and `take` getting them. Returns how many there were. Throws
// Error(code) with the system's reason when it cannot be opened or read: a failed read is no end of
// the file. Error(machine) at the limit of open files, std::bad_alloc without memory.
std::size_t read_pieces(const std::filesystem::path& file, ErrorCode code, const std::string& what,
                        const std::function<std::span<char>(std::size_t)>& room,
                        const std::function<void(std::string_view)>& take);

// After an open that failed with this errno: Error(machine) at the limit of open files,
// std::bad_alloc without memory; otherwise it returns, and the fault is the file's.
void check_limits(const std::filesystem::path& file, const std::string& what, int error);

struct CloseFile {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using OpenFile = std::unique_ptr<std::FILE, CloseFile>;

// For what is read bit by bit: never null, at its begin. Throws as read_file.
OpenFile open_file(const std::filesystem::path& file, ErrorCode code, const std::string& what,
                   std::size_t limit);

// A regular file that is read piece by piece, by any number of threads, and is the same all the
// time: what was at its path when it was opened, also if another file takes that name.
class SteadyFile {
 public:
  // Throws as read_file.
  SteadyFile(std::filesystem::path file, ErrorCode code, std::string what, std::size_t limit);
  ~SteadyFile();
  SteadyFile(const SteadyFile&) = delete;
  SteadyFile& operator=(const SteadyFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::size_t size() const { return size_; }
  // `at` + `count` <= size(). Throws Error(code) when it cannot be read, or when the file was
  // written to since it was opened.
  void read(std::size_t at, char* bytes, std::size_t count) const;

 private:
  struct Times;
  Times times() const;

  std::filesystem::path path_;
  ErrorCode code_;
  std::string what_;
  std::size_t size_ = 0;
  int descriptor_ = -1;
  std::unique_ptr<const Times> opened_;
};

}  // namespace auriga
