#include "clm/packed_cache.hpp"

#include <csignal>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "support/dead_process.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;

class PackedCacheTest : public testing::Test {
 protected:
  static std::span<const std::byte> bytes(const std::string& text) {
    return std::as_bytes(std::span(text));
  }
  std::string found(const std::string& sha256, int view) const {
    const auto pages = find_packed(cache_, sha256, view, content_.size());
    if (!pages) return "none";
    return {reinterpret_cast<const char*>(std::as_const(*pages).data()) + kPackedBegin,
            pages->size() - kPackedBegin};
  }
  fs::path file() const { return *fs::directory_iterator(packed_folder(cache_)); }
  std::size_t files() const {
    std::error_code failed;
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(packed_folder(cache_), failed), {}));
  }

  const test::TemporaryFolder folder_;
  const fs::path cache_ = folder_.path();
  const std::string content_ = std::string(100'000, 'p') + "end", hash_ = std::string(64, 'a');
};

TEST_F(PackedCacheTest, GivesBackWhatWasKeptOfTheSameViewOfTheSameFile) {
  EXPECT_EQ(found(hash_, 0), "none");
  ASSERT_TRUE(keep_packed(cache_, hash_, 0, bytes(content_)));
  EXPECT_EQ(found(hash_, 0), content_);
  EXPECT_EQ(found(hash_, 1), "none");
  EXPECT_EQ(found(std::string(64, 'b'), 0), "none");
  EXPECT_FALSE(find_packed(cache_, hash_, 0, content_.size() - 4)) << "of other networks";
  EXPECT_EQ(files(), 1U);
}

// Every byte counts, also of the head.
TEST_F(PackedCacheTest, GivesNothingThatIsDamaged) {
  for (const std::size_t at : {std::size_t{0}, std::size_t{30}, std::size_t{100}, std::size_t{4095},
                               kPackedBegin, kPackedBegin + content_.size() - 1}) {
    ASSERT_TRUE(keep_packed(cache_, hash_, 0, bytes(content_)));
    std::string text = test::read_text(file());
    text[at] ^= 1;
    test::write_text(file(), text);
    EXPECT_EQ(found(hash_, 0), "none") << at;
  }
  ASSERT_TRUE(keep_packed(cache_, hash_, 0, bytes(content_))) << "over a damaged one";
  EXPECT_EQ(found(hash_, 0), content_);
  fs::resize_file(file(), kPackedBegin + 10);
  EXPECT_EQ(found(hash_, 0), "none");
  fs::resize_file(file(), 0);
  EXPECT_EQ(found(hash_, 0), "none");
}

// A file under the name of another view or source, whole as it is.
TEST_F(PackedCacheTest, GivesNothingOfAnother) {
  ASSERT_TRUE(keep_packed(cache_, hash_, 0, bytes(content_)));
  const fs::path kept = file();
  fs::copy_file(kept, packed_folder(cache_) / (hash_ + "-1.packed"));
  fs::copy_file(kept, packed_folder(cache_) / (std::string(64, 'b') + "-0.packed"));
  EXPECT_EQ(found(hash_, 1), "none");
  EXPECT_EQ(found(std::string(64, 'b'), 0), "none");
}

TEST_F(PackedCacheTest, GivesNothingThatOthersMayWriteTo) {
  ASSERT_TRUE(keep_packed(cache_, hash_, 0, bytes(content_)));
  ASSERT_EQ(chmod(file().c_str(), 0620), 0);
  EXPECT_EQ(found(hash_, 0), "none");
}

TEST_F(PackedCacheTest, AFolderThatCannotBeUsedIsNoError) {
  EXPECT_FALSE(keep_packed(cache_ / "no such folder", hash_, 0, bytes(content_)));
  test::write_text(cache_ / "file", "x");
  EXPECT_FALSE(keep_packed(cache_ / "file", hash_, 0, bytes(content_)));
  EXPECT_FALSE(find_packed(cache_ / "file", hash_, 0, content_.size()));
}

TEST_F(PackedCacheTest, WhatAKilledProgramLeftIsRemoved) {
  ASSERT_TRUE(keep_packed(cache_, hash_, 0, bytes(content_)));
  test::write_text(test::part_of_dead_process(file()), content_);
  EXPECT_EQ(files(), 2U);
  ASSERT_TRUE(keep_packed(cache_, hash_, 0, bytes(content_)));
  EXPECT_EQ(files(), 1U);
}

TEST_F(PackedCacheTest, AFullDiskKeepsNothing) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{50'000, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const bool kept = keep_packed(cache_, hash_, 0, bytes(content_));
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_FALSE(kept);
  EXPECT_EQ(files(), 0U);
}

}  // namespace
}  // namespace auriga
