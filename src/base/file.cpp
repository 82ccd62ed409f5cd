#include "base/file.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

namespace auriga {

std::string read_file(const std::filesystem::path& file, ErrorCode code, const std::string& what,
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
  std::string bytes(static_cast<std::size_t>(size), '\0');
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  if (!in) throw Error(code, name + ": cannot open the " + what + ": " + std::strerror(errno));
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (static_cast<std::size_t>(in.gcount()) != bytes.size())
    throw Error(code, name + ": the " + what + " ended after " + std::to_string(in.gcount()) +
                          " of " + std::to_string(bytes.size()) +
                          " bytes; is it still being copied?");
  return bytes;
}

}  // namespace auriga
