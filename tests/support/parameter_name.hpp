// Names of parameterised tests that say what their parameter is.
#pragma once

#include <cctype>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace auriga::test {

// `text` with an underscore for everything that GoogleTest does not accept in a name, as in
// video01_mp4.
inline std::string test_name(std::string_view text) {
  std::string name(text);
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name;
}

// For INSTANTIATE_TEST_SUITE_P, for parameters that are text. They must differ in more than what
// GoogleTest does not take in a name.
struct ParameterName {
  template <typename Text>
  std::string operator()(const testing::TestParamInfo<Text>& test) const {
    return test_name(test.param);
  }
};

}  // namespace auriga::test
