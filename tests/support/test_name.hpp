// Names of parameterised tests that say what the parameter is.
#pragma once

#include <cctype>
#include <string>
#include <string_view>

namespace auriga::test {

// `text` with an underscore for everything that GTest does not accept in a name.
inline std::string test_name(std::string_view text) {
  std::string name(text);
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name;
}

}  // namespace auriga::test
