// The fast kernels beside their plain versions: time, and whether the largest difference of the
// results is allowed. Exit code 1 when one is not. Needs no models.
//   kernel_check [--json]
#include <algorithm>
#include <cstdio>
#include <string_view>
#include <vector>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "auriga/error.hpp"

#include "base/isa.hpp"
#include "kernels.hpp"

namespace {

using auriga::KernelResult;
using Json = nlohmann::ordered_json;

void print(const std::vector<KernelResult>& results) {
  fmt::print("kernels on made-up input, {} ({}), processor time of one call, ms\n",
             auriga::isa_title(auriga::isa_in_use()), auriga::isa_word(auriga::isa_in_use()));
  fmt::print("  {:<50} {:>9} {:>9} {:>7} {:>10} {:>9}\n", "fast and plain version", "plain", "fast",
             "times", "max diff.", "allowed");
  for (const KernelResult& one : results)
    fmt::print("  {:<50} {:9.4f} {:9.4f} {:7.1f} {:10.2g} {:9.2g}  {}\n", one.name, one.plain_ms,
               one.fast_ms, one.plain_ms / one.fast_ms, one.difference, one.tolerance,
               one.equal() ? "" : "DIFFERS; please report it");
}

void print_json(const std::vector<KernelResult>& results) {
  Json list = Json::array();
  for (const KernelResult& one : results)
    list.push_back({{"kernel", one.name},
                    {"plain_ms", one.plain_ms},
                    {"fast_ms", one.fast_ms},
                    {"times_faster", one.plain_ms / one.fast_ms},
                    {"max_difference", one.difference},
                    {"tolerance", one.tolerance},
                    {"equal", one.equal()}});
  const Json all = {{"instruction_set", auriga::isa_word(auriga::isa_in_use())}, {"kernels", list}};
  fmt::print("{}\n", all.dump(2));
}

}  // namespace

int main(int argc, char** argv) {
  const bool json = argc == 2 && std::string_view(argv[1]) == "--json";
  if (argc > 1 && !json) {
    fmt::print(stderr, "usage: kernel_check [--json]\n");
    return 2;
  }
  try {
    std::vector<KernelResult> results;
    for (const auriga::Kernel& kernel : auriga::kernels())
      results.push_back(auriga::measure(kernel));
    if (json)
      print_json(results);
    else
      print(results);
    return std::all_of(results.begin(), results.end(),
                       [](const KernelResult& one) { return one.equal(); })
               ? 0
               : 1;
  } catch (const auriga::Error& error) {
    fmt::print(stderr, "kernel_check: {}\n", error.what());
    return static_cast<int>(error.code());
  }
}
