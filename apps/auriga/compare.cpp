// `auriga compare`: how far two tables agree.
#include <memory>
#include <optional>
#include <string>

#include <fmt/core.h>

#include "commands.hpp"
#include "marks_option.hpp"
#include "tables/comparison.hpp"

namespace auriga::app {

Command compare_command() {
  struct Options {
    std::string a, b;
    std::optional<double> tolerance;
    bool json = false, use_marks = true;
  };
  const auto options = std::make_shared<Options>();
  return {"compare",
          "Compare two tables column by column",
          {{.flag = "A",
            .group = "Options",
            .help = "CSV file",
            .setting = text(options->a),
            .required = true},
           {.flag = "B",
            .group = "Options",
            .help = "CSV file, of any dialect",
            .setting = text(options->b),
            .required = true},
           {.flag = "--tolerance",
            .group = "Options",
            .help = "Largest absolute difference allowed in any cell; beyond it the exit code is 1",
            .label = "X",
            .effect = Effect::result,
            .setting = real(options->tolerance, 0)},
           no_marks_option(options->use_marks, "Options"),
           {.flag = "--json",
            .group = "Options",
            .help = "Print JSON instead of a table",
            .setting = yes(options->json)}},
          [options] {
            const Comparison comparison =
                compare_tables(options->a, options->b, {options->tolerance, options->use_marks});
            fmt::print("{}",
                       options->json ? comparison_json(comparison) : comparison_text(comparison));
            return comparison.agree() ? 0 : 1;
          }};
}

}  // namespace auriga::app
