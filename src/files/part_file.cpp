#include "files/part_file.hpp"

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include "auriga/error.hpp"

#include "files/part_name.hpp"

namespace auriga {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;

const char* advice(int system_error) {
  switch (system_error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return "free some space, raise the quota or choose another disk";
    case EACCES:
    case EPERM:
    case EROFS:
      return "choose a folder that you may write to";
    case ENOENT:
    case ENOTDIR:
      return "create its folder or choose another one";
    case EISDIR:
      return "choose a name that is not a folder";
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return "raise the limit, or take fewer --jobs";
    case ENAMETOOLONG:
      return "choose a shorter name";
    default:
      return "check the path and the disk";
  }
}

// A link to a file stays a link: what it points to is replaced.
fs::path resolved(const fs::path& target) {
  std::error_code error;
  if (!fs::is_symlink(target, error)) return target;
  fs::path real = fs::canonical(target, error);
  return error ? target : real;
}

int open_unique(const fs::path& target, fs::path& partial) {
  for (int attempt = 0;; ++attempt) {
    partial = part_path(target);
    const int descriptor = open(partial.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor >= 0) return descriptor;
    const bool again = (errno == EEXIST && attempt < 1000) || errno == EINTR;
    if (!again) {
      partial.clear();
      return -1;
    }
  }
}

}  // namespace

void fail_output(const fs::path& file, const std::string& doing, int system_error) {
  const bool is_limit = system_error == EMFILE || system_error == ENFILE || system_error == ENOMEM;
  throw Error(is_limit ? ErrorCode::machine : ErrorCode::output,
              fmt::format("cannot {} {}: {}; {}", doing, file.string(),
                          std::generic_category().message(system_error), advice(system_error)));
}

void create_folders(const fs::path& folder) {
  if (folder.empty()) return;
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) fail_output(folder, "create the folder", error.value());
  if (!fs::is_directory(folder, error)) fail_output(folder, "create the folder", ENOTDIR);
}

PartFile::PartFile(fs::path target) : target_(resolved(target)) {
  std::error_code error;
  const fs::file_status status = fs::status(target_, error);
  if (fs::is_directory(status)) fail_output(target_, "write", EISDIR);
  // Renaming over a device or a pipe would replace it by a file.
  if (fs::exists(status) && !fs::is_regular_file(status))
    throw Error(ErrorCode::output, fmt::format("cannot write {}: it is a device, pipe or socket, "
                                               "expected a file; choose the name of a file",
                                               target_.string()));
  if (!target_.has_filename()) fail_output(target_, "write", ENOENT);
  descriptor_ = open_unique(target_, partial_);
  if (descriptor_ < 0) fail_output(target_, "write", errno);
}

PartFile::~PartFile() { discard(); }

void PartFile::discard() noexcept {
  if (descriptor_ >= 0) close(descriptor_);
  descriptor_ = -1;
  if (!partial_.empty()) ::unlink(partial_.c_str());
  partial_.clear();
  buffer_.clear();
}

void PartFile::fail(int system_error) {
  discard();
  fail_output(target_, "write", system_error);
}

void PartFile::require_open() const {
  if (descriptor_ < 0)
    throw Error(ErrorCode::output, fmt::format("cannot write {}: an earlier attempt to write it "
                                               "failed; remove the cause and start again",
                                               target_.string()));
}

void PartFile::write(std::string_view bytes) {
  if (buffer_.size() + bytes.size() > kBufferBytes) flush();
  if (bytes.size() > kBufferBytes) {
    write_through(bytes);
  } else {
    buffer_.append(bytes);
  }
}

void PartFile::flush() {
  write_through(buffer_);
  buffer_.clear();
}

void PartFile::write_through(std::string_view bytes) {
  require_open();
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void PartFile::sync() {
  while (fsync(descriptor_) != 0) {
    if (errno == EINTR) continue;
    // Some file systems cannot synchronise; the bytes are then as safe as they get.
    if (errno == EINVAL || errno == ENOTSUP) return;
    fail(errno);
  }
}

void PartFile::end() {
  require_open();
  // Network file systems report a full disk no earlier than here.
  const int closed = close(std::exchange(descriptor_, -1));
  if (closed != 0 && errno != EINTR) fail(errno);
}

void PartFile::rename_to_target() {
  if (descriptor_ >= 0) end();
  if (partial_.empty()) require_open();
  if (std::rename(partial_.c_str(), target_.c_str()) != 0) fail(errno);
  partial_.clear();
}

void PartFile::unlink() {
  if (::unlink(partial_.c_str()) != 0) fail(errno);
  partial_.clear();
}

std::size_t PartFile::read(std::size_t offset, char* bytes, std::size_t size) const {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got =
        pread(descriptor_, bytes + done, size - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_output(target_, "read back the rows of", errno);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

}  // namespace auriga
