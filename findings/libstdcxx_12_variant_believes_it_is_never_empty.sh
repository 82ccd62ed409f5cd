#!/usr/bin/env bash
# libstdc++ 12 takes a std::variant of strings, vectors and plain values for one that always holds a value, although the copy
# of each of them may throw. For assignments that is right (it makes the copy first); but the copy constructor relies on it,
# too, and when it throws std::bad_alloc the destructor runs for a variant that holds nothing yet, without looking. One would
# expect the exception to arrive; what was seen was the end of the program by SIGSEGV, with g++ and with clang++.
# Seen with libstdc++ 12.2.0 (Debian 12's g++ 12.2.0-14+deb12u1). Shown here is what the library believes, not the crash.
# Why it matters here: a JSON value is such a variant, and the manifest of a run is built by copying them; where memory ran
# out, the run ended by SIGSEGV instead of a sentence. src/files/json.hpp has one alternative with a copy constructor of its own.
set -eu
t=$(mktemp -d); trap 'rm -rf "$t"' EXIT
cat >"$t/a.cpp" <<'CPP'
#include <cstdio>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>
int main() {
  constexpr bool never = std::__detail::__variant::__never_valueless<std::monostate, long, std::string, std::vector<int>>();
  constexpr bool may_throw = !std::is_nothrow_copy_constructible_v<std::variant<std::monostate, long, std::string, std::vector<int>>>;
  std::printf("always holds a value: %d, its copy may throw: %d\n", never, may_throw);
  return never && may_throw ? 0 : 1;
}
CPP
g++ --version | head -1
g++ -std=c++17 "$t/a.cpp" -o "$t/a"
"$t/a"
