// write_manual DIR: manual pages and completions for shells.
#include <cstdio>
#include <exception>

#include "manual.hpp"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: write_manual DIR\n", stderr);
    return 2;
  }
  try {
    auriga::app::write_manual(argv[1]);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "write_manual: %s\n", error.what());
    return 5;
  }
}
