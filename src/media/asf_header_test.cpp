#include "media/asf_header.hpp"

#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

namespace auriga::test {
namespace {

// Header object, then File Properties object after 14 other bytes of the header.
std::vector<std::uint8_t> asf_head(std::uint64_t file_bytes, int flags) {
  std::vector<std::uint8_t> head{0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11,
                                 0xA6, 0xD9, 0x00, 0xAA, 0x00, 0x62, 0xCE, 0x6C};
  head.resize(30);
  const std::size_t object = head.size();
  head.insert(head.end(), {0xA1, 0xDC, 0xAB, 0x8C, 0x47, 0xA9, 0xCF, 0x11, 0x8E, 0xE4, 0x00, 0xC0,
                           0x0C, 0x20, 0x53, 0x65});
  head.resize(object + 104);
  for (std::size_t i = 0; i < 8; ++i)
    head[object + 40 + i] = static_cast<std::uint8_t>(file_bytes >> (8 * i));
  head[object + 88] = static_cast<std::uint8_t>(flags);
  return head;
}

TEST(AsfHeader, TellsTheSizeOfTheFile) {
  EXPECT_EQ(asf_declared_bytes(asf_head(0x0123456789, 2)), 0x0123456789);
}

TEST(AsfHeader, KnowsNoSizeOfLiveStreamsAndOtherFiles) {
  EXPECT_EQ(asf_declared_bytes(asf_head(1000, 3)), 0);
  EXPECT_EQ(asf_declared_bytes(asf_head(UINT64_MAX, 2)), 0);
  std::vector<std::uint8_t> other = asf_head(1000, 2);
  other[0] = 'R';
  EXPECT_EQ(asf_declared_bytes(other), 0);
}

TEST(AsfHeader, ReadsOnlyWhatIsThere) {
  const std::vector<std::uint8_t> whole = asf_head(1000, 2);
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const std::vector<std::uint8_t> cut(whole.begin(),
                                        whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ(asf_declared_bytes(cut), size > 30 + 88 ? 1000 : 0) << size;
  }
}

}  // namespace
}  // namespace auriga::test
