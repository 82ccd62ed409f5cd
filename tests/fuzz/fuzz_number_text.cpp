// Numbers as text and back, by both ways of reading them.
#include <cmath>
#include <cstdlib>
#include <string>

#include "base/real_text.hpp"
#include "files/number_text.hpp"
#include "fuzz_choices.hpp"
#include "fuzz_folder.hpp"

namespace {

template <typename Real>
void round_trip(Real value) {
  if (!std::isfinite(value)) return;
  std::string text;
  auriga::append_shortest(text, value);
  Real back = 0;
  const auto [end, error] = auriga::read_real(text.data(), text.data() + text.size(), back);
  if (error != std::errc() || end != text.data() + text.size() || back != value) __builtin_trap();
}

template <typename Real>
void read(const std::string& text) {
  Real a = 0, b = 0;
  const char *first = text.data(), *last = first + text.size();
  const auto found = auriga::read_real(first, last, a);
  const auto other = auriga::read_real_by_strtod(first, last, b);
  if (found.ptr != other.ptr || found.ec != other.ec) __builtin_trap();
  if (found.ec == std::errc() && !(a == b || (std::isnan(a) && std::isnan(b)))) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  auriga::fuzz::Choices choices(bytes, size);
  const double value = choices.raw<double>();
  round_trip(value);
  round_trip(static_cast<float>(value));
  if (std::isfinite(value) && std::abs(value) < 1e15)
    for (const int decimals : {0, 1, 3, 6}) {
      std::string text;
      auriga::append_fixed(text, value, decimals);
      const double back = std::strtod(text.c_str(), nullptr);
      if (!(std::abs(back - value) <= 0.5001 * std::pow(10, -decimals) + std::abs(value) * 1e-15))
        __builtin_trap();
    }
  // strtod is called with what is no number for from_chars, too, so that only short ones matter.
  const std::string text(auriga::fuzz::text(bytes, size < 400 ? size : 400));
  read<double>(text);
  read<float>(text);
  return 0;
}
