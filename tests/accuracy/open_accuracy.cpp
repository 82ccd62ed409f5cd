// Prints the tables of docs/accuracy.md about the open models.
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "open_units.hpp"
#include "support/golden.hpp"

namespace auriga::accuracy {
namespace {

using Measured = std::vector<std::vector<Agreement>>;  // clips x units

template <typename Cell>
void print(const std::vector<Clip>& clips, const Measured& measured, bool experimental, Cell cell) {
  std::string head = "| AU |", rule = "|---|";
  for (const Clip& clip : clips) {
    head += " " + clip.name + " |";
    rule += "---|";
  }
  fmt::print("{}\n{}\n", head, rule);
  for (std::size_t u = 0; u < measured[0].size(); ++u) {
    if (measured[0][u].experimental != experimental) continue;
    std::string line = "| " + measured[0][u].unit + " |";
    for (const auto& clip : measured) line += " " + cell(clip[u]) + " |";
    fmt::print("{}\n", line);
  }
  fmt::print("\n");
}

std::string intensity(const Agreement& a) {
  if (a.reference_spread < kLeastSpread) return fmt::format("– ({:.2f})", a.mean_difference);
  return fmt::format("{:.2f} ({:.2f})", a.correlation, a.mean_difference);
}

std::string presence(const Agreement& a) {
  return fmt::format("{:.0f} %, {:.2f} ({:.0f} %)", 100 * a.equal_presence, a.f1,
                     100 * a.reference_present);
}

void run() {
  const std::vector<Clip> all = clips(test::test_data(), test::repository());
  Measured measured;
  for (const Clip& clip : all) measured.push_back(compare(clip, test::open_pack()));
  fmt::print("Intensity: correlation (mean difference)\n\n");
  print(all, measured, false, intensity);
  fmt::print("Presence: equal, F1 (share of frames with presence in the reference)\n\n");
  print(all, measured, false, presence);
  fmt::print("Experimental, intensity: correlation (mean difference)\n\n");
  print(all, measured, true, intensity);
}

}  // namespace
}  // namespace auriga::accuracy

int main() {
  try {
    auriga::accuracy::run();
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "open_accuracy: {}\n", error.what());
    return 1;
  }
}
