#include "search_path.hpp"

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"
#include "auriga/packs.hpp"

#include "support/golden.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

// Puts the variable back.
class Setting {
 public:
  Setting(const char* name, const std::optional<std::string>& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    set(value);
  }
  ~Setting() { set(before_); }
  Setting(const Setting&) = delete;
  Setting& operator=(const Setting&) = delete;

 private:
  void set(const std::optional<std::string>& value) {
    if (value)
      setenv(name_, value->c_str(), 1);
    else
      unsetenv(name_);
  }

  const char* name_;
  std::optional<std::string> before_;
};

fs::path cache_folder(const std::optional<std::string>& xdg,
                      const std::optional<std::string>& home) {
  const Setting cache("XDG_CACHE_HOME", xdg), user("HOME", home);
  return user_cache_folder();
}

TEST(CacheFolder, IsMadeWhereTheUserHasCaches) {
  test::TemporaryFolder folder;
  const std::string home = (folder.path() / "home").string();
  const std::string caches = (folder.path() / "caches").string();
  fs::create_directory(home);
  EXPECT_EQ(cache_folder(caches, home), caches + "/auriga");
  EXPECT_FALSE(fs::exists(home + "/.cache"));
  for (const auto& unset : {std::optional<std::string>(), std::optional<std::string>(""),
                            std::optional<std::string>("relative")})
    EXPECT_EQ(cache_folder(unset, home), home + "/.cache/auriga");
  EXPECT_FALSE(fs::exists("relative"));
  for (const std::string& made : {caches, caches + "/auriga", home + "/.cache/auriga"})
    EXPECT_EQ(fs::status(made).permissions(), fs::perms::owner_all) << made;
  EXPECT_EQ(cache_folder(caches, home), caches + "/auriga") << "the second time";
}

TEST(CacheFolder, IsNoneWhereItCannotBeMade) {
  test::TemporaryFolder folder;
  const std::string file = (folder.path() / "file").string();
  test::write_text(file, "");
  EXPECT_EQ(cache_folder(std::nullopt, std::nullopt), "");
  EXPECT_EQ(cache_folder(std::nullopt, "relative"), "");
  EXPECT_EQ(cache_folder(file, std::nullopt), "");
  EXPECT_EQ(cache_folder(std::nullopt, (folder.path() / "none").string()), "");
  EXPECT_FALSE(fs::exists(folder.path() / "none"));
  EXPECT_EQ(cache_folder("/proc", std::nullopt), "");
}

// A folder of packs with one that is recognised by an empty file of its name.
void make_pack(const fs::path& folder, const fs::path& file) {
  fs::create_directories((folder / file).parent_path());
  test::write_text((folder / file).string(), "");
}

fs::path some_file(const std::string& pack) {
  for (const PackFile& file : known_pack(pack).files)
    if (file.component != "extra") return file.versions.front().path;
  return {};
}

TEST(ModelFolders, GivenOnesComeFirstAndHideNoOpenModels) {
  test::TemporaryFolder folder;
  const fs::path given = folder.path() / "given", usual = folder.path() / "usual";
  make_pack(given / "mine", some_file("openface-2.2"));
  make_pack(usual / "openface", some_file("openface-2.2"));
  make_pack(usual / "free", some_file("open"));
  const Setting models("AURIGA_MODELS", usual.string()), data("XDG_DATA_HOME", "/nowhere");
  EXPECT_THAT(model_folders(given.string()), ElementsAre(given, usual / "free"));
  EXPECT_THAT(pack_folders(given.string()), ElementsAre(given));
  EXPECT_EQ(model_folders(""), pack_folders(""));
  EXPECT_EQ(model_folders("").front(), usual);
}

std::vector<fs::path> paths(const std::vector<SearchedFolder>& folders) {
  std::vector<fs::path> all;
  for (const SearchedFolder& folder : folders) all.push_back(folder.path);
  return all;
}

const char* const kAu = "AU_predictors/main_dynamic_svms.txt";
const char* const kClnf = "model/main_clnf_general.txt";

class FoldersOfOthers : public testing::Test {
 protected:
  const test::TemporaryFolder folder_;
  const fs::path root_ = folder_.path() / "their";
  const Setting models_{"OPENFACE_MODELS_DIR", std::nullopt}, home_{"OPENFACE_HOME", std::nullopt},
      path_{"PATH", "/nowhere"}, data_{"XDG_DATA_HOME", (folder_.path() / "data").string()},
      own_{"AURIGA_MODELS", std::nullopt};
};

TEST_F(FoldersOfOthers, ThereAreNoneWhereNothingIs) {
  EXPECT_TRUE(folders_of_others().empty());
  const Setting models("OPENFACE_MODELS_DIR", "/nowhere"), home("OPENFACE_HOME", "/dev/null");
  EXPECT_TRUE(folders_of_others().empty());
}

TEST_F(FoldersOfOthers, PyFaceAusModelsInTheDataFolderOrWhereTheVariableSays) {
  const fs::path data = folder_.path() / "data/OpenFaceModels/2.2.0/originals";
  make_pack(data / "lib/local/FaceAnalyser", kAu);
  make_pack(data / "lib/local/LandmarkDetector", kClnf);
  EXPECT_THAT(paths(folders_of_others()),
              ElementsAre(data / "lib/local/FaceAnalyser", data / "lib/local/LandmarkDetector"));
  make_pack(root_ / "lib/local/LandmarkDetector", kClnf);
  const Setting models("OPENFACE_MODELS_DIR", root_.string());
  EXPECT_THAT(paths(folders_of_others()), ElementsAre(root_ / "lib/local/LandmarkDetector"));
  EXPECT_THAT(folders_of_others().front().why, testing::HasSubstr("OPENFACE_MODELS_DIR"));
}

TEST_F(FoldersOfOthers, AnInstallationOfOpenFace) {
  for (const char* place : {".", "build/bin", "etc/OpenFace"}) {
    const fs::path root = (root_ / std::string(1, *place) / "openface").lexically_normal();
    const fs::path pack = (root / place).lexically_normal();
    make_pack(pack, kAu);
    const Setting home("OPENFACE_HOME", root.string());
    ASSERT_EQ(folders_of_others().size(), 1u) << place;
    EXPECT_TRUE(fs::equivalent(folders_of_others().front().path, pack)) << place;
  }
}

TEST_F(FoldersOfOthers, TheFolderOfAProgramInPathAndWhatItLinksTo) {
  const fs::path real = fs::canonical(folder_.path()) / "OpenFace/build/bin";
  make_pack(real, kAu);
  make_pack(real, kClnf);
  test::write_text(real / "FeatureExtraction", "");
  const fs::path bin = folder_.path() / "bin";
  fs::create_directories(bin);
  fs::create_symlink(real / "FeatureExtraction", bin / "FeatureExtraction");
  const Setting path("PATH", "/nowhere:" + bin.string());
  EXPECT_THAT(paths(folders_of_others()), ElementsAre(real));
  // Both name it: once.
  const Setting home("OPENFACE_HOME", (real / "../..").string());
  EXPECT_EQ(folders_of_others().size(), 1u);
}

TEST_F(FoldersOfOthers, ComeLastAndOnlyWhereTheyDo) {
  make_pack(root_, kAu);
  const Setting home("OPENFACE_HOME", root_.string());
  EXPECT_EQ(pack_folders("").back(), root_) << "listed";
  // Alone it is not complete: the open models go on working.
  EXPECT_THAT(model_folders(""), testing::Not(testing::Contains(root_)));
  const fs::path own = folder_.path() / "data/auriga/models";
  make_pack(own / "openface", kClnf);
  EXPECT_EQ(model_folders("").back(), root_) << "they may complete each other";
  EXPECT_EQ(model_folders("").front(), own);
  EXPECT_THAT(model_folders(root_.string()), testing::Not(testing::Contains(own)));
  EXPECT_EQ(why_searched(searched_folders(""), root_), "OpenFace's own, OPENFACE_HOME");
  EXPECT_EQ(why_searched(searched_folders(""), own / "openface"), "import and fetch install here");
}

TEST_F(FoldersOfOthers, ACompleteOneIsUsed) {
  AURIGA_NEEDS("models/openface-2.2");
  const fs::path theirs = test::test_data() / "models/openface-2.2";
  const Setting home("OPENFACE_HOME", theirs.string());
  EXPECT_EQ(model_folders("").back(), theirs);
}

TEST(ModelFolders, WithoutAPackAreNotMadeUpFor) {
  test::TemporaryFolder folder;
  const fs::path given = folder.path() / "given", usual = folder.path() / "usual";
  fs::create_directory(given);
  make_pack(usual / "free", some_file("open"));
  const Setting models("AURIGA_MODELS", usual.string()), data("XDG_DATA_HOME", "/nowhere");
  EXPECT_THAT(model_folders(given.string()), ElementsAre(given));
  EXPECT_THROW(model_folders((folder.path() / "none").string()), Error);
}

}  // namespace
}  // namespace auriga::app
