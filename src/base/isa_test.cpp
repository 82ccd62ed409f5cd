#include "base/isa.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "base/simd.hpp"

namespace auriga {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// Puts back what was in use.
class IsaTest : public testing::Test {
 protected:
  ~IsaTest() override { use_isa(isa_word(before_)); }
  static std::string refusal(std::string_view word) {
    try {
      use_isa(word);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::usage);
      return error.what();
    }
    return "";
  }

 private:
  const Isa before_ = isa_in_use();
};

TEST_F(IsaTest, KernelsRunOnTheOneInUse) {
  for (const Isa isa : runnable_isas()) {
    SCOPED_TRACE(isa_word(isa));
    use_isa(isa_word(isa));
    EXPECT_EQ(isa_in_use(), isa);
    const int bytes = run_wide([](auto wide) AURIGA_ALWAYS_INLINE { return 4 * wide.kLanes; });
#ifdef AURIGA_SANITIZED
    EXPECT_EQ(bytes, 64);
#else
    EXPECT_EQ(bytes, isa == Isa::v4 ? 64 : isa == Isa::v3 ? 32 : 16);
#endif
  }
}

TEST_F(IsaTest, WhatIsNotThereIsRefusedWithWhatIs) {
  const std::string_view base = isa_word(compiled_isas().back());
  for (const char* word : {"", "V4", "v2", "avx512", "v4 "})
    EXPECT_THAT(refusal(word), AllOf(HasSubstr("'" + std::string(word) + "'"),
                                     HasSubstr(std::string(base)), HasSubstr("compiled for")));
  for (const Isa isa : compiled_isas()) {
    if (refusal(isa_word(isa)) != "") {
      EXPECT_THAT(refusal(isa_word(isa)), HasSubstr("this processor does not have it"));
    }
  }
  EXPECT_EQ(refusal(base), "") << "every processor has it";
  EXPECT_EQ(isa_in_use(), runnable_isas().back());
}

}  // namespace
}  // namespace auriga
