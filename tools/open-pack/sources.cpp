#include "sources.hpp"

#include "auriga/error.hpp"

#include "base/file.hpp"
#include "files/sha256.hpp"
#include "refuse.hpp"

namespace auriga::open_pack {

std::string note(std::string_view origin) {
  return "Converted from TFLite to ONNX by auriga from " + std::string(origin) +
         " (MediaPipe, Copyright The MediaPipe Authors, Apache License 2.0)";
}

std::string read_source(const Source& source, const std::filesystem::path& file) {
  const std::string all =
      read_file(file, ErrorCode::model, std::string(source.origin), kMostFileBytes);
  if (all.size() < source.offset + source.size)
    refuse(file.string(),
           std::to_string(source.offset + source.size) + " bytes or more (" +
               std::string(source.origin) + ")",
           std::to_string(all.size()));
  std::string bytes = all.substr(source.offset, source.size);
  Sha256 hash;
  hash.update(bytes);
  const std::string found = hash.hex_digest();
  if (found != source.sha256)
    refuse(file.string() + ", " + std::to_string(source.size) + " bytes from byte " +
               std::to_string(source.offset),
           std::string(source.origin) + " with SHA-256 " + std::string(source.sha256),
           "SHA-256 " + found);
  return bytes;
}

}  // namespace auriga::open_pack
