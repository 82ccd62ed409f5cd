#!/usr/bin/env bash
# The same binary computes other numbers on Debian 13 than on Debian 12: glibc 2.41 rounds atan2f, asinf and acosf
# correctly, earlier ones do not. It is not rare: a sixth of random pairs of arguments give another last bit for atan2f,
# one argument of fourteen for asinf and acosf. sinf and expf of the same numbers are the same in both.
# Seen with libc6 2.36 (Debian 12) and 2.41 (Debian 13): one binary, run by the loader of each.
# Why it matters here: head pose is an atan2 and an asin. A study whose videos are analysed on two machines, or before
# and after an upgrade of the system, has tables that differ in their last digits, and results cannot be compared byte
# by byte. auriga has these two functions of its own for that reason (src/base/same_math.hpp).
set -eu
t=$(mktemp -d); trap 'rm -rf "$t"' EXIT
# The mirror and the keys that this machine uses.
mirror=$(sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/debian.sources | head -1)
libc() {  # SUITE: prints the folder of its libc6
  local apt=(-o "Dir::State=$t/$1/state" -o "Dir::Cache=$t/$1/cache" -o "Dir::Etc::sourcelist=$t/$1/list" -o Dir::Etc::sourceparts=- -o "Dir::State::status=$t/$1/status")
  mkdir -p "$t/$1/state/lists/partial" "$t/$1/cache/archives/partial" "$t/$1/root"; : >"$t/$1/status"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $1 main" >"$t/$1/list"
  (cd "$t/$1" && apt-get -qq "${apt[@]}" update && apt-get -qq "${apt[@]}" download libc6 && dpkg -x libc6_*.deb root) >&2
  dirname "$(find "$t/$1/root" -name libm.so.6)"
}
cat >"$t/digest.c" <<'C'
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static uint32_t state = 1;
static float number(void) {  /* -2 .. 2 */
  state = state * 1664525u + 1013904223u;
  return (float)(int32_t)state * 0x1p-30f;
}
static uint32_t bits(float value) { uint32_t b; memcpy(&b, &value, sizeof b); return b; }

int main(void) {
  for (int i = 0; i < 100000; ++i) {
    const float a = number(), b = number();
    printf("%08x %08x %08x %08x %08x\n", bits(atan2f(a, b)), bits(asinf(a / 2)), bits(acosf(a / 2)), bits(sinf(a)), bits(expf(a)));
  }
}
C
gcc -O1 -fno-builtin "$t/digest.c" -o "$t/digest" -lm
for suite in bookworm trixie; do
  folder=$(libc "$suite")
  "$folder/ld-linux-x86-64.so.2" --library-path "$folder" "$t/digest" >"$t/$suite.txt"
done
paste -d' ' "$t/bookworm.txt" "$t/trixie.txt" | awk '
  { for (i = 1; i <= 5; ++i) differs[i] += $i != $(i + 5) }
  END { printf "of %d: atan2f %d, asinf %d, acosf %d, sinf %d, expf %d differ\n", NR, differs[1], differs[2], differs[3], differs[4], differs[5]
        exit !(differs[1] > NR / 10 && differs[2] > NR / 20 && differs[3] > NR / 20 && differs[4] + differs[5] == 0) }'
