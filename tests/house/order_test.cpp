// The order of the house (docs/architecture.md): who may include what.
#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/golden.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> lines_of(const fs::path& file) {
  std::vector<std::string> lines(1);
  for (const char c : test::read_text(file)) {
    if (c == '\n')
      lines.emplace_back();
    else
      lines.back() += c;
  }
  return lines;
}

// What a file includes, "..." or <...>, in quotes or brackets.
std::vector<std::string> includes_of(const fs::path& file) {
  std::vector<std::string> includes;
  for (const std::string& line : lines_of(file))
    if (line.starts_with("#include ")) includes.push_back(line.substr(9));
  return includes;
}

std::vector<fs::path> sources_below(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string ending = entry.path().extension().string();
    if (ending == ".cpp" || ending == ".hpp" || ending == ".in") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// Which files are parts of the product: those that its libraries and the command are built of, and
// what these include. Tests and their helpers are what is left.
bool is_test(const fs::path& file) {
  const std::string name = file.stem().string();
  return name.ends_with("_test") || name.starts_with("fake_") || name.ends_with("_reference") ||
         name == "ways" || name == "calibrate_tracker";
}

// "src/base/..." in quotes is `base`; empty: not of src/.
std::string folder_of(const std::string& include) {
  if (include.front() != '"') return "";
  const std::size_t slash = include.find('/');
  return slash == std::string::npos ? "" : include.substr(1, slash - 1);
}

// Folders below src/ in the order in which src/CMakeLists.txt builds them.
std::vector<std::string> folders_in_order() {
  std::vector<std::string> folders;
  for (const std::string& line : lines_of(test::repository() / "src/CMakeLists.txt"))
    if (line.starts_with("add_subdirectory("))
      folders.push_back(line.substr(17, line.find(')') - 17));
  return folders;
}

TEST(House, AFolderIncludesOnlyThoseBeforeIt) {
  const std::vector<std::string> folders = folders_in_order();
  ASSERT_GT(folders.size(), 15u);
  std::map<std::string, std::size_t> place;
  for (std::size_t i = 0; i < folders.size(); ++i) place[folders[i]] = i;
  std::set<std::string> there;
  std::size_t seen = 0;
  for (const fs::path& file : sources_below(test::repository() / "src")) {
    const std::string folder = (*fs::relative(file, test::repository() / "src").begin()).string();
    ASSERT_TRUE(place.contains(folder)) << file << ": not in src/CMakeLists.txt";
    there.insert(folder);
    if (is_test(file)) continue;
    for (const std::string& include : includes_of(file)) {
      const std::string other = folder_of(include);
      if (other.empty() || other == "auriga") continue;
      ++seen;
      ASSERT_TRUE(place.contains(other)) << file << " includes " << include;
      EXPECT_LE(place[other], place[folder]) << file << " includes " << include;
    }
  }
  EXPECT_EQ(there.size(), folders.size());
  EXPECT_GT(seen, 300u);
}

TEST(House, PublicHeadersNameNoThirdParty) {
  std::size_t seen = 0;
  for (const fs::path& file : sources_below(test::repository() / "include"))
    for (const std::string& include : includes_of(file)) {
      ++seen;
      if (include.front() == '"') {
        EXPECT_EQ(folder_of(include), "auriga") << file;
      } else {
        EXPECT_EQ(include.find_first_of("/."), std::string::npos) << file << " " << include;
      }
    }
  EXPECT_GT(seen, 50u);
  const fs::path c = test::repository() / "include/auriga/c/auriga.h";
  EXPECT_THAT(includes_of(c), testing::ElementsAre("<stdint.h>"));
}

TEST(House, TheCommandUsesThePublicInterfaceAndWhatReadsDrawsAndShowsTables) {
  const std::set<std::string> allowed = {"auriga", "files", "tables", "drawing", "viewer"};
  std::set<std::string> internal;
  for (const fs::path& file : sources_below(test::repository() / "apps/auriga"))
    for (const std::string& include : includes_of(file)) {
      const std::string folder = folder_of(include);
      const bool own = folder.empty() || fs::exists(test::repository() / "apps/auriga" / folder);
      EXPECT_TRUE(own || allowed.contains(folder) || is_test(file)) << file << " " << include;
      if (!own && folder != "auriga" && !is_test(file)) internal.insert(include);
    }
  EXPECT_LT(internal.size(), 40u) << testing::PrintToString(internal);
}

// ./dev asan --part and ./dev tsan --part run what is in this table.
TEST(House, EveryStageWithTestsIsInAPartOfTheSanitizers) {
  std::set<std::string> groups;
  for (const std::string& line : lines_of(test::repository() / "tests/sanitizer_parts.txt"))
    if (!line.starts_with('#')) groups.insert(line.substr(0, line.find(' ')));
  std::size_t stages = 0;
  for (const std::string& folder : folders_in_order()) {
    const std::vector<fs::path> files = sources_below(test::repository() / "src" / folder);
    if (!std::any_of(files.begin(), files.end(),
                     [](const fs::path& file) { return file.stem().string().ends_with("_test"); }))
      continue;
    ++stages;
    EXPECT_TRUE(groups.contains(folder)) << "src/" << folder << " has tests and no line there";
  }
  EXPECT_GT(stages, 15u);
}

// What is shipped has no test code in it.
TEST(House, TheProductIncludesNoTestCode) {
  for (const char* part : {"src", "apps", "include"})
    for (const fs::path& file : sources_below(test::repository() / part)) {
      if (is_test(file)) continue;
      for (const std::string& include : includes_of(file)) {
        if (include.front() != '"') continue;
        EXPECT_FALSE(is_test(include.substr(1, include.size() - 2))) << file << " " << include;
        EXPECT_NE(folder_of(include), "support") << file;
      }
    }
}

// glibc's hypot and cbrt differ between x86-64 and arm64 for one argument in eight and in five, its
// inverse functions between versions, too; base/same_math.hpp has what is the same everywhere. What
// is drawn is no result; what shape/rotation.cpp says of itself is known.
TEST(Results, DoNotDependOnHowALibraryRoots) {
  int seen = 0;
  for (const fs::path& file : sources_below(test::repository() / "src")) {
    if (is_test(file) || file.parent_path().filename() == "drawing" ||
        file.filename() == "same_math.hpp" || file.filename() == "rotation.cpp")
      continue;
    ++seen;
    const std::string text = test::read_text(file);
    for (const char* name : {"hypot(", "cbrt(", "hypotf(", "cbrtf(", "std::atan(", "std::atan2(",
                             "std::asin(", "std::acos(", "std::tan(", "std::erf("})
      EXPECT_EQ(text.find(name), std::string::npos) << file << " calls " << name;
  }
  EXPECT_GT(seen, 100);
}

}  // namespace
}  // namespace auriga
