// Real numbers from text.
#pragma once

#include <charconv>

namespace auriga {

// std::from_chars, also where the standard library has none for real numbers (libc++ before 20).
std::from_chars_result read_real(const char* first, const char* last, double& value);
std::from_chars_result read_real(const char* first, const char* last, float& value);

// What read_real() is there: the same by strtod(3), whatever the locale of the process.
std::from_chars_result read_real_by_strtod(const char* first, const char* last, double& value);
std::from_chars_result read_real_by_strtod(const char* first, const char* last, float& value);

}  // namespace auriga
