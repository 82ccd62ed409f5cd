// Runs the tests of a program, with AURIGA_ISA=v3 and the like on that instruction set.
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/machine.hpp"

int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  if (const char* word = std::getenv("AURIGA_ISA"); word != nullptr && *word != '\0') {
    const auto runnable = auriga::runnable_isas();
    if (std::none_of(runnable.begin(), runnable.end(),
                     [&](auriga::Isa isa) { return auriga::isa_word(isa) == word; })) {
      std::fprintf(stderr, "skipped: no instruction set '%s' here\n", word);
      return 77;  // ctest's SKIP_RETURN_CODE
    }
    auriga::use_isa(word);
  }
  return RUN_ALL_TESTS();
}
