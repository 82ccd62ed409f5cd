#include "base/real_text.hpp"

#include <cerrno>
#include <clocale>
#include <cmath>
#include <cstdlib>
#include <string>
#include <system_error>

#include <locale.h>
#ifdef __APPLE__
#include <xlocale.h>
#endif

namespace auriga {
namespace {

double parse(const char* text, char** end, locale_t locale, double) {
  return strtod_l(text, end, locale);
}
float parse(const char* text, char** end, locale_t locale, float) {
  return strtof_l(text, end, locale);
}

template <typename Real>
std::from_chars_result by_strtod(const char* first, const char* last, Real& value) {
  static const locale_t plain = newlocale(LC_ALL_MASK, "C", locale_t{});
  // strtod takes more: blanks and a plus before, hexadecimal digits.
  if (first == last ||
      !(*first == '-' || *first == '.' || std::isalnum(static_cast<unsigned char>(*first))))
    return {first, std::errc::invalid_argument};
  const char* const digits = first + (*first == '-' ? 1 : 0);
  const bool hexadecimal =
      last - digits >= 2 && digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
  const std::string text(first, hexadecimal ? digits + 1 : last);
  char* end = nullptr;
  errno = 0;
  const Real read = parse(text.c_str(), &end, plain, Real{});
  if (end == text.c_str()) return {first, std::errc::invalid_argument};
  const char* const stop = first + (end - text.c_str());
  // Denormal numbers are results, though inexact ones are ERANGE for strtod.
  if (errno == ERANGE && (read == 0 || std::isinf(read)))
    return {stop, std::errc::result_out_of_range};
  value = read;
  return {stop, std::errc()};
}

}  // namespace

std::from_chars_result read_real_by_strtod(const char* first, const char* last, double& value) {
  return by_strtod(first, last, value);
}
std::from_chars_result read_real_by_strtod(const char* first, const char* last, float& value) {
  return by_strtod(first, last, value);
}

#if defined(__cpp_lib_to_chars)
std::from_chars_result read_real(const char* first, const char* last, double& value) {
  return std::from_chars(first, last, value);
}
std::from_chars_result read_real(const char* first, const char* last, float& value) {
  return std::from_chars(first, last, value);
}
#else
std::from_chars_result read_real(const char* first, const char* last, double& value) {
  return by_strtod(first, last, value);
}
std::from_chars_result read_real(const char* first, const char* last, float& value) {
  return by_strtod(first, last, value);
}
#endif

}  // namespace auriga
