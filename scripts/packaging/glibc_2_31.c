// What the libstdc++.a of GCC 12 in Debian 12 asks of a glibc after 2.31. Linked into each file of
// a package (scripts/packaging/libraries).
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>

// glibc 2.32: "this process has one thread, atomics are not needed". It never says so here.
char __libc_single_threaded = 0;

// glibc 2.36
uint32_t arc4random(void) {
  uint32_t value;
  ssize_t got;
  do got = getrandom(&value, sizeof value, 0);
  while (got < 0 && errno == EINTR);
  if (got != (ssize_t)sizeof value) abort();
  return value;
}
