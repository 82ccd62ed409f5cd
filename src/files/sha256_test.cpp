#include "files/sha256.hpp"

#include <string>

#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "support/golden.hpp"

namespace auriga {
namespace {

std::string digest(const std::string& text) {
  Sha256 hash;
  hash.update(text);
  return hash.hex_digest();
}

// Examples of FIPS 180-4 / NIST CAVP.
TEST(Sha256, PublishedExamples) {
  EXPECT_EQ(digest(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(digest(std::string(1000000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PiecesGiveTheDigestOfTheWhole) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += static_cast<char>(i * 7);
  for (std::size_t piece : {1, 3, 13, 55, 56, 63, 64, 65, 128}) {
    Sha256 hash;
    for (std::size_t at = 0; at < text.size(); at += piece)
      hash.update(std::string_view(text).substr(at, piece));
    EXPECT_EQ(hash.hex_digest(), digest(text)) << piece;
  }
}

TEST(Sha256, File) {
  test::TemporaryFolder folder;
  test::write_text(folder.path() / "a", "abc");
  EXPECT_EQ(sha256_of_file(folder.path() / "a"), digest("abc"));
  EXPECT_THROW(sha256_of_file(folder.path() / "none"), Error);
}

}  // namespace
}  // namespace auriga
