#include "auriga/packs.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "models/au_models.hpp"
#include "models/fake_pack.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;
using test::write_stand_in;
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
    EXPECT_FALSE(pack.by_hand.empty());
    EXPECT_TRUE(pack.is_optional("extra"));
    for (const std::string& name : pack.optional) EXPECT_TRUE(components.count(name)) << name;
    for (const PackFile& file : pack.files) {
      ASSERT_FALSE(file.versions.empty());
      EXPECT_TRUE(components.count(file.component)) << file.versions[0].path;
      for (const FileVersion& one : file.versions) {
        EXPECT_TRUE(paths.insert(one.path.string()).second) << one.path << " twice";
        EXPECT_TRUE(one.path.is_relative() && one.path.string().find("..") == std::string::npos)
            << one.path;
        EXPECT_GT(one.size, 0u) << one.path;
        EXPECT_TRUE(one.sha256.size() == 64 || one.sha256.empty()) << one.path;
      }
    }
  }
}

// The manifest must keep step with the converter that makes this pack.
TEST(Packs, TheOpenPackOfThisCheckoutIsSound) {
  const fs::path folder = test::repository() / "build/open-pack";
  if (!fs::exists(folder)) GTEST_SKIP() << "no open pack: scripts/open-pack makes it";
  const auto packs = find_packs(folder);
  ASSERT_THAT(packs, SizeIs(1));
  EXPECT_EQ(packs[0].manifest->name, "open");
  EXPECT_TRUE(packs[0].has("mesh"));
  EXPECT_TRUE(packs[0].has("blazeface"));
  EXPECT_THAT(verify_pack(packs[0]), IsEmpty());
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

// Addresses, sizes and hashes that the authors of OpenFace and PyFaceAU publish.
TEST(Packs, OpenFacesFilesAreFetchedFromTheirAuthors) {
  AURIGA_NEEDS("models/openface-official-files.tsv");
  const PackManifest& pack = known_pack("openface");
  EXPECT_EQ(pack.name, "openface-2.2");
  EXPECT_EQ(pack.short_name(), "openface");
  EXPECT_TRUE(pack.has_addresses());
  EXPECT_FALSE(known_pack("pyfaceau").has_addresses());
  std::istringstream lines(
      test::read_text(test::test_data() / "models/openface-official-files.tsv"));
  int seen = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream fields(line);
    std::string path, sha256;
    std::uintmax_t size = 0;
    fields >> path >> size >> sha256;
    for (const char* folder : {"lib/local/FaceAnalyser/", "lib/local/LandmarkDetector/"})
      if (path.starts_with(folder)) path = path.substr(std::string(folder).size());
    for (const PackFile& file : pack.files) {
      if (file.versions.front().path != path) continue;
      ++seen;
      EXPECT_EQ(file.versions.front().size, size) << path;
      EXPECT_EQ(file.versions.front().sha256, sha256) << path;
      for (std::string address; fields >> address;) {
        const bool known =
            std::any_of(file.sources.begin(), file.sources.end(), [&](std::string source) {
              if (const auto place = source.find("{path}"); place != std::string::npos)
                source.replace(place, 6, path);
              return source == address;
            });
        EXPECT_TRUE(known) << address;
      }
    }
  }
  EXPECT_EQ(seen, 48);
  for (const PackFile& file : pack.files) {
    EXPECT_EQ(file.versions.front().sha256.size(), 64u) << file.versions.front().path;
    EXPECT_GE(file.sources.size(), 2u) << file.versions.front().path;
  }
  EXPECT_EQ(pack.not_fetched, std::vector<std::string>{"extra"});
}

// What a list of the pack names is read, so it must be verified: it may not be `extra`.
TEST(Packs, WhatListsNameBelongsToTheirComponent) {
  AURIGA_NEEDS("models/openface-2.2");
  const FoundPack pack{&known_pack("openface-2.2"), test::test_data() / "models/openface-2.2"};
  std::map<fs::path, std::string> components;
  for (const PackFile& file : pack.manifest->files)
    components[pack.folder / file.versions.front().path] = file.component;
  for (const char* list : {"main_dynamic_svms.txt", "main_static_svms.txt"}) {
    int named = 0;
    find_au_model_set(pack.folder / "AU_predictors" / list, [&](const fs::path& file) {
      ++named;
      EXPECT_EQ(components[file], "au") << file;
      return file;
    });
    EXPECT_EQ(named, 3 + 35);
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
}

TEST(Packs, AnAcceptedEqualServesUnderItsOwnName) {
  TemporaryFolder folder;
  const PackManifest& pack = manifest("pyfaceau");
  const PackFile& retinaface = pack.files[1];
  ASSERT_THAT(retinaface.versions, SizeIs(2));
  const FoundPack found{&pack, folder.path()};
  const auto name = [&] { return found.files("retinaface").at(0).path.string(); };
  EXPECT_EQ(name(), "retinaface_mobilenet025_coreml.onnx") << "nothing there: the published name";
  EXPECT_THAT(found.problems("retinaface"), ElementsAre(HasSubstr("coreml.onnx: missing")));
  write_stand_in(folder.path(), retinaface.versions[1]);
  EXPECT_EQ(name(), "retinaface_mobilenet025.onnx");
  EXPECT_EQ(found.file("retinaface_mobilenet025_coreml.onnx"),
            folder.path() / "retinaface_mobilenet025.onnx");
  EXPECT_TRUE(found.has("retinaface"));
  // A damaged published file beside it does not get in the way, a whole one is preferred.
  std::ofstream(folder.path() / retinaface.versions[0].path) << "cut off";
  EXPECT_EQ(name(), "retinaface_mobilenet025.onnx");
  write_stand_in(folder.path(), retinaface.versions[0]);
  EXPECT_EQ(name(), "retinaface_mobilenet025_coreml.onnx");
}

TEST(Packs, HiddenFoldersAreNoPacksAndNoFolderIsListedTwice) {
  TemporaryFolder folder;
  write_stand_in(folder.path() / ".pyfaceau.part");
  EXPECT_THAT(find_packs(folder.path()), IsEmpty());
  write_stand_in(folder.path() / "b");
  write_stand_in(folder.path() / "a");
  const std::vector<fs::path> folders = {folder.path() / "b", folder.path(), folder.path()};
  const auto packs = find_packs(folders);
  ASSERT_THAT(packs, SizeIs(2));
  EXPECT_EQ(packs[0].folder, folder.path() / "b");
  EXPECT_EQ(packs[1].folder, folder.path() / "a");
}

TEST(Packs, FoldersWithoutPacks) {
  TemporaryFolder folder;
  EXPECT_THAT(find_packs(folder.path()), IsEmpty());
  EXPECT_THAT(find_packs(folder.path() / "none"), IsEmpty());
}

}  // namespace
}  // namespace auriga
