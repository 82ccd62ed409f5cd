#include "media/exif.hpp"

#include <cstdint>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "media/fake_media.hpp"

namespace auriga::test {
namespace {

TEST(Exif, FindsTheOrientationInBothByteOrders) {
  for (int tag = 1; tag <= 8; ++tag) {
    EXPECT_EQ(exif_orientation(exif_block(tag, true)), tag);
    EXPECT_EQ(exif_orientation(exif_block(tag, false)), tag);
  }
}

TEST(Exif, PassesOverOtherTags) {
  std::vector<std::uint8_t> block = exif_block(6);
  const std::vector<std::uint8_t> make{0x0F, 0x01, 2, 0, 4, 0, 0, 0, 'a', 'b', 'c', 0};
  block.insert(block.begin() + 10, make.begin(), make.end());
  block[8] = 2;
  EXPECT_EQ(exif_orientation(block), 6);
}

TEST(Exif, IsUprightWhereTheBlockIsOfNoUse) {
  EXPECT_EQ(exif_orientation({}), 1);
  EXPECT_EQ(exif_orientation(exif_block(0)), 1);
  EXPECT_EQ(exif_orientation(exif_block(9)), 1);
  for (const auto& [at, value] :
       std::vector<std::pair<std::size_t, int>>{{0, 'X'},    // byte order mark
                                                {2, 43},     // magic number
                                                {7, 0xFF},   // directory far behind the end
                                                {11, 0x02},  // another tag
                                                {12, 4},     // not a SHORT
                                                {14, 2}}) {  // two values
    std::vector<std::uint8_t> block = exif_block(6);
    block[at] = static_cast<std::uint8_t>(value);
    EXPECT_EQ(exif_orientation(block), 1) << "byte " << at;
  }
}

TEST(Exif, EndsWithinTheBlockHoweverItIsCut) {
  for (std::size_t size = 0; size <= 26; ++size) {
    std::vector<std::uint8_t> block = exif_block(6);
    block.resize(size);
    block.shrink_to_fit();  // so that a read behind the end is one behind the allocation
    EXPECT_EQ(exif_orientation(block), size >= 20 ? 6 : 1) << size;  // the value ends at byte 20
  }
}

TEST(Exif, AcceptsAnyBytes) {
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    std::vector<std::uint8_t> block = exif_block(6, i % 2 == 0);
    for (int k = 0; k < 3; ++k)
      block[random() % block.size()] = static_cast<std::uint8_t>(random());
    const int orientation = exif_orientation(block);
    EXPECT_TRUE(orientation >= 1 && orientation <= 8);
  }
}

}  // namespace
}  // namespace auriga::test
