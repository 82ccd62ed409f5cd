#include "packs/pack_import.hpp"

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <zip.h>

#include "auriga/error.hpp"

#include "packs/fake_packs.hpp"
#include "packs/pack_staging.hpp"
#include "support/golden.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;
using test::SmallPack;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

using Contents = std::vector<std::pair<std::string, std::string>>;  // name, content

void write_zip(const fs::path& file, const Contents& contents, const char* password = nullptr,
               zip_uint32_t mode = S_IFREG | 0644) {
  zip_t* archive = zip_open(file.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
  ASSERT_NE(archive, nullptr);
  for (const auto& [name, content] : contents) {
    zip_source_t* source = zip_source_buffer(archive, content.data(), content.size(), 0);
    const zip_int64_t index = zip_file_add(archive, name.c_str(), source, 0);
    ASSERT_GE(index, 0) << name;
    const auto at = static_cast<zip_uint64_t>(index);
    zip_file_set_external_attributes(archive, at, 0, ZIP_OPSYS_UNIX, mode << 16);
    if (password != nullptr) zip_file_set_encryption(archive, at, ZIP_EM_AES_256, password);
  }
  ASSERT_EQ(zip_close(archive), 0);
}

class ImportTest : public testing::Test {
 protected:
  InstalledPack import(const fs::path& source) {
    auto packs = import_packs(source, {&small_.manifest}, to_);
    EXPECT_THAT(packs, SizeIs(1));
    return packs.at(0);
  }
  Error error(const fs::path& source) {
    try {
      import(source);
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "no error";
    return {ErrorCode::usage, ""};
  }
  void write(const fs::path& file, const std::string& content) {
    StagedFile out(file);
    out.write(content);
    out.close();
  }
  // The pack's files under names of their own, in folders of their own.
  Contents scattered() const {
    return {{"OpenFace-2.2.0/lib/a.bin", small_.one},
            {"deep/er/b", small_.two},
            {"README.md", "not a model"},
            {"same size", std::string(small_.two.size(), 'x')},
            {"else/where/big.dat", small_.big},
            {"n", small_.notes}};
  }
  fs::path scattered_folder() {
    for (const auto& [name, content] : scattered()) write(source_ / name, content);
    return source_;
  }
  fs::path zip(const Contents& contents) {
    write_zip(zip_, contents);
    return zip_;
  }
  void expect_complete() {
    for (const auto& [path, content] : small_.files)
      EXPECT_TRUE(test::read_text(target_ / path) == content) << path;
    std::size_t files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(to_)) files += !entry.is_directory();
    EXPECT_EQ(files, small_.files.size()) << "only what the manifest lists";
    EXPECT_FALSE(fs::exists(to_ / ".small.part"));
  }
  void expect_nothing_installed() {
    EXPECT_FALSE(fs::exists(target_));
    EXPECT_FALSE(fs::exists(to_ / ".small.part"));
  }

  const SmallPack small_;
  test::TemporaryFolder folder_;
  const fs::path source_ = folder_.path() / "source", zip_ = folder_.path() / "a.zip",
                 to_ = folder_.path() / "models", target_ = to_ / "small";
};

TEST_F(ImportTest, FilesAreRecognisedByContentWhereverTheyLie) {
  const InstalledPack pack = import(scattered_folder());
  EXPECT_THAT(pack.added, SizeIs(4));
  EXPECT_TRUE(pack.pack.has("main") && pack.pack.has("big"));
  expect_complete();
  EXPECT_THAT(import(source_).added, IsEmpty());
  expect_complete();
}

TEST_F(ImportTest, AZipFileIsAsGood) {
  import(zip(scattered()));
  expect_complete();
}

TEST_F(ImportTest, FilesWithoutHashGoByNameAndSize) {
  write(source_ / "other name.dat", small_.big);
  EXPECT_EQ(error(source_).code(), ErrorCode::input);
  write(source_ / "big.dat", small_.big + "x");
  EXPECT_EQ(error(source_).code(), ErrorCode::input);
  write(source_ / "sub/big.dat", small_.big);
  const InstalledPack pack = import(source_);
  ASSERT_THAT(pack.added, SizeIs(1));
  EXPECT_EQ(pack.added[0].sha256, "");
}

TEST_F(ImportTest, AnIncompletePackIsCompletedLater) {
  write(source_ / "a", small_.one);
  const InstalledPack first = import(source_);
  EXPECT_THAT(first.pack.problems("main"), SizeIs(1));
  EXPECT_THAT(first.pack.problems("main")[0], HasSubstr("two words.bin: missing"));
  write(target_ / "part/one.bin", "damaged");
  import(scattered_folder());
  expect_complete();
}

TEST_F(ImportTest, AnAcceptedEqualKeepsItsName) {
  write(source_ / "a", small_.one);
  write(source_ / "b", small_.equal);
  EXPECT_TRUE(import(source_).pack.has("main"));
  EXPECT_TRUE(test::read_text(target_ / "equal.bin") == small_.equal);
}

TEST_F(ImportTest, WhatIsNoPackIsRefused) {
  write(source_ / "README", "nothing");
  EXPECT_THAT(error(source_).what(), AllOf(HasSubstr("small"), HasSubstr("found none")));
  // Extra files alone, e.g. a licence text that many projects have, are no pack.
  write(source_ / "NOTES", small_.notes);
  EXPECT_EQ(error(source_).code(), ErrorCode::input);
  EXPECT_THAT(error(source_ / "none").what(), HasSubstr("found nothing"));
  EXPECT_THAT(error("/dev/null").what(), HasSubstr("something else"));
  EXPECT_THAT(error(source_ / "README").what(), HasSubstr("ZIP file"));
  EXPECT_FALSE(fs::exists(to_));
}

TEST_F(ImportTest, LinksToFoldersAreNotFollowed) {
  scattered_folder();
  fs::create_directory_symlink("..", source_ / "deep/loop");
  import(source_);
  expect_complete();
  fs::create_directories(folder_.path() / "links");
  fs::create_directory_symlink(source_, folder_.path() / "links/there");
  EXPECT_EQ(error(folder_.path() / "links").code(), ErrorCode::input);
}

TEST_F(ImportTest, NamesInAZipFileNeverBecomePaths) {
  import(zip({{"../../outside", small_.one},
              {"/tmp/auriga-import-test-absolute", small_.two},
              {"..\\..\\big.dat", small_.big},
              { "../NOTES",
                small_.notes }}));
  expect_complete();
  EXPECT_FALSE(fs::exists(folder_.path() / "outside"));
  EXPECT_FALSE(fs::exists("/tmp/auriga-import-test-absolute"));
}

TEST_F(ImportTest, LinksInAZipFileAreNoFiles) {
  write_zip(zip_, scattered(), nullptr, S_IFLNK | 0777);
  EXPECT_EQ(error(zip_).code(), ErrorCode::input);
  expect_nothing_installed();
}

TEST_F(ImportTest, EncryptedEntriesAreRefused) {
  write_zip(zip_, scattered(), "secret");
  EXPECT_THAT(error(zip_).what(), HasSubstr("encrypted; unpack"));
  expect_nothing_installed();
}

TEST_F(ImportTest, TruncatedAnywhereIsRefused) {
  const std::string whole = test::read_text(zip(scattered()));
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{30}, std::size_t{1000},
                                 whole.size() / 2, whole.size() - 100, whole.size() - 1}) {
    write(zip_, whole.substr(0, size));
    EXPECT_EQ(error(zip_).code(), ErrorCode::input) << size;
    expect_nothing_installed();
  }
}

TEST_F(ImportTest, DamagedDataIsRefused) {
  std::string bytes = test::read_text(zip({{"a", small_.one}, {"b", small_.two}}));
  // The noise cannot be compressed, so that it is stored as it is.
  const auto place = bytes.find(small_.two.substr(1000, 50));
  ASSERT_NE(place, std::string::npos);
  bytes[place] ^= 1;
  write(zip_, bytes);
  EXPECT_THAT(error(zip_).what(), AllOf(HasSubstr("a.zip: b"), HasSubstr("CRC")));
  expect_nothing_installed();
}

// Sets a 4-byte field of the entry's header in the central directory.
void set_in_directory(std::string& bytes, std::size_t offset, std::uint32_t value) {
  const auto header = bytes.find("PK\1\2");
  ASSERT_NE(header, std::string::npos);
  std::memcpy(&bytes[header + offset], &value, 4);
}

TEST_F(ImportTest, EntriesThatLieAboutTheirSizeAreRefused) {
  // 100 MB of zeros that claim to be a file of the pack.
  const std::string zeros(100 << 20, '\0');
  std::string bytes = test::read_text(zip({{"bomb", zeros}}));
  ASSERT_LT(bytes.size(), 200000u);
  set_in_directory(bytes, 24, static_cast<std::uint32_t>(small_.one.size()));
  write(zip_, bytes);
  EXPECT_EQ(error(zip_).code(), ErrorCode::input);
  expect_nothing_installed();
}

TEST_F(ImportTest, AZipFileCannotKeepUsBusy) {
  // Many small entries that unpack to files of a wanted size.
  Contents contents;
  const std::string zeros(small_.one.size(), '\0');
  for (int i = 0; i < 100; ++i) contents.emplace_back(std::to_string(i), zeros);
  EXPECT_THAT(error(zip(contents)).what(), HasSubstr("far more data"));
  expect_nothing_installed();
}

TEST_F(ImportTest, EntriesOfOtherSizesAreNotEvenRead) {
  Contents contents = scattered();
  contents.emplace_back("bomb", std::string(100 << 20, '\0'));
  std::string bytes = test::read_text(zip(contents));
  // Unpacking this one fails.
  const auto bomb = bytes.find("bomb");
  ASSERT_NE(bomb, std::string::npos);
  std::memset(&bytes[bomb + 4], 0xff, 1000);
  write(zip_, bytes);
  import(zip_);
  expect_complete();
}

TEST_F(ImportTest, ControlCharactersInNamesAreNotShown) {
  std::string bytes = test::read_text(zip({{"evil_name", small_.one}}));
  bytes[bytes.find(small_.one.substr(1000, 50))] ^= 1;
  for (auto at = bytes.find("evil_"); at != std::string::npos; at = bytes.find("evil_", at))
    bytes[at + 4] = '\n';
  write(zip_, bytes);
  EXPECT_THAT(error(zip_).what(), HasSubstr("evil?name"));
}

TEST_F(ImportTest, AFolderThatCannotBeWrittenIsNamed) {
  scattered_folder();
  write(to_, "a file");
  const Error failed = error(source_);
  EXPECT_EQ(failed.code(), ErrorCode::output);
  EXPECT_THAT(failed.what(), AllOf(HasSubstr(to_.string()), HasSubstr("--to DIR")));
}

}  // namespace
}  // namespace auriga::app
