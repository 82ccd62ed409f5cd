#!/usr/bin/env bash
# A std::variant of libstdc++ 12 whose alternatives are strings, vectors and plain values crashes when memory fails while it
# is copied. One would expect std::bad_alloc. The library takes such a variant for one that always has a value
# (`__never_valueless`), which holds for assignments, and so its destructor does not look whether there is one; but the copy
# constructor runs it for a variant that has none yet, when the copy of the alternative throws. The index, 255, is then used
# to call a destructor out of a table of a few. The compiler does not matter: g++ and clang++, -O0 and -O2 crash.
# Seen with libstdc++ 12.2.0 (Debian 12's g++ 12.2.0-14+deb12u1 and clang++ on the same library).
# Why it matters here: a JSON value is such a variant, and the manifest of a run is built by copying them; where memory ran
# out, the run ended by SIGSEGV instead of a sentence. src/files/json.hpp has one alternative with a copy constructor of its own.
set -eu
t=$(mktemp -d); trap 'rm -rf "$t"' EXIT
cat >"$t/a.cpp" <<'CPP'
#include <cstdlib>
#include <new>
#include <string>
#include <variant>
#include <vector>
static bool fails = false;
void* operator new(std::size_t size) { if (fails) throw std::bad_alloc(); return std::malloc(size); }
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }
struct Value;
struct Member;
struct Value { std::variant<std::monostate, long, std::string, std::vector<Value>, std::vector<Member>> value; };
struct Member { std::string name; Value value; };
int main() {
  const Value text{std::string(100, 'x')};
  fails = true;
  try { const Value copy = text; } catch (const std::bad_alloc&) { return 0; }
  return 1;
}
CPP
g++ --version | head -1
g++ -std=c++17 -O0 "$t/a.cpp" -o "$t/a"
code=0; "$t/a" >/dev/null 2>&1 || code=$?
echo "copied without memory: exit code $code (0: std::bad_alloc, as expected; 139: SIGSEGV)"
[ $code -gt 128 ]
