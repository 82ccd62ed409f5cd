#include "search_path.hpp"

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "support/golden.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;

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

}  // namespace
}  // namespace auriga::app
