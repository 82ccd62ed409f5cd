#include "media/asf_header.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace auriga {

namespace {

// Identifiers and layout of the ASF specification, sections 3.1 and 3.2.
constexpr std::array<std::uint8_t, 16> kHeader{0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11,
                                               0xA6, 0xD9, 0x00, 0xAA, 0x00, 0x62, 0xCE, 0x6C};
constexpr std::array<std::uint8_t, 16> kFileProperties{
    0xA1, 0xDC, 0xAB, 0x8C, 0x47, 0xA9, 0xCF, 0x11, 0x8E, 0xE4, 0x00, 0xC0, 0x0C, 0x20, 0x53, 0x65};
constexpr std::size_t kFileSizeAt = 40;
constexpr std::size_t kFlagsAt = 88;
constexpr std::uint8_t kLiveFlag = 1;

}  // namespace

std::int64_t asf_declared_bytes(std::span<const std::uint8_t> head) noexcept {
  if (head.size() < kHeader.size() || !std::equal(kHeader.begin(), kHeader.end(), head.begin()))
    return 0;
  const auto found =
      std::search(head.begin(), head.end(), kFileProperties.begin(), kFileProperties.end());
  const auto object = head.subspan(static_cast<std::size_t>(found - head.begin()));
  if (object.size() <= kFlagsAt || (object[kFlagsAt] & kLiveFlag) != 0) return 0;
  std::uint64_t size = 0;
  for (std::size_t i = 8; i-- > 0;) size = size << 8 | object[kFileSizeAt + i];
  return size <= INT64_MAX ? static_cast<std::int64_t>(size) : 0;
}

}  // namespace auriga
