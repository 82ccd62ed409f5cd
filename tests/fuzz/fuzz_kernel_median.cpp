// The running medians against a scan of all bins, after every update.
#include <cmath>
#include <vector>

#include "au/running_median.hpp"
#include "au/running_median_reference.hpp"
#include "fuzz_choices.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  auriga::fuzz::Choices choices(bytes, size);
  const int dims = choices.number(1, 13), bins = choices.number(1, 700);
  const double lo = static_cast<double>(choices.real(-5, 5));
  const double hi = lo + 0.01 + static_cast<double>(choices.real(0, 10));
  auriga::RunningMedian fast(dims, bins, lo, hi);
  auriga::test::ScannedMedian plain(dims, bins, lo, hi);
  std::vector<float> x(static_cast<std::size_t>(dims));
  std::vector<double> found(x.size());
  while (choices.any()) {
    const int how = choices.number(0, 255);
    for (float& value : x) value = (how & 2) != 0 ? choices.raw<float>() : choices.real(-8, 18);
    // Each several times, so that counts grow.
    for (int repeat = how >> 4; repeat >= 0; --repeat) {
      fast.update(x, (how & 1) != 0);
      plain.update(x, (how & 1) != 0);
      fast.read(found);
      for (std::size_t d = 0; d < x.size(); ++d)
        if (found[d] != plain.median()[d] &&
            !(std::isnan(found[d]) && std::isnan(plain.median()[d])))
          __builtin_trap();
    }
  }
  return 0;
}
