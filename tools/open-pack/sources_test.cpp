#include "sources.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "support/golden.hpp"

namespace auriga::open_pack {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// "abc" in a file of "xabcx"; its SHA-256 is the first example of FIPS 180.
constexpr Source kExample{"package example, abc", 1, 3,
                          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"};

class SourcesTest : public testing::Test {
 protected:
  std::string read(const std::string& content) {
    const std::filesystem::path file = folder_.path() / "assets.data";
    auriga::test::write_text(file, content);
    return read_source(kExample, file);
  }
  std::string error(const std::string& content) {
    try {
      read(content);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::model);
      return error.what();
    }
    return "no error";
  }
  auriga::test::TemporaryFolder folder_;
};

TEST_F(SourcesTest, TakesTheNetworkOutOfTheFile) { EXPECT_EQ(read("xabcx"), "abc"); }

TEST_F(SourcesTest, RefusesAnotherContent) {
  EXPECT_THAT(error("xabdx"),
              AllOf(HasSubstr("assets.data, 3 bytes from byte 1: expected package example, abc"),
                    HasSubstr("ba7816bf"), HasSubstr("found SHA-256 a52d159f"),
                    HasSubstr("scripts/open-pack")));
  EXPECT_THAT(error("xab"), HasSubstr("expected 4 bytes or more (package example, abc), found 3"));
}

TEST_F(SourcesTest, RefusesAMissingFile) {
  EXPECT_THROW(read_source(kExample, folder_.path() / "missing"), Error);
}

}  // namespace
}  // namespace auriga::open_pack
