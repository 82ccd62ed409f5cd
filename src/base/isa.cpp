#include "base/isa.hpp"

#include <algorithm>
#include <string>

#include "auriga/error.hpp"

#include "base/simd.hpp"

namespace auriga {
namespace {

// The words of the list, e.g. "v4, v3 or v1".
std::string listed(const std::vector<Isa>& isas) {
  std::string text;
  for (std::size_t i = 0; i < isas.size(); ++i)
    text += (i == 0 ? "" : i + 1 == isas.size() ? " or " : ", ") + std::string(isa_word(isas[i]));
  return text;
}

bool has_processor([[maybe_unused]] Isa isa) {
#if AURIGA_ISA_LEVEL >= 3
  if (isa == Isa::v4) return __builtin_cpu_supports("x86-64-v4") != 0;
  if (isa == Isa::v3) return __builtin_cpu_supports("x86-64-v3") != 0;
#endif
  return true;
}

}  // namespace

std::string_view isa_word(Isa isa) {
  if (isa == Isa::v4) return "v4";
  if (isa == Isa::v3) return "v3";
#if defined(__x86_64__)
  return "v1";
#elif defined(__aarch64__)
  return "neon";
#else
  return "base";
#endif
}

std::string_view isa_title(Isa isa) {
  if (isa == Isa::v4) return "AVX-512";
  if (isa == Isa::v3) return "AVX2";
#if defined(__x86_64__)
  return "SSE2";
#elif defined(__aarch64__)
  return "NEON";
#else
  return "none";
#endif
}

std::vector<Isa> compiled_isas() {
  std::vector<Isa> isas;
#if AURIGA_ISA_LEVEL >= 4
  isas.push_back(Isa::v4);
#endif
#if AURIGA_ISA_LEVEL >= 3
  isas.push_back(Isa::v3);
#endif
  isas.push_back(Isa::base);
  return isas;
}

std::vector<Isa> runnable_isas() {
  std::vector<Isa> isas = compiled_isas();
  std::erase_if(isas, [](Isa isa) { return !has_processor(isa); });
  return isas;
}

namespace internal {
std::atomic<Isa> isa_in_use{runnable_isas().front()};
}

Isa isa_in_use() { return internal::kernel_isa(); }

void use_isa(std::string_view word) {
  const std::vector<Isa> compiled = compiled_isas(), runnable = runnable_isas();
  const auto with_word = [word](Isa isa) { return isa_word(isa) == word; };
  const auto found = std::find_if(runnable.begin(), runnable.end(), with_word);
  if (found == runnable.end()) {
    const bool is_compiled = std::any_of(compiled.begin(), compiled.end(), with_word);
    throw Error(ErrorCode::usage,
                "instruction set '" + std::string(word) + "': expected " + listed(runnable) +
                    (is_compiled ? "; this processor does not have it"
                                 : "; kernels are compiled for " + listed(compiled)));
  }
  internal::isa_in_use.store(*found, std::memory_order_relaxed);
}

}  // namespace auriga
