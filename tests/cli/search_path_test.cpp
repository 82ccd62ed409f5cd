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
