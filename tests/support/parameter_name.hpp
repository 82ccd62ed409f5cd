// Names of parameterised tests that say what their parameter is.
#pragma once

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

namespace auriga::test {

// For INSTANTIATE_TEST_SUITE_P, for parameters that are text: what GoogleTest does not take in a
// name becomes _, as in video01_mp4. Parameters must differ in more than that.
struct ParameterName {
  template <typename Text>
  std::string operator()(const testing::TestParamInfo<Text>& test) const {
    std::string name = test.param;
    std::replace_if(
        name.begin(), name.end(),
        [](char c) {
          return !((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'));
        },
        '_');
    return name;
  }
};

}  // namespace auriga::test
