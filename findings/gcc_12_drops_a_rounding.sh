#!/usr/bin/env bash
# g++ 12.2 leaves out a rounding. `double x = (double)(float)(a * 0.5)` has the precision of a float, whatever the flags that
# keep to IEEE arithmetic say; but where two such values stand side by side, -O2 computes them as a vector and the two
# conversions, down to float and up again, vanish: x keeps all the digits of the double. No -ffast-math, no undefined
# behaviour, no warning. One value alone is rounded, so that a test of the expression passes and the program differs.
# Seen with g++ 12.2.0-14+deb12u1 (Debian 12) on x86-64 from -O2 on, where it began to vectorise straight-line code; g++ 11.3.0
# does it at -O3; -fno-tree-slp-vectorize and clang 14 round. The same source for arm64 (g++ 12.2 cross compiler) rounds, too.
# Why it matters here: results have to be the same bytes on every processor, and values of single precision that go into sums of
# doubles in pairs (a point's x and y) would not be.
set -eu
t=$(mktemp -d); trap 'rm -rf "$t"' EXIT
cat >"$t/a.cpp" <<'CPP'
#include <cstdio>
__attribute__((noinline)) void pair(double* __restrict to, const double* from) {
  const double x = (double)(float)(from[0] * 0.5), y = (double)(float)(from[1] * 0.5);
  to[0] = x;
  to[1] = y;
}
__attribute__((noinline)) void single(double* __restrict to, const double* from) { to[0] = (double)(float)(from[0] * 0.5); }
int main() {
  const double from[2] = {0.1, 0.3};
  double both[2], one[1];
  pair(both, from);
  single(one, from);
  std::printf("alone: %.17g, beside another: %.17g\n", one[0], both[0]);
  return both[0] == one[0] ? 0 : 1;
}
CPP
g++ --version | head -1
for flags in "-O1" "-O2" "-O2 -fno-tree-slp-vectorize"; do
  # shellcheck disable=SC2086
  g++ $flags "$t/a.cpp" -o "$t/a"
  code=0; printf '%s: ' "$flags"; "$t/a" || code=$?
  case $flags in -O2) [ $code = 1 ] ;; *) [ $code = 0 ] ;; esac
done
