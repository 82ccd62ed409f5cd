// One input on its way to results and a manifest; prints nothing.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auriga/control.hpp"
#include "auriga/engine.hpp"
#include "auriga/run.hpp"
#include "auriga/session.hpp"
#include "auriga/sink.hpp"

#include "files/manifest.hpp"
#include "outputs.hpp"
#include "resume.hpp"
#include "run.hpp"

namespace auriga::app {

// What manifests of all kinds of runs have.
std::string utc_now();  // ISO 8601
void describe_setup(const Setup& setup, RunManifest& manifest);
void describe_stream(const StreamInfo& stream, RunManifest& manifest);

// Call run(), then publish(); finished() before these, if results of an earlier run will do. What
// is not published leaves nothing behind. One thread at a time. The engine and the options have to
// outlive it.
class InputRun {
 public:
  // Looks at the input. `paths`: where results go; nothing: there are no files, and no sinks but
  // those of the caller.
  InputRun(const Engine& engine, const BatchOptions& options, std::string input, bool picture,
           std::optional<OutputPaths> paths);

  // The results of an earlier run that this one would repeat (finished_run); nothing without paths.
  std::optional<FinishedRun> finished() const;

  // The sinks of the caller begin anew where a video turns out to be upside down. Throws as
  // open_source(), Session and run() do.
  RunReport run(const std::vector<Sink*>& others, const Control& control);

  // Gives the results their names, after run().
  void publish();

  // Complete after run().
  const RunManifest& manifest() const { return manifest_; }

 private:
  const Engine& engine_;
  const BatchOptions& options_;
  std::string input_;
  bool picture_;
  std::optional<OutputPaths> paths_;
  RunManifest manifest_;
  std::optional<Session> session_;  // outlives its sinks
  std::vector<std::unique_ptr<Sink>> results_;
};

}  // namespace auriga::app
