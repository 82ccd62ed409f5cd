// `auriga compare`: how far two tables agree.
#include <memory>
#include <optional>
#include <string>

#include <fmt/core.h>

#include "commands.hpp"
#include "tables/comparison.hpp"

namespace auriga::app {

Command add_compare(CLI::App& app) {
  struct Options {
    std::string a, b;
    std::optional<double> tolerance;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("compare", "Compare two tables column by column");
  command->add_option("A", options->a, "CSV file")->required();
  command->add_option("B", options->b, "CSV file, of any dialect")->required();
  command
      ->add_option("--tolerance", options->tolerance,
                   "Largest absolute difference allowed in any cell; beyond it the exit code is 1")
      ->check(CLI::NonNegativeNumber);
  command->add_flag("--json", options->json, "Print JSON instead of a table");
  return [options] {
    const Comparison comparison = compare_tables(options->a, options->b, {options->tolerance});
    fmt::print("{}", options->json ? comparison_json(comparison) : comparison_text(comparison));
    return comparison.agree() ? 0 : 1;
  };
}

}  // namespace auriga::app
