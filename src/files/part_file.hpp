// A file under construction, beside the file that it will become or serve (part_name.hpp).
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace auriga {

// Creates the folder and its missing parents; an existing folder is fine. Throws Error(output).
void create_folders(const std::filesystem::path& folder);

// Throws Error(output): "cannot <doing> <file>: <the system's reason>; <what to do>".
// Error(machine) for want of memory or of files that may be open.
[[noreturn]] void fail_output(const std::filesystem::path& file, const std::string& doing,
                              int system_error);

// Owns the file and its name until `release_name`; the destructor removes a file that still has its
// name. Every failure is an Error(output) that names the target. One thread at a time.
class PartFile {
 public:
  // The target's folder must exist. Permissions are those of a newly created file (0666 less
  // umask).
  explicit PartFile(std::filesystem::path target);
  ~PartFile();
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  // Buffered. After a failure the partial file is gone, and so `flush` and `rename_to_target` fail.
  void write(std::string_view bytes);
  void flush();

  // To the storage device, not only to the kernel. Call after `flush`.
  void sync();
  // Closes the complete file. Call after `flush`.
  void end();
  // Moves the complete file over the target, after `end` if need be. Call after `flush`.
  void rename_to_target();
  // Removes the name; the open file lives on until it is closed, and no crash leaves it behind.
  void unlink();

  // Reads from `offset` on, up to `size` bytes, fewer only at the end. Call after `flush`.
  std::size_t read(std::size_t offset, char* bytes, std::size_t size) const;

  const std::filesystem::path& target() const { return target_; }
  const std::filesystem::path& partial() const { return partial_; }  // empty without a name

 private:
  void discard() noexcept;
  void write_through(std::string_view bytes);
  [[noreturn]] void fail(int system_error);
  void require_open() const;

  std::filesystem::path target_;
  std::filesystem::path partial_;  // empty once the name is gone
  std::string buffer_;
  int descriptor_ = -1;
};

}  // namespace auriga
