#include "upright.hpp"

#include <fmt/core.h>

namespace auriga::app {

UprightRun run_upright(const std::filesystem::path& path, const SourceOptions& options, bool turn,
                       const std::function<RunReport(Source& source, bool stop_when_turned)>& run,
                       const OpenSource& open) {
  SourceOptions turned = options;
  const bool may_turn = turn && options.rotate == 0;
  {
    const std::unique_ptr<Source> source = open(path, options);
    UprightRun first{run(*source, may_turn), 0};
    const auto& found = first.report.turn;
    if (!may_turn || !found || !found->whole) return first;
    turned.rotate = found->degrees;
  }
  const std::unique_ptr<Source> source = open(path, turned);
  return {run(*source, false), turned.rotate};
}

std::string turned_words(int degrees) {
  return fmt::format(
      "the picture {} in the file and was turned by {} degrees clockwise, as with --rotate {}; "
      "--rotate 0 leaves it",
      degrees == 180 ? "is upside down" : "lies on its side", degrees, degrees);
}

}  // namespace auriga::app
