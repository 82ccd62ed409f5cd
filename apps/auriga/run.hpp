// Runs an engine over the inputs of a command: results, manifests, summaries, exit code.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "auriga/engine.hpp"
#include "auriga/run.hpp"
#include "auriga/session.hpp"
#include "auriga/source.hpp"

#include "isolation.hpp"
#include "outputs.hpp"
#include "upright.hpp"

namespace auriga::app {

struct Reporting {
  bool quiet = false;    // no progress and no summary
  bool json = false;     // the manifests as a JSON array instead of a summary
  bool verbose = false;  // of several inputs each summary, not a line
};

struct BatchOptions {
  OutputOptions outputs;
  SessionOptions session;  // of each input
  SourceOptions source;    // of each input, but for the threads
  OpenSource open = open_source;
  Threads threads;  // of each input
  int jobs = 1;     // inputs at a time
  Reporting reporting;
  // A video that is upside down or sideways is turned, and a warning says so.
  bool turn_upright = false;
  // What the manifests tell of the options: all that the results depend on.
  std::vector<std::pair<std::string, std::string>> notes;
  // Leave out inputs whose results are there, complete, and of the same input, options and models.
  bool resume = false;
  // Where a table of several inputs goes, e.g. results/summary.csv, and the same as JSON; empty:
  // none.
  std::filesystem::path summary;
};

struct RunInput {
  std::string path;
  bool picture = false;
  std::function<OutputPaths()> paths;  // asked before it begins; may throw Error
};

// The inputs in their order, `jobs` at a time, each with a session of its own. One bad input does
// not cost the results of the others; errors are printed, not thrown. Ctrl-C ends the run with the
// rows so far, a second one at once. Returns the exit code: 0, or the highest that an input asked
// for.
int run_inputs(const Engine& engine, const std::vector<RunInput>& inputs,
               const BatchOptions& options);

// What each child process makes for itself.
struct PreparedRun {
  Engine engine;
  BatchOptions options;
};
// Called in a child. `first`: before any input, to say what is to be said of options and models;
// what is not trusted is left to the others. Throws Error.
using Preparation = std::function<PreparedRun(bool first)>;

// The same, each input in a process of its own (IsolatedProcess): what crashes, exceeds a limit or
// is killed is reported as failed. The results have the same bytes. `options`: of what is printed,
// of the outputs, and the jobs; the rest is that of `prepare`, which a first child calls, whose
// failure is thrown: Error. `cache`: the folder that the first child may write; empty: none. Call
// while the process has one thread.
int run_isolated(const Preparation& prepare, const std::vector<RunInput>& inputs,
                 const BatchOptions& options, const Isolation& isolation,
                 const std::filesystem::path& cache);

}  // namespace auriga::app
