// Manual pages and completions know every option, and shells take them.
#include "manual.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/golden.hpp"

namespace auriga::test {
namespace {

using app::Command;
using app::OptionRow;

// What a shell command prints, errors included.
std::string printed(const std::string& command) {
  std::string text;
  FILE* const pipe = popen(("exec 2>&1; " + command).c_str(), "r");
  std::array<char, 4096> some;
  while (const std::size_t count = std::fread(some.data(), 1, some.size(), pipe))
    text.append(some.data(), count);
  const int status = pclose(pipe);
  return status == 0 ? text : text + "[exit status " + std::to_string(status) + "]";
}

bool is_there(const char* program) {
  return std::system((std::string("command -v ") + program + " >/dev/null").c_str()) == 0;
}

std::set<std::string> first_words(const std::string& text) {
  std::set<std::string> words;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    if (!line.empty()) words.insert(line.substr(0, line.find_first_of("\t ")));
  return words;
}

// Every command that has options, with the words that choose it.
struct Chosen {
  std::string words;
  Command command;
  std::string page;  // with its options
};

std::vector<Chosen> chosen_commands() {
  std::vector<Chosen> all;
  for (const Command& command : app::documented_commands()) {
    const std::string page = app::manual_page(command);
    if (command.commands.empty()) all.push_back({command.name, command, page});
    for (const Command& one : command.commands) {
      const std::string mark = ".SH auriga " + command.name + ' ' + one.name + '\n';
      const std::size_t begin = page.find(mark);
      EXPECT_NE(begin, page.npos) << mark;
      all.push_back({command.name + ' ' + one.name, one,
                     page.substr(begin, page.find("\n.SH", begin + 1) - begin)});
    }
  }
  return all;
}

std::set<std::string> names_of(const Command& command, bool hidden = false) {
  std::set<std::string> all;
  for (const OptionRow& row : command.options)
    if (row.hidden == hidden && row.names().front().front() == '-')
      for (const std::string& name : row.names()) all.insert(name);
  return all;
}

// As groff has it.
std::string escaped(const std::string& name) {
  std::string text;
  for (const char c : name) text += c == '-' ? "\\-" : std::string(1, c);
  return text;
}

class Manual : public testing::Test {
 protected:
  Manual() { app::write_manual(folder_.path()); }
  std::string file(const std::string& place) const { return (folder_.path() / place).string(); }
  std::string bash() const { return file("bash-completion/completions/auriga"); }
  std::string zsh() const { return file("zsh/site-functions/_auriga"); }
  std::string fish() const { return file("fish/vendor_completions.d/auriga.fish"); }

  // What bash completes the last of the words to.
  std::set<std::string> completed(const std::string& words, const std::string& last) const {
    return first_words(
        printed("bash -c 'source \"$0\"; COMP_WORDS=(auriga \"$@\"); "
                "COMP_CWORD=$#; _auriga; printf \"%s\\n\" \"${COMPREPLY[@]}\"' '" +
                bash() + "' " + words + " '" + last + "'"));
  }

  TemporaryFolder folder_;
};

TEST_F(Manual, PagesHaveEveryOptionAndItsHelp) {
  std::size_t seen = 0, hidden = 0;
  for (const auto& [words, command, page] : chosen_commands()) {
    for (const std::string& name : names_of(command)) {
      ++seen;
      EXPECT_THAT(page, testing::HasSubstr("\\fB" + escaped(name) + "\\fR")) << words;
    }
    for (const std::string& name : names_of(command, true)) {
      ++hidden;
      EXPECT_THAT(page, testing::Not(testing::HasSubstr("\\fB" + escaped(name) + "\\fR")));
    }
  }
  EXPECT_GT(seen, 120U);
  EXPECT_GT(hidden, 0U);
  const std::string extract = read_text(file("man/man1/auriga-extract.1"));
  EXPECT_THAT(extract, testing::HasSubstr("All digits instead of OpenFace's 1 to 6 decimals\n"));
  EXPECT_THAT(extract, testing::HasSubstr("\n\\fB\\-\\-hog\\fR\n"));
  EXPECT_THAT(extract, testing::HasSubstr("OpenFace .hog file. \\fB<name>.hog\\fR\n"));
  EXPECT_THAT(extract, testing::Not(testing::HasSubstr("](")));
  for (const Command& command : app::documented_commands())
    EXPECT_TRUE(std::filesystem::exists(file("man/man1/auriga-" + command.name + ".1")));
}

// What stands first in a line is no request of man(7), and no backslash one of its escapes.
TEST_F(Manual, TextIsText) {
  bool some = false;
  OptionRow row{.flag = "--some", .help = ".csv or \\n", .setting = app::yes(some)};
  row.more = "[As ever](#columns), see [a.md](a.md)";
  EXPECT_THAT(app::manual_page(Command{"some", "title", {row}}),
              testing::HasSubstr("\n\\&.csv or \\en. As ever (docs/cli.md), see docs/a.md\n"));
}

TEST_F(Manual, GroffTakesThePagesWithoutAWarning) {
  if (!is_there("man") || !is_there("groff"))
    GTEST_SKIP() << "man and groff, which judge the pages, are not installed";
  for (const auto& page : std::filesystem::directory_iterator(file("man/man1")))
    EXPECT_EQ(printed("LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 "
                      "-Z '" +
                      page.path().string() + "' >/dev/null"),
              "")
        << page.path();
}

TEST_F(Manual, BashCompletesCommandsOptionsAndValues) {
  EXPECT_EQ(printed("bash -n '" + bash() + "'"), "");
  EXPECT_EQ(completed("", "ex"), std::set<std::string>{"extract"});
  EXPECT_EQ(completed("", "--v"), std::set<std::string>{"--version"});
  EXPECT_EQ(completed("models", "ver"), std::set<std::string>{"verify"});
  EXPECT_EQ(completed("extract --dialect", "py"), std::set<std::string>{"pyfaceau"});
  EXPECT_EQ(completed("extract --dialect =", "py"), std::set<std::string>{"pyfaceau"});
  EXPECT_EQ(completed("extract a.mp4", "b"), std::set<std::string>{}) << "left to file names";
  for (const auto& [words, command, page] : chosen_commands()) {
    std::set<std::string> expected = names_of(command);
    expected.insert("--help");
    EXPECT_EQ(completed(words, "-"), expected) << words;
    for (const OptionRow& row : command.options)
      if (!row.hidden && !row.setting.choices.empty()) {
        EXPECT_EQ(completed(words + ' ' + row.names().front(), ""),
                  std::set<std::string>(row.setting.choices.begin(), row.setting.choices.end()))
            << words << ' ' << row.flag;
      }
  }
}

TEST_F(Manual, ZshHasEveryOption) {
  const std::string text = read_text(zsh());
  for (const auto& [words, command, page] : chosen_commands()) {
    const std::string name = words.substr(words.find(' ') + 1);
    const std::size_t begin = text.find(' ' + name + ") _arguments");
    ASSERT_NE(begin, text.npos) << words;
    const std::string line = text.substr(begin, text.find('\n', begin) - begin);
    for (const std::string& option : names_of(command))
      if (option != "--help") {
        EXPECT_THAT(line, testing::ContainsRegex("['*)]" + option + "[[]")) << words;
      }
    for (const std::string& option : names_of(command, true))
      EXPECT_THAT(line, testing::Not(testing::HasSubstr(option + '['))) << words;
  }
  if (is_there("zsh")) {
    EXPECT_EQ(printed("zsh -n '" + zsh() + "'"), "");
  }
}

TEST_F(Manual, FishCompletesEveryOption) {
  const std::string text = read_text(fish());
  for (const auto& [words, command, page] : chosen_commands()) {
    const std::string name = words.substr(words.find(' ') + 1);
    std::string lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);)
      if (line.find("seen_subcommand_from " + name + "'") != line.npos) lines += line + '\n';
    for (const std::string& option : names_of(command)) {
      const std::size_t dashes = option.find_first_not_of('-');
      const std::string spec = (dashes == 2          ? " -l "
                                : option.size() == 2 ? " -s "
                                                     : " -o ") +
                               option.substr(dashes) + ' ';
      EXPECT_TRUE(lines.find(spec) != lines.npos || option == "--help") << words << ' ' << option;
    }
  }
  if (!is_there("fish")) GTEST_SKIP() << "no fish: what it makes of them was not tried";
  const auto completed = [&](const std::string& line) {
    return first_words(printed("HOME='" + folder_.path().string() +
                               "' fish --no-config -c 'source " + fish() + "; complete -C \"" +
                               line + "\"'"));
  };
  EXPECT_EQ(completed("auriga ex"), std::set<std::string>{"extract"});
  EXPECT_EQ(completed("auriga models ver"), std::set<std::string>{"verify"});
  EXPECT_EQ(completed("auriga extract --dialect py"), std::set<std::string>{"pyfaceau"});
  EXPECT_EQ(completed("auriga extract --out-"), std::set<std::string>{"--out-dir"});
  EXPECT_EQ(completed("auriga extract -2D"), std::set<std::string>{"-2Dfp"});
}

}  // namespace
}  // namespace auriga::test
