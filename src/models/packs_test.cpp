#include "models/packs.hpp"

#include <fstream>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "support/golden.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const PackManifest& manifest(const std::string& name) {
  for (const PackManifest& pack : known_packs())
    if (pack.name == name) return pack;
  throw std::out_of_range(name);
}

TEST(Packs, ManifestsAreConsistent) {
  for (const PackManifest& pack : known_packs()) {
    std::set<std::string> components, paths;
    for (const auto& [name, purpose] : pack.components) components.insert(name);
    EXPECT_FALSE(pack.licence.empty());
    for (const PackFile& file : pack.files) {
      EXPECT_TRUE(components.count(file.component)) << file.path;
      EXPECT_TRUE(paths.insert(file.path.string()).second) << file.path << " twice";
      EXPECT_TRUE(file.path.is_relative() && file.path.string().find("..") == std::string::npos)
          << file.path;
      EXPECT_GT(file.size, 0u) << file.path;
      EXPECT_TRUE(file.sha256.size() == 64 || file.sha256.empty()) << file.path;
    }
  }
}

TEST(Packs, PublishedPacksAreFoundAndSound) {
  AURIGA_NEEDS("models/openface-2.2");
  const auto packs = find_packs(test::test_data() / "models");
  ASSERT_THAT(packs, SizeIs(2));
  EXPECT_EQ(packs[0].manifest->name, "openface-2.2");
  EXPECT_EQ(packs[1].manifest->name, "pyfaceau");
  EXPECT_TRUE(packs[0].has("au"));
  EXPECT_TRUE(packs[0].has("clnf"));
  EXPECT_TRUE(packs[1].has("pfld"));
  EXPECT_FALSE(packs[1].has("au"));
  EXPECT_THAT(packs[0].problems("ceclm"), SizeIs(4));  // the CEN files are not in the test data
  EXPECT_THAT(verify_pack(packs[0], {"au", "clnf", "mtcnn", "validator", "extra"}), IsEmpty());
  EXPECT_THAT(verify_pack(packs[1]), IsEmpty());
  EXPECT_THAT(verify_pack(packs[0]), SizeIs(4));
  // The pack's own folder works as well as the folder above it.
  EXPECT_THAT(find_packs(test::test_data() / "models/onnx"), SizeIs(1));
}

// A stand-in for the small pack: files of the right size with the wrong content.
void write_stand_in(const fs::path& folder) {
  fs::create_directories(folder);
  for (const PackFile& file : manifest("pyfaceau").files) {
    std::ofstream out(folder / file.path, std::ios::binary);
    out << std::string(file.size, 'x');
  }
}

TEST(Packs, AnAlteredFileIsNamedWithBothHashes) {
  TemporaryFolder folder;
  write_stand_in(folder.path());
  const auto packs = find_packs(folder.path());
  ASSERT_THAT(packs, SizeIs(1));
  EXPECT_TRUE(packs[0].has("pfld"));
  const auto problems = verify_pack(packs[0], {"pfld"});
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_THAT(problems[0], HasSubstr("pfld.onnx: expected SHA-256 7d7bbd5c"));
}

TEST(Packs, ATruncatedOrMissingFileMakesTheComponentIncomplete) {
  TemporaryFolder folder;
  write_stand_in(folder.path() / "any name");
  fs::resize_file(folder.path() / "any name/pfld.onnx", 1000);
  const auto packs = find_packs(folder.path());
  ASSERT_THAT(packs, SizeIs(1));
  EXPECT_FALSE(packs[0].has("pfld"));
  EXPECT_TRUE(packs[0].has("retinaface"));
  EXPECT_THAT(packs[0].problems("pfld"),
              ElementsAre(HasSubstr("expected 2987921 bytes, found 1000")));
  try {
    require_component({folder.path()}, "pfld");
    FAIL() << "an incomplete component was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::model);
    EXPECT_THAT(error.what(), HasSubstr("found 1000"));
    EXPECT_THAT(error.what(), HasSubstr("--models"));
    EXPECT_THAT(error.what(), HasSubstr(folder.path().string()));
  }
}

TEST(Packs, TheFirstFolderWins) {
  TemporaryFolder folder;
  for (const char* name : {"a", "b"}) write_stand_in(folder.path() / name / "pack");
  const auto found =
      require_component({folder.path() / "none", folder.path() / "b", folder.path() / "a"}, "pfld");
  EXPECT_EQ(found.folder, folder.path() / "b" / "pack");
}

TEST(Packs, NothingFoundSaysWhatToDo) {
  TemporaryFolder folder;
  EXPECT_THAT(find_packs(folder.path()), IsEmpty());
  EXPECT_THAT(find_packs(folder.path() / "none"), IsEmpty());
  try {
    require_component({}, "au");
    FAIL() << "no folder, yet a pack";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("openface-2.2"));
  }
}

}  // namespace
}  // namespace auriga
