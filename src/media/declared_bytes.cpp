#include "media/declared_bytes.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "media/asf_header.hpp"
#include "media/matroska_end.hpp"

namespace auriga {

namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr int kMostParts = 1 << 20;  // of the outermost level

std::string_view text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// ISO/IEC 14496-12, section 4.2: size of 32 bits, type, and a size of 64 bits where the first is 1;
// 0 means up to the end of the file.
std::int64_t mp4_bytes(const FileBytes& file) {
  constexpr std::array<std::string_view, 18> kTypes{"ftyp", "moov", "mdat", "moof", "mfra", "sidx",
                                                    "ssix", "styp", "free", "skip", "wide", "uuid",
                                                    "pnot", "meta", "udta", "emsg", "prft", "pdin"};
  std::int64_t at = 0;
  for (int boxes = 0; boxes < kMostParts; ++boxes) {
    std::array<std::uint8_t, 16> head{};
    if (!file.fill(at, std::span(head).first(8))) return at;
    if (std::find(kTypes.begin(), kTypes.end(), text(Bytes(head).subspan(4, 4))) == kTypes.end())
      return at;  // the first: no MP4; a later one: what somebody appended
    std::uint64_t size = big_endian(Bytes(head).first(4));
    if (size == 0) return file.size;
    if (size == 1) {
      if (!file.fill(at, head)) return at + 16;
      size = big_endian(Bytes(head).subspan(8));
    }
    if (size < 8 || size > static_cast<std::uint64_t>(INT64_MAX - at)) return at;
    at += static_cast<std::int64_t>(size);
    if (at > file.size) return at;
  }
  return at;
}

// One RIFF chunk, or several of at most a gigabyte (OpenDML). Some programs count the eight bytes
// of the chunk's own header.
std::int64_t avi_bytes(const FileBytes& file) {
  std::int64_t at = 0;
  for (int chunks = 0; chunks < kMostParts; ++chunks) {
    std::array<std::uint8_t, 12> head{};
    if (!file.fill(at, head) || text(Bytes(head).first(4)) != "RIFF" ||
        text(Bytes(head).subspan(8, 3)) != "AVI")
      return at;
    const std::uint64_t size = little_endian(Bytes(head).subspan(4, 4));
    if (size == 0 || size == UINT32_MAX) return 0;  // never completed
    at += 8 + static_cast<std::int64_t>(size + (size & 1));
    if (at > file.size) return at <= file.size + 9 ? file.size : at;
  }
  return at;
}

// The number "filesize" of the first tag, onMetaData.
std::int64_t flv_bytes(const FileBytes& file) {
  constexpr std::string_view kKey(
      "\0\x08"
      "filesize\0",
      11);
  std::vector<std::uint8_t> head(1 << 14);
  head.resize(file.read(0, head));
  const std::string_view bytes = text(head);
  const std::size_t key = bytes.find(kKey);
  if (key == std::string_view::npos || bytes.size() - key < kKey.size() + 8) return 0;
  const auto size = std::bit_cast<double>(big_endian(Bytes(head).subspan(key + kKey.size(), 8)));
  return size > 0 && size < 0x1p53 ? static_cast<std::int64_t>(size) : 0;
}

}  // namespace

std::int64_t declared_bytes(const FileBytes& file) {
  std::vector<std::uint8_t> head(1 << 13);
  head.resize(file.read(0, head));
  const std::string_view begin = text(head);
  if (begin.starts_with("RIFF")) return avi_bytes(file);
  if (begin.starts_with("FLV\x01")) return flv_bytes(file);
  if (begin.starts_with("\x1A\x45\xDF\xA3")) return matroska_declared_bytes(file);
  if (const std::int64_t asf = asf_declared_bytes(head); asf > 0) return asf;
  return mp4_bytes(file);
}

}  // namespace auriga
