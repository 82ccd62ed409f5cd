// Runs the extractor over the inputs of a command: results, manifests, summaries, exit code.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "auriga/extract.hpp"

#include "outputs.hpp"

namespace auriga::app {

struct Reporting {
  bool quiet = false;  // no progress and no summary
  bool json = false;   // the manifests as a JSON array instead of a summary
};

// One bad input does not cost the results of the others. Ctrl-C ends the run with the rows so far,
// a second one at once.
class Run {
 public:
  // `notes`: what the manifests tell of the options.
  Run(Extractor& extractor, const OutputOptions& outputs, const Reporting& reporting,
      std::vector<std::pair<std::string, std::string>> notes);

  // The next input; `paths` is asked where its results go. Errors are printed, not thrown.
  void input(const std::string& input, bool picture, const std::function<OutputPaths()>& paths);

  // The exit code: 0, or the highest that an input asked for.
  int finish();

 private:
  Extractor& extractor_;
  OutputOptions outputs_;
  Reporting reporting_;
  std::vector<std::pair<std::string, std::string>> notes_;
  int exit_code_ = 0;
  std::string reports_;  // of --json
};

}  // namespace auriga::app
