#!/usr/bin/env bash
# A program that parses its command line with CLI11 can print its --help in two ways: what an option excludes (and what
# it needs) is kept in a set ordered by the addresses of the option objects, and printed in that order. So the words
# change with whatever was allocated before, with the compiler and with the platform, though the program, its options
# and its arguments are the same.
# Seen with libcli11-dev 2.1.2+ds-1 (Debian 12): the second run only allocates and gives back four blocks first.
# Why it matters here: auriga's command is also run inside Python, and a test that its words are the same there failed
# once in two. A documentation made from --help, or a test against kept output, changes for no visible reason. auriga
# sorts the names itself.
set -eu
t=$(mktemp -d); trap 'rm -rf "$t"' EXIT
(cd "$t" && apt-get -qq download libcli11-dev=2.1.2+ds-1 && dpkg -x libcli11-dev_*.deb .)
cat >"$t/help.cpp" <<'C'
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <vector>

int main(int argc, char**) {
  if (argc > 1) {  // other work before, all of its memory given back
    std::vector<std::unique_ptr<char[]>> blocks;
    for (int i = 0; i < 4; ++i) blocks.emplace_back(new char[sizeof(CLI::Option)]);
    while (!blocks.empty()) blocks.erase(blocks.begin());
  }
  CLI::App app("program");
  CLI::Option* alpha = app.add_flag("--alpha", "first");
  CLI::Option* beta = app.add_flag("--beta", "second");
  app.add_flag("--gamma", "third")->excludes(alpha, beta);
  std::fputs(app.help().c_str(), stdout);
}
C
g++ -std=c++17 -O1 -I"$t/usr/include" "$t/help.cpp" -o "$t/help"
"$t/help" | grep -e --gamma.*Excl | tee "$t/plain"
"$t/help" after-other-work | grep -e --gamma.*Excl | tee "$t/after"
grep -q 'Excludes: --alpha --beta' "$t/plain"
grep -q 'Excludes: --beta --alpha' "$t/after"
