// The documentation and the command must not drift apart.
#include <cstdlib>
#include <filesystem>
#include <regex>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/command.hpp"
#include "commands.hpp"
#include "support/golden.hpp"

namespace auriga::test {
namespace {

std::set<std::string> long_options(const std::string& text) {
  std::set<std::string> found;
  const std::regex option("--[0-9A-Za-z][0-9A-Za-z-]*");
  for (std::sregex_iterator at(text.begin(), text.end(), option), end; at != end; ++at)
    found.insert(at->str());
  return found;
}

// Between the marks of a command.
TEST(Documentation, OptionsAreThoseOfTheLists) {
  const std::filesystem::path page = repository() / "docs/cli.md";
  const std::string before = read_text(page);
  std::string docs = before;
  for (const app::Command& command : app::all_commands()) {
    const std::string options = app::options_markdown(command);
    if (options.empty()) continue;
    const std::string mark = "<!-- options of " + command.name + ": ";
    const std::size_t begin = docs.find(mark + "begin"), end = docs.find(mark + "end");
    ASSERT_TRUE(begin != std::string::npos && end != std::string::npos && begin < end)
        << "docs/cli.md has lost its marks of " << command.name;
    const std::size_t first = docs.find('\n', begin) + 1;
    docs.replace(first, end - first, '\n' + options);
  }
  if (std::getenv("AURIGA_RENEW_DOCS") != nullptr && docs != before) write_text(page, docs);
  EXPECT_TRUE(docs == read_text(page))
      << "docs/cli.md does not say what the options are; to renew it, run\n  AURIGA_RENEW_DOCS=1 "
         "build/release/tests/cli_test --gtest_filter=Documentation.*\nfrom the repository";
}

TEST(Documentation, EveryOptionIsInTheDocsAndTheOtherWayRound) {
  std::string help;
  for (const app::Command& command : app::all_commands()) {
    help += auriga({command.name, "--help"}).out;
    for (const app::Command& below : command.commands)
      help += auriga({command.name, below.name, "--help"}).out;
  }
  std::set<std::string> in_help = long_options(help),
                        in_docs = long_options(read_text(repository() / "docs/cli.md"));
  in_help.erase("--help");
  EXPECT_EQ(in_docs, in_help);
}

// OpenFace's flags have one dash. In the help they begin a line, alone or several that are refused;
// in the docs they are code in the command's section.
TEST(Documentation, EveryFlagOfOpenFaceIsInTheDocsAndTheOtherWayRound) {
  std::set<std::string> in_help, in_docs;
  const std::regex line("\n  ((-[0-9A-Za-z][^ \n]* ?)+)"), flag("-[0-9A-Za-z][0-9A-Za-z_-]*");
  const std::string help = auriga({"openface", "--help"}).out;
  for (std::sregex_iterator at(help.begin(), help.end(), line), end; at != end; ++at) {
    const std::string flags = at->str(1);
    for (std::sregex_iterator one(flags.begin(), flags.end(), flag); one != end; ++one)
      in_help.insert(one->str());
  }
  std::string docs = read_text(repository() / "docs/cli.md");
  docs = docs.substr(docs.find("\n## auriga openface\n") + 1);
  docs = docs.substr(0, docs.find("\n## "));
  const std::regex code("`(-[0-9A-Za-z][0-9A-Za-z_-]*)[^`]*`");
  for (std::sregex_iterator at(docs.begin(), docs.end(), code), end; at != end; ++at)
    in_docs.insert(at->str(1));
  EXPECT_GT(in_help.size(), 40u);
  EXPECT_EQ(in_docs, in_help);
}

TEST(Documentation, ReadmeNamesTheTwoCommands) {
  const std::string readme = read_text(repository() / "README.md");
  EXPECT_THAT(readme,
              testing::AllOf(testing::HasSubstr("./dev demo"), testing::HasSubstr("./dev test")));
}

}  // namespace
}  // namespace auriga::test
