#include "base/file.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

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
  if (errno == EMFILE || errno == ENFILE) throw std::system_error(errno, std::generic_category());
  throw Error(code, file.string() + ": cannot open the " + what + ": " + std::strerror(errno));
}

}  // namespace

std::string read_file(const std::filesystem::path& file, ErrorCode code, const std::string& what,
                      std::size_t limit) {
  std::string bytes(checked_size(file, code, what, limit), '\0');
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  if (!in) fail_opening(file, code, what);
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (static_cast<std::size_t>(in.gcount()) != bytes.size())
    throw Error(code, file.string() + ": the " + what + " ended after " +
                          std::to_string(in.gcount()) + " of " + std::to_string(bytes.size()) +
                          " bytes; is it still being copied?");
  return bytes;
}

OpenFile open_file(const std::filesystem::path& file, ErrorCode code, const std::string& what,
                   std::size_t limit) {
  checked_size(file, code, what, limit);
  OpenFile handle(std::fopen(file.c_str(), "rb"));
  if (!handle) fail_opening(file, code, what);
  return handle;
}

}  // namespace auriga
