#include "files/number_text.hpp"

#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <string_view>

#include <fmt/core.h>

namespace auriga {

namespace {

template <typename Number>
void append_like_python(std::string& text, Number value) {
  assert(std::isfinite(value));
  std::array<char, 64> buffer;
  const char* end = fmt::format_to(buffer.data(), "{}", value);
  const std::string_view digits(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  text.append(digits);
  if (digits.find_first_of(".e") == std::string_view::npos) text.append(".0");
}

}  // namespace

void append_fixed(std::string& text, double value, int decimals) {
  assert(std::isfinite(value) && decimals >= 0 && decimals <= 9);
  std::array<char, 330> digits;  // 309 before the point, sign, point, decimals
  const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), value,
                                    std::chars_format::fixed, decimals);
  text.append(digits.data(), result.ptr);
}

void append_shortest(std::string& text, double value) { append_like_python(text, value); }
void append_shortest(std::string& text, float value) { append_like_python(text, value); }

}  // namespace auriga
