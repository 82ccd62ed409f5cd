#include "base/file.hpp"

#include <cerrno>
#include <cstring>
#include <new>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace auriga {

namespace {

// Size of a regular file. Throws as read_file.
std::size_t checked_size(const std::filesystem::path& file, ErrorCode code, const std::string& what,
                         std::size_t limit) {
  const std::string name = file.string();
  std::error_code failed;
  const auto status = std::filesystem::status(file, failed);
  if (status.type() == std::filesystem::file_type::not_found)
    throw Error(code, name + ": the " + what + " is missing; check the path");
  if (failed) throw Error(code, name + ": cannot look up the " + what + ": " + failed.message());
  if (!std::filesystem::is_regular_file(status))
    throw Error(code, name + ": expected a file (" + what + "), found a folder or device");
  const auto size = std::filesystem::file_size(file, failed);
  if (failed)
    throw Error(code, name + ": cannot read the size of the " + what + ": " + failed.message());
  if (size > limit)
    throw Error(code, name + ": expected a " + what + " of at most " + std::to_string(limit) +
                          " bytes, found " + std::to_string(size) +
                          "; this is probably another file");
  return static_cast<std::size_t>(size);
}

[[noreturn]] void fail_opening(const std::filesystem::path& file, ErrorCode code,
                               const std::string& what) {
  check_limits(file, what, errno);
  throw Error(code, file.string() + ": cannot open the " + what + ": " + std::strerror(errno));
}

}  // namespace

void check_limits(const std::filesystem::path& file, const std::string& what, int error) {
  if (error == ENOMEM) throw std::bad_alloc();
  if (error == EMFILE || error == ENFILE)
    throw Error(ErrorCode::machine, file.string() + ": cannot open the " + what + ": " +
                                        std::strerror(error) +
                                        "; raise the limit, or take fewer --jobs");
}

std::string read_file(const std::filesystem::path& file, ErrorCode code, const std::string& what,
                      std::size_t limit) {
  std::string bytes(checked_size(file, code, what, limit), '\0');
  const std::size_t got = read_pieces(
      file, code, what, [&](std::size_t at) { return std::span(bytes).subspan(at); }, [](auto) {});
  if (got != bytes.size())
    throw Error(code, file.string() + ": the " + what + " ended after " + std::to_string(got) +
                          " of " + std::to_string(bytes.size()) +
                          " bytes; is it still being copied?");
  return bytes;
}

std::optional<std::string> read_file_if_any(const std::filesystem::path& file, ErrorCode code,
                                            const std::string& what, std::size_t limit) {
  std::error_code failed;
  const auto status = std::filesystem::status(file, failed);
  if (status.type() == std::filesystem::file_type::not_found) return std::nullopt;
  if (!failed && !std::filesystem::is_regular_file(status)) return std::nullopt;
  return read_file(file, code, what, limit);
}

std::size_t read_pieces(const std::filesystem::path& file, ErrorCode code, const std::string& what,
                        const std::function<std::span<char>(std::size_t)>& room,
                        const std::function<void(std::string_view)>& take) {
  struct Descriptor {
    int number;
    ~Descriptor() { close(number); }
  };
  const int opened = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (opened < 0) fail_opening(file, code, what);
  const Descriptor descriptor{opened};
  std::size_t done = 0;
  for (std::span<char> to = room(done); !to.empty(); to = room(done)) {
    const ssize_t got = read(descriptor.number, to.data(), to.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      throw Error(code, file.string() + ": cannot read the " + what + " (byte " +
                            std::to_string(done) + "): " + std::strerror(errno));
    if (got == 0) break;
    take({to.data(), static_cast<std::size_t>(got)});
    done += static_cast<std::size_t>(got);
  }
  return done;
}

OpenFile open_file(const std::filesystem::path& file, ErrorCode code, const std::string& what,
                   std::size_t limit) {
  checked_size(file, code, what, limit);
  OpenFile handle(std::fopen(file.c_str(), "rb"));
  if (!handle) fail_opening(file, code, what);
  return handle;
}

struct SteadyFile::Times {
  std::size_t size;
  timespec modified, changed;
  nlink_t names;
};

SteadyFile::SteadyFile(std::filesystem::path file, ErrorCode code, std::string what,
                       std::size_t limit)
    : path_(std::move(file)), code_(code), what_(std::move(what)) {
  checked_size(path_, code_, what_, limit);
  descriptor_ = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0) fail_opening(path_, code_, what_);
  opened_ = std::make_unique<const Times>(times());
  size_ = opened_->size;
}

SteadyFile::~SteadyFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

SteadyFile::Times SteadyFile::times() const {
  struct stat status {};
  if (fstat(descriptor_, &status) != 0)
    throw Error(code_,
                path_.string() + ": cannot look up the " + what_ + ": " + std::strerror(errno));
#ifdef __APPLE__
  const timespec modified = status.st_mtimespec, changed = status.st_ctimespec;
#else
  const timespec modified = status.st_mtim, changed = status.st_ctim;
#endif
  return {static_cast<std::size_t>(status.st_size), modified, changed, status.st_nlink};
}

void SteadyFile::read(std::size_t at, char* bytes, std::size_t count) const {
  std::size_t done = 0;
  while (done < count) {
    const ssize_t got =
        pread(descriptor_, bytes + done, count - done, static_cast<off_t>(at + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      throw Error(code_, path_.string() + ": cannot read the " + what_ + " (byte " +
                             std::to_string(at + done) + "): " + std::strerror(errno));
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  const auto same = [](const timespec& a, const timespec& b) {
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
  };
  const Times now = times();
  // The loss of a name, as when another file takes its place, is a change of the file, too, but not
  // of what it holds.
  const bool steady = done == count && now.size == opened_->size &&
                      same(now.modified, opened_->modified) &&
                      (same(now.changed, opened_->changed) || now.names != opened_->names);
  if (!steady)
    throw Error(code_, path_.string() + ": the " + what_ +
                           " was changed while it is in use (expected the file of " +
                           std::to_string(opened_->size) +
                           " bytes that was there at the start); start again once it is complete");
}

}  // namespace auriga
