// The documentation and the command must not drift apart.
#include <regex>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/command.hpp"
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

TEST(Documentation, EveryOptionIsInTheDocsAndTheOtherWayRound) {
  std::string help;
  for (const char* command : {"extract", "compare", "models"})
    help += auriga({command, "--help"}).out;
  std::set<std::string> in_help = long_options(help),
                        in_docs = long_options(read_text(repository() / "docs/cli.md"));
  in_help.erase("--help");
  EXPECT_EQ(in_docs, in_help);
}

TEST(Documentation, ReadmeNamesTheTwoCommands) {
  const std::string readme = read_text(repository() / "README.md");
  EXPECT_THAT(readme,
              testing::AllOf(testing::HasSubstr("./dev demo"), testing::HasSubstr("./dev test")));
}

}  // namespace
}  // namespace auriga::test
